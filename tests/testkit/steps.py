"""First steps of tests: connect accounts, create contacts and conversations."""

from itertools import count

from providers.domain.entities import Account, AccountStatus, Conversation, MeetingService
from providers.domain.identity import Identity
from tests.testkit.client import Client
from tests.testkit.clock import NOON
from tests.testkit.paper import NUMBER, Paper

DAY = {"from": "2030-05-06T00:00:00Z", "to": "2030-05-07T00:00:00Z"}
"""The day of the tests' clock."""

BEN = "+12025550123"

_serials = count(1)


async def connected(client: Client, provider: str = "paper") -> str:
    """The id of a new account."""
    payload = await client.do("connectAccount", "account { id }", provider=provider)
    return str(payload["account"]["id"])


def key_of(id: str) -> str:
    """The key of the account that an id names, or that the object lies under."""
    identity = Identity.parse(id)
    assert identity is not None
    return identity.scope


async def number_of(client: Client, account_id: str) -> str:
    numbers = await client.data("query ($id: ID!) { phoneNumbers(accountId: $id) { number } }", id=account_id)
    return str(numbers["phoneNumbers"][0]["number"])


async def met(client: Client, account_id: str, number: str = BEN, name: str = "Ben") -> str:
    """The id of a new contact."""
    payload = await client.do(
        "createContact", "contact { id }", accountId=account_id, firstName=name, lastName="Moor", number=number
    )
    return str(payload["contact"]["id"])


async def conversation_with(client: Client, account_id: str, contact_id: str) -> str:
    """The id of a new conversation, from the account's own number."""
    number = await number_of(client, account_id)
    payload = await client.do("createConversation", "conversation { id }", contactId=contact_id, fromNumber=number)
    return str(payload["conversation"]["id"])


async def begun(client: Client, account_id: str, number: str = BEN, name: str = "Ben") -> str:
    """The id of a new conversation with a new contact."""
    return await conversation_with(client, account_id, await met(client, account_id, number, name))


def unused(noun: str) -> str:
    """The noun with a number that no other object of this test run has."""
    return f"{noun} {next(_serials)}"


def unused_number() -> str:
    """A fictional phone number that receives texts, in ten digits."""
    area, line = divmod(next(_serials), 99)  # RingPlan's sandbox fails texts to 0199
    return f"{202 + area}55501{line:02}"


def external_id(id: str) -> str:
    """The provider's own id of the object that an id names."""
    identity = Identity.parse(id)
    assert identity is not None
    return identity.external_id


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
