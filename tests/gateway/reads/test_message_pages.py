"""Pages of messages over an upstream that returns three at a time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from providers.domain.entities import Conversation
from providers.domain.errors import Unavailable
from providers.http import Traffic
from tests.testkit.client import Client
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import Paper
from tests.testkit.steps import key_of, known_conversation

PAGE = "nodes { text } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
OF_CONVERSATION = f"""query ($first: Int, $after: String, $last: Int, $before: String) {{
    conversations {{ nodes {{ messages(first: $first, after: $after, last: $last, before: $before) {{ {PAGE} }} }} }}
}}"""
ACROSS = f"""query ($first: Int, $after: String, $last: Int, $before: String, $filter: MessageFilter) {{
    messages(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{ {PAGE} }}
}}"""
DOWN = Unavailable("It is down.", provider="paper")


@pytest.fixture(params=["of a conversation", "across conversations"])
def lists_across(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "across conversations")


@pytest.fixture
def conversation(paper: Paper, account: str) -> Conversation:
    """With 20 messages."""
    conversation = known_conversation(paper, account)
    write(paper, conversation, range(1, 21))
    return conversation


def write(paper: Paper, conversation: Conversation, numbers: range) -> None:
    for number in numbers:
        paper.write(conversation, str(number), NOON + timedelta(minutes=number))


async def page(client: Client, across: bool, **arguments: object) -> Any:
    data = await client.data(ACROSS if across else OF_CONVERSATION, **arguments)
    return data["messages"] if across else data["conversations"]["nodes"][0]["messages"]


def texts(connection: Any) -> list[str]:
    return [node["text"] for node in connection["nodes"]]


def falling(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last - 1, -1)]


async def pages(client: Client, across: bool, size: int, after: str | None = None) -> list[str]:
    """The texts of all pages from a cursor on."""
    found: list[str] = []
    while True:
        connection = await page(client, across, first=size, after=after)
        found += texts(connection)
        if not connection["pageInfo"]["hasNextPage"]:
            return found
        after = connection["pageInfo"]["endCursor"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_pages_reach_down_to_the_first_message(
    client: Client, conversation: Conversation, lists_across: bool, size: int
) -> None:
    assert await pages(client, lists_across, size) == falling(20, 1)


async def test_a_page_reads_no_deeper_than_it_has_to(
    client: Client, paper: Paper, conversation: Conversation, lists_across: bool
) -> None:
    first = await page(client, lists_across, first=2)
    assert texts(first) == ["20", "19"]
    assert paper.calls["list_messages"] == 1

    second = await page(client, lists_across, first=2, after=first["pageInfo"]["endCursor"])

    assert texts(second) == ["18", "17"]
    assert paper.calls["list_messages"] <= 3


async def test_pages_have_no_gap_and_no_repeat_while_messages_arrive(
    client: Client, paper: Paper, clock: Clock, conversation: Conversation, lists_across: bool
) -> None:
    found: list[str] = []
    after = None
    for turn in range(10):
        connection = await page(client, lists_across, first=2, after=after)
        found += texts(connection)
        after = connection["pageInfo"]["endCursor"]
        write(paper, conversation, range(21 + 2 * turn, 23 + 2 * turn))
        clock.pass_by(timedelta(seconds=6))

    assert found == falling(20, 1)
    assert await pages(client, lists_across, 7) == falling(40, 1)


async def test_many_messages_that_arrive_at_once_leave_no_gap(
    client: Client, paper: Paper, clock: Clock, conversation: Conversation, lists_across: bool
) -> None:
    await page(client, lists_across, first=5)
    write(paper, conversation, range(21, 41))
    clock.pass_by(timedelta(seconds=6))

    assert texts(await page(client, lists_across, first=30)) == falling(40, 11)


async def test_a_message_that_was_sent_from_here_leaves_no_gap(
    client: Client, paper: Paper, clock: Clock, conversation: Conversation, lists_across: bool
) -> None:
    """Other messages arrived before it and have not been fetched yet."""
    await page(client, lists_across, first=5)
    write(paper, conversation, range(21, 31))
    clock.time = NOON + timedelta(minutes=31)
    data = await client.data("{ conversations { nodes { id } } }")
    (node,) = data["conversations"]["nodes"]
    await client.do("sendMessage", "message { id }", conversationId=node["id"], text="31")

    assert texts(await page(client, lists_across, first=30)) == falling(31, 2)


async def test_the_last_page_of_a_conversation_says_so(
    client: Client, conversation: Conversation, lists_across: bool
) -> None:
    last = await page(client, lists_across, last=4)
    assert texts(last) == falling(4, 1)
    assert not last["pageInfo"]["hasNextPage"]
    assert last["pageInfo"]["hasPreviousPage"]

    before = await page(client, lists_across, last=4, before=last["pageInfo"]["startCursor"])

    assert texts(before) == falling(8, 5)
    assert before["pageInfo"]["hasNextPage"]


async def test_pages_turn_back_to_the_newest(client: Client, conversation: Conversation, lists_across: bool) -> None:
    cursor = (await page(client, lists_across, last=1))["pageInfo"]["startCursor"]
    found: list[str] = []
    while True:
        connection = await page(client, lists_across, last=6, before=cursor)
        found = texts(connection) + found
        cursor = connection["pageInfo"]["startCursor"]
        if not connection["pageInfo"]["hasPreviousPage"]:
            break

    assert found == falling(20, 2)


async def test_a_conversation_without_messages_is_an_empty_page(
    client: Client, paper: Paper, account: str, lists_across: bool
) -> None:
    known_conversation(paper, account)

    connection = await page(client, lists_across)

    assert texts(connection) == []
    assert not connection["pageInfo"]["hasNextPage"]


async def test_a_conversation_of_exactly_one_upstream_page_ends(
    client: Client, paper: Paper, account: str, lists_across: bool
) -> None:
    write(paper, known_conversation(paper, account), range(1, 4))

    assert await pages(client, lists_across, 2) == falling(3, 1)


async def test_messages_with_the_same_timestamp_are_all_returned(
    client: Client, paper: Paper, account: str, lists_across: bool
) -> None:
    conversation = known_conversation(paper, account)
    for number in range(1, 11):
        paper.write(conversation, str(number), NOON)

    assert await pages(client, lists_across, 3) == falling(10, 1)


async def test_conversations_are_merged_by_time(client: Client, paper: Paper, account: str) -> None:
    even, odd = known_conversation(paper, account, "even"), known_conversation(paper, account, "odd")
    write(paper, even, range(2, 31, 2))
    write(paper, odd, range(1, 30, 2))

    assert await pages(client, True, 4) == falling(30, 1)


async def test_a_short_conversation_does_not_end_the_list_of_a_long_one(
    client: Client, paper: Paper, account: str
) -> None:
    write(paper, known_conversation(paper, account, "long"), range(1, 20))
    write(paper, known_conversation(paper, account, "short"), range(20, 21))

    assert await pages(client, True, 6) == falling(20, 1)


async def test_a_filter_finds_messages_many_pages_down(
    client: Client, paper: Paper, conversation: Conversation
) -> None:
    connection = await page(client, True, filter={"text": "1"})

    assert texts(connection) == [*falling(19, 10), "1"]
    assert not connection["pageInfo"]["hasNextPage"]


async def test_a_filter_by_time_reads_no_deeper_than_its_start(
    client: Client, paper: Paper, conversation: Conversation
) -> None:
    since = (NOON + timedelta(minutes=16)).isoformat()

    connection = await page(client, True, filter={"from": since})

    assert texts(connection) == falling(20, 16)
    assert paper.calls["list_messages"] <= 3


async def test_a_filter_without_matches_continues_on_the_next_page(client: Client, paper: Paper, account: str) -> None:
    """One request reads 25 pages of a conversation at the most: the page is short, and more follows."""
    conversation = known_conversation(paper, account)
    paper.write(conversation, "needle", NOON)
    write(paper, conversation, range(1, 301))

    connection = await page(client, True, filter={"text": "needle"})
    assert texts(connection) == []
    assert connection["pageInfo"]["hasNextPage"]
    turns = 0
    while connection["pageInfo"]["hasNextPage"]:
        after = connection["pageInfo"]["endCursor"]
        connection = await page(client, True, filter={"text": "needle"}, after=after)
        turns += 1

    assert texts(connection) == ["needle"]
    assert turns < 4


async def test_the_end_of_a_very_long_conversation_is_found_by_asking_again(
    client: Client, paper: Paper, account: str
) -> None:
    """One request goes 25 times 500 messages deeper at the most."""
    write(paper, known_conversation(paper, account), range(1, 12_601))
    answer = await client.ask(OF_CONVERSATION, last=2)
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert answer["errors"][0]["extensions"]["retryable"]

    answer = await client.ask(OF_CONVERSATION, last=2)

    assert texts(answer["data"]["conversations"]["nodes"][0]["messages"]) == ["2", "1"]


async def test_a_page_that_a_failing_provider_cuts_short_says_that_more_follows(
    client: Client, paper: Paper, clock: Clock, conversation: Conversation, account: str, lists_across: bool
) -> None:
    await page(client, lists_across, first=2)
    paper.failures["list_messages"] = DOWN

    answer = await client.ask(ACROSS if lists_across else OF_CONVERSATION, first=10)

    data = answer["data"]
    connection = data["messages"] if lists_across else data["conversations"]["nodes"][0]["messages"]
    assert texts(connection) == falling(20, 18)
    assert connection["pageInfo"]["hasNextPage"]
    assert [each["account"] for each in answer["extensions"]["stale"]] == [account]
    del paper.failures["list_messages"]
    assert await pages(client, lists_across, 10, after=connection["pageInfo"]["endCursor"]) == falling(17, 1)


async def test_a_failing_conversation_takes_nothing_from_the_others(
    client: Client, paper: Paper, account: str, other_account: str
) -> None:
    write(paper, known_conversation(paper, account), range(1, 11))
    write(paper, known_conversation(paper, other_account, "w"), range(11, 21))
    await page(client, True, first=1)
    paper.broken_accounts[key_of(other_account)] = DOWN

    answer = await client.ask(ACROSS, first=100)

    assert texts(answer["data"]["messages"]) == [*falling(20, 18), *falling(10, 1)]
    assert [each["account"] for each in answer["extensions"]["stale"]] == [other_account]


async def test_many_conversations_are_read_side_by_side(client: Client, paper: Paper, account: str) -> None:
    """As many at once as the provider's limit allows, less what is reserved for writes."""
    for number in range(40):
        write(paper, known_conversation(paper, account, f"v{number}"), range(1, 3))

    paper.gates["list_messages"] = asyncio.Event()
    reading = asyncio.create_task(
        client.data("{ conversations(first: 40) { nodes { messages(first: 2) { nodes { text } } } } }")
    )
    await paper.until_asked("list_messages", Traffic().concurrent_reads)
    paper.gates["list_messages"].set()
    data = await reading

    assert [texts(node["messages"]) for node in data["conversations"]["nodes"]] == [["2", "1"]] * 40
    assert paper.calls["list_messages"] == 40
    assert paper.most_at_once == Traffic().concurrent_reads
