"""`totalCount` is the length of the list at the provider, or null: never that of the part that is known."""

from datetime import timedelta

import pytest

from providers.domain.errors import Unavailable
from tests.gateway.reads.lists import NO_CACHE
from tests.testkit.client import Client
from tests.testkit.clock import NOON
from tests.testkit.paper import Paper
from tests.testkit.steps import begun, key_of, known_conversation

DOWN = Unavailable("It is down.", provider="paper")
LISTS = {"contacts": "list_contacts", "conversations": "list_conversations", "meetings": "list_meetings"}
MESSAGES = 8
_OF_CONVERSATION = """query ($id: ID!, $first: Int) {
    conversation(id: $id) { messages(first: $first) { nodes { id } totalCount } } }"""


@pytest.mark.parametrize(("name", "call"), LISTS.items())
async def test_a_list_whose_provider_fails_is_shown_without_its_length(
    client: Client, paper: Paper, account: str, name: str, call: str
) -> None:
    await begun(client, account)
    document = f'{{ {name} {{ nodes {{ id }} totalCount }} account(id: "{account}") {{ {name} {{ totalCount }} }} }}'
    known = await client.data(document)
    length = len(known[name]["nodes"])
    assert (known[name]["totalCount"], known["account"][name]["totalCount"]) == (length, length)
    paper.failures[call] = DOWN

    found = await client.data(document, NO_CACHE)

    assert found[name] == {**known[name], "totalCount": None}
    assert found["account"][name]["totalCount"] is None


@pytest.mark.parametrize(("name", "call"), LISTS.items())
async def test_a_list_that_lacks_an_account_which_was_never_read_has_no_length(
    client: Client, paper: Paper, account: str, other_account: str, name: str, call: str
) -> None:
    paper.broken_accounts[key_of(other_account)] = DOWN
    document = f"query ($ids: [ID!]) {{ {name}(filter: {{ accountIds: $ids }}) {{ totalCount }} }}"

    assert (await client.data(document, ids=None))[name]["totalCount"] is None
    assert (await client.data(document, ids=[account, other_account]))[name]["totalCount"] is None
    assert (await client.data(document, ids=[account]))[name]["totalCount"] == 0


async def test_the_conversations_of_a_contact_have_no_length_while_the_provider_fails(
    client: Client, paper: Paper, account: str
) -> None:
    await begun(client, account)
    document = "{ contacts { nodes { conversations { nodes { id } totalCount } } } }"
    known = (await client.data(document))["contacts"]["nodes"][0]["conversations"]
    assert known["totalCount"] == 1
    paper.failures["list_conversations"] = DOWN

    found = (await client.data(document, NO_CACHE))["contacts"]["nodes"][0]["conversations"]

    assert found == {**known, "totalCount": None}


async def test_a_conversation_has_no_length_until_all_of_it_is_read(client: Client, paper: Paper, account: str) -> None:
    conversation = await _long_conversation(client, paper, account)
    across = "{ messages(first: 1) { totalCount } }"

    page = (await client.data(_OF_CONVERSATION, id=conversation, first=2))["conversation"]["messages"]
    assert (len(page["nodes"]), page["totalCount"]) == (2, None)
    assert (await client.data(across))["messages"]["totalCount"] is None

    page = (await client.data(_OF_CONVERSATION, id=conversation, first=100))["conversation"]["messages"]
    assert (len(page["nodes"]), page["totalCount"]) == (MESSAGES, MESSAGES)
    assert (await client.data(across))["messages"]["totalCount"] == MESSAGES
    page = (await client.data(_OF_CONVERSATION, id=conversation, first=2))["conversation"]["messages"]
    assert page["totalCount"] == MESSAGES


async def test_messages_have_no_length_while_the_provider_fails(client: Client, paper: Paper, account: str) -> None:
    conversation = await _long_conversation(client, paper, account)
    across = "query ($ids: [ID!]) { messages(filter: { conversationIds: $ids }) { totalCount } }"
    known = await client.data(_OF_CONVERSATION, id=conversation, first=100)
    assert (await client.data(across, ids=[conversation]))["messages"]["totalCount"] == MESSAGES
    paper.failures["list_messages"] = DOWN

    found = await client.data(_OF_CONVERSATION, NO_CACHE, id=conversation, first=100)

    messages = known["conversation"]["messages"]
    assert found["conversation"]["messages"] == {**messages, "totalCount": None}
    assert (await client.data(across, NO_CACHE, ids=[conversation]))["messages"]["totalCount"] is None
    assert (await client.data(across, NO_CACHE))["messages"]["totalCount"] is None


async def test_messages_have_no_length_if_the_conversations_of_an_account_are_not_known(
    client: Client, paper: Paper, account: str, other_account: str
) -> None:
    paper.broken_accounts[key_of(other_account)] = DOWN
    assert (await client.data("{ messages { totalCount } }"))["messages"]["totalCount"] is None


async def test_the_history_of_a_disconnected_account_has_a_length_only_if_all_of_it_was_read(
    client: Client, paper: Paper, account: str
) -> None:
    conversation = await _long_conversation(client, paper, account)
    await client.data(_OF_CONVERSATION, id=conversation, first=2)
    await client.do("disconnectAccount", accountId=account)

    page = (await client.data(_OF_CONVERSATION, id=conversation, first=100))["conversation"]["messages"]
    across = "query ($ids: [ID!]) { messages(filter: { conversationIds: $ids }) { totalCount } }"

    assert 0 < len(page["nodes"]) < MESSAGES
    assert page["totalCount"] is None
    for ids in ([conversation], None):
        assert (await client.data(across, ids=ids))["messages"]["totalCount"] is None


async def _long_conversation(client: Client, paper: Paper, account: str) -> str:
    """The id of a conversation of several of the provider's pages."""
    conversation = known_conversation(paper, account)
    for number in range(MESSAGES):
        paper.write(conversation, f"text {number}", NOON - timedelta(minutes=MESSAGES - number))
    data = await client.data("{ conversations { nodes { id } } }")
    return str(data["conversations"]["nodes"][0]["id"])
