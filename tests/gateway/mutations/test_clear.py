"""Names of contacts that are removed."""

import pytest

from tests.testkit.client import Client
from tests.testkit.steps import BEN, connected, met

CONTACT = "contact { firstName lastName displayName isNamed }"
NO_CACHE = {"cache-control": "no-cache"}


@pytest.fixture
async def ben(client: Client) -> str:
    return await met(client, await connected(client, "local"))


@pytest.mark.parametrize(
    ("cleared", "left"),
    [
        (["LAST_NAME"], {"firstName": "Ben", "lastName": None, "displayName": "Ben", "isNamed": True}),
        (["FIRST_NAME"], {"firstName": None, "lastName": "Moor", "displayName": "Moor", "isNamed": True}),
        (
            ["FIRST_NAME", "LAST_NAME", "LAST_NAME"],
            {"firstName": None, "lastName": None, "displayName": BEN, "isNamed": False},
        ),
        ([], {"firstName": "Ben", "lastName": "Moor", "displayName": "Ben Moor", "isNamed": True}),
    ],
)
async def test_a_name_is_removed(client: Client, ben: str, cleared: list[str], left: object) -> None:
    payload = await client.do("updateContact", CONTACT, contactId=ben, clear=cleared)
    data = await client.data(
        f"query ($id: ID!) {{ {CONTACT.replace('contact', 'contact(id: $id)')} }}", NO_CACHE, id=ben
    )

    assert payload["contact"] == data["contact"] == left


async def test_one_name_is_removed_and_the_other_set(client: Client, ben: str) -> None:
    payload = await client.do("updateContact", CONTACT, contactId=ben, firstName="Benno", clear=["LAST_NAME"])

    assert payload["contact"]["displayName"] == "Benno"


async def test_a_field_that_is_set_and_cleared_is_invalid(client: Client, ben: str) -> None:
    names = {"firstName": "Benno", "lastName": "Moore", "clear": ["FIRST_NAME", "LAST_NAME"]}
    refused = await client.refusals("updateContact", contactId=ben, **names)

    assert [(each["code"], each["path"]) for each in refused] == [
        ("INVALID_INPUT", ["input", "firstName"]),
        ("INVALID_INPUT", ["input", "lastName"]),
    ]


async def test_a_stranger_is_shown_by_their_number(client: Client) -> None:
    """The embedded provider names the contacts of strangers by their number."""
    ada, ben = await connected(client, "local"), await connected(client, "local")
    numbers = "query ($id: ID!) { phoneNumbers(accountId: $id) { number } }"
    own, other = [(await client.data(numbers, id=each))["phoneNumbers"][0]["number"] for each in (ada, ben)]
    contact = await met(client, ada, other)
    begun = await client.do("createConversation", "conversation { id }", contactId=contact, fromNumber=own)
    await client.do("sendMessage", conversationId=begun["conversation"]["id"], text="Hello")

    data = await client.data(
        "query ($id: ID!) { account(id: $id) { contacts { nodes { displayName isNamed } } } }", NO_CACHE, id=ben
    )

    assert data["account"]["contacts"]["nodes"] == [{"displayName": own, "isNamed": False}]
