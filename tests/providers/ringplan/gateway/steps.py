"""First steps of a user: connect an account, create a contact, start a conversation."""

from typing import Any

from providers.domain.entities import Identity
from tests.providers.ringplan.gateway.stand_in import Person
from tests.testkit.client import Client

Json = dict[str, Any]

BEN = "+12025550123"


async def connected(client: Client, person: Person, **given: object) -> str:
    """The id of the person's account."""
    payload = await client.do("connectAccount", "account { id }", provider="ringplan", **person.tokens, **given)
    return str(payload["account"]["id"])


async def number_of(client: Client, account_id: str) -> str:
    numbers = await client.data("query ($id: ID!) { phoneNumbers(accountId: $id) { number } }", id=account_id)
    return str(numbers["phoneNumbers"][0]["number"])


async def met(client: Client, account_id: str, number: str = BEN, name: str = "Ben") -> str:
    """The id of a new contact."""
    payload = await client.do(
        "createContact", "contact { id }", accountId=account_id, firstName=name, lastName="Moor", number=number
    )
    return str(payload["contact"]["id"])


async def begun(client: Client, account_id: str, number: str = BEN, name: str = "Ben") -> str:
    """The id of a new conversation with a new contact."""
    payload = await client.do(
        "createConversation",
        "conversation { id }",
        contactId=await met(client, account_id, number, name),
        fromNumber=await number_of(client, account_id),
    )
    return str(payload["conversation"]["id"])


def external(global_id: str) -> str:
    """The provider's own id of what an id names."""
    identity = Identity.parse(global_id)
    assert identity is not None
    return identity.external_id
