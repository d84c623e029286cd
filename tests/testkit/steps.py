"""First steps of tests: connect accounts, create conversations."""

from providers.domain.entities import Account, AccountStatus, Conversation, Identity, MeetingService
from tests.testkit.client import Client
from tests.testkit.clock import NOON
from tests.testkit.paper import NUMBER, Paper

DAY = {"from": "2030-05-06T00:00:00Z", "to": "2030-05-07T00:00:00Z"}
"""The day of the tests' clock."""


async def connected(client: Client, provider: str = "paper") -> str:
    """The id of a new account."""
    payload = await client.do("connectAccount", "account { id }", provider=provider)
    return str(payload["account"]["id"])


def key_of(id: str) -> str:
    """The key of the account that an id names, or that the object lies under."""
    identity = Identity.parse(id)
    assert identity is not None
    return identity.scope


def known_conversation(paper: Paper, account_id: str, name: str = "v", contact: str | None = None) -> Conversation:
    """A conversation that the upstream has."""
    conversation = Conversation(
        account_key=key_of(account_id),
        external_id=name,
        contact_external_id=contact,
        from_number=NUMBER,
        synced_at=NOON,
    )
    paper.conversations.setdefault(conversation.account_key, []).append(conversation)
    return conversation


def paper_account(key: str = "acc-1", user_id: str = "ada") -> Account:
    """A stored account."""
    return Account(
        key=key,
        provider="paper",
        user_id=user_id,
        service=MeetingService.ZOOM,
        status=AccountStatus.CONNECTED,
        connected_at=NOON,
    )
