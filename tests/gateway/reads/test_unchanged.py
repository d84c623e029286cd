"""A response that has not changed is neither parsed nor stored; what the store has is always what was read last."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from providers.domain.entities import Contact, Meeting, MeetingService
from tests.gateway.reads.conftest import Begin
from tests.gateway.reads.lists import NO_CACHE
from tests.testkit.client import Client
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import NUMBER, Paper
from tests.testkit.sample import meeting
from tests.testkit.statements import statements_of_all_stores
from tests.testkit.steps import connected, key_of, known_conversation

CONTACTS = "{ contacts { nodes { firstName syncedAt } } }"
CONVERSATIONS = "{ conversations { nodes { externalId syncedAt } } }"
MESSAGES = "{ conversations { nodes { messages(first: 2) { nodes { text } } } } }"
EVERYTHING = """{
    conversations(first: 20) { nodes { contact { firstName } messages(first: 5) { nodes { text } } } }
}"""

MEETINGS = """{
    meetings(filter: {
        from: "2030-05-06T00:00:00Z", to: "2030-05-07T00:00:00Z", statuses: [SCHEDULED, IN_PROGRESS, ENDED, CANCELLED]
    }) { nodes { title startTime status syncedAt } }
}"""
WEEK = MEETINGS.replace("2030-05-07", "2030-05-13")


@pytest.fixture
async def client(begin: Begin) -> Client:
    return await begin()


def contact(account: str, name: str) -> Contact:
    return Contact(
        account_key=key_of(account), external_id=name, number=NUMBER, e164=NUMBER, synced_at=NOON, first_name=name
    )


def listed_meeting(account: str, name: str, hour: int = 14, title: str | None = None) -> Meeting:
    start = datetime(2030, 5, 6, hour, tzinfo=UTC)
    return meeting(
        name,
        scope=key_of(account),
        account_key=key_of(account),
        provider="paper",
        user_id="local",
        service=MeetingService.ZOOM,
        title=title or name,
        start_time=start,
    )


async def names(client: Client, clock: Clock) -> list[str]:
    """The contacts as the provider has them now."""
    clock.pass_by(timedelta(seconds=1))
    return [each["firstName"] for each in (await client.data(CONTACTS, NO_CACHE))["contacts"]["nodes"]]


async def texts(client: Client, clock: Clock) -> list[list[str]]:
    """The newest messages of each conversation as the provider has them now."""
    clock.pass_by(timedelta(seconds=1))
    nodes = (await client.data(MESSAGES, NO_CACHE))["conversations"]["nodes"]
    return [[message["text"] for message in node["messages"]["nodes"]] for node in nodes]


async def scheduled(client: Client, account: str, title: str = "Review", start: str = "2030-05-06T16:00:00Z") -> str:
    times = {"startTime": start, "durationMinutes": 30}
    payload = await client.do("scheduleMeeting", "meeting { id }", accountId=account, title=title, **times)
    return str(payload["meeting"]["id"])


async def titles(client: Client, clock: Clock, document: str = MEETINGS) -> list[tuple[str, str]]:
    """Title and status of the meetings as the provider has them now."""
    clock.pass_by(timedelta(seconds=1))
    nodes = (await client.data(document, NO_CACHE))["meetings"]["nodes"]
    return [(each["title"], each["status"]) for each in nodes]


async def until_nothing_is_parsed(client: Client, clock: Clock, paper: Paper, document: str) -> None:
    """Read until the digests of all responses are stored."""
    for _ in range(5):
        before = paper.parsed.copy()
        clock.pass_by(timedelta(seconds=1))
        await client.data(document, NO_CACHE)
        if paper.parsed == before:
            return
    raise AssertionError(paper.parsed)


async def test_twenty_unchanged_conversations_take_six_statements(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.contacts[key_of(account)] = [contact(account, f"c{number}") for number in range(20)]
    for number in range(20):
        conversation = known_conversation(paper, account, f"v{number}", contact=f"c{number}")
        for minute in range(2):
            paper.write(conversation, "Hello", NOON - timedelta(minutes=minute))
    await client.data(EVERYTHING, NO_CACHE)
    clock.pass_by(timedelta(seconds=1))
    calls = paper.calls.total()

    with statements_of_all_stores() as sent:
        await client.data(EVERYTHING, NO_CACHE)

    assert paper.calls.total() == calls + 22
    assert not [each for each in sent if not each.lstrip().startswith("SELECT")]
    # Four for the lists, two for the digests of both levels.
    assert len(sent) <= 6, [each[each.find("FROM") :][:40] for each in sent]


async def test_what_another_process_has_stored_since_is_replaced(
    begin: Begin, client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    other = await begin()
    before, after = [contact(account, "a")], [contact(account, "b")]
    paper.contacts[key_of(account)] = before
    await until_nothing_is_parsed(client, clock, paper, CONTACTS)

    paper.contacts[key_of(account)] = after
    assert await names(other, clock) == ["b"]
    paper.contacts[key_of(account)] = before

    assert await names(client, clock) == ["a"]
    assert await names(other, clock) == ["a"]


async def test_messages_that_another_process_has_changed_are_replaced(
    begin: Begin, client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    other = await begin()
    conversation = known_conversation(paper, account)
    message = paper.write(conversation, "Hello", NOON)
    await until_nothing_is_parsed(client, clock, paper, MESSAGES)

    paper.messages[conversation.external_id] = [replace(message, text="Changed")]
    assert await texts(other, clock) == [["Changed"]]
    paper.messages[conversation.external_id] = [message]

    assert await texts(client, clock) == [["Hello"]]


async def test_a_contact_that_was_created_here_and_deleted_there_is_gone(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.contacts[key_of(account)] = before = [contact(account, "a")]
    await until_nothing_is_parsed(client, clock, paper, CONTACTS)

    await client.do("createContact", accountId=account, firstName="Grace", lastName="H", number="+12025550187")
    paper.contacts[key_of(account)] = before[:1]

    assert await names(client, clock) == ["a"]


async def test_a_contact_that_was_created_during_the_fetch_and_deleted_later_is_gone(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.contacts[key_of(account)] = [contact(account, "a")]
    await until_nothing_is_parsed(client, clock, paper, CONTACTS)
    paper.contacts[key_of(account)] = changed = [contact(account, "b")]

    paper.gates["list_contacts"] = asyncio.Event()
    reading = asyncio.create_task(names(client, clock))
    await paper.until_asked("list_contacts", paper.calls["list_contacts"] + 1)
    await client.do("createContact", accountId=account, firstName="Grace", lastName="H", number="+12025550187")
    paper.contacts[key_of(account)] = changed[:1]
    paper.gates.pop("list_contacts").set()
    assert await reading == ["b", "Grace"]

    assert await names(client, clock) == ["b"]


async def test_a_contact_that_was_changed_here_and_back_there_is_as_it_was(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.contacts[key_of(account)] = before = [contact(account, "a")]
    await until_nothing_is_parsed(client, clock, paper, CONTACTS)
    (known,) = (await client.data("{ contacts { nodes { id } } }"))["contacts"]["nodes"]

    await client.do("updateContact", contactId=known["id"], firstName="Grace", lastName="H", number="+12025550187")
    paper.contacts[key_of(account)] = [replace(before[0], first_name="a", last_name=None, number=NUMBER, e164=NUMBER)]

    assert await names(client, clock) == ["a"]


async def test_a_conversation_that_was_created_here_is_read_again(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.contacts[key_of(account)] = [contact(account, "a")]
    known_conversation(paper, account)
    await until_nothing_is_parsed(client, clock, paper, CONVERSATIONS)
    (known,) = (await client.data("{ contacts { nodes { id } } }"))["contacts"]["nodes"]
    parsed = paper.parsed["list_conversations"]

    await client.do("createConversation", contactId=known["id"], fromNumber=NUMBER)
    paper.conversations[key_of(account)].pop()
    await client.data(CONVERSATIONS, NO_CACHE)

    assert paper.parsed["list_conversations"] == parsed + 1


async def test_a_message_that_was_sent_here_is_read_again(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    conversation = known_conversation(paper, account)
    await until_nothing_is_parsed(client, clock, paper, MESSAGES)
    (known,) = (await client.data("{ conversations { nodes { id } } }"))["conversations"]["nodes"]
    parsed = paper.parsed["list_messages"]

    await client.do("sendMessage", conversationId=known["id"], text="Hello")
    paper.messages[conversation.external_id].clear()
    await client.data(MESSAGES, NO_CACHE)

    assert paper.parsed["list_messages"] == parsed + 1


async def test_everything_of_an_account_that_is_connected_again_is_read_again(
    client: Client, clock: Clock, paper: Paper
) -> None:
    account = await connected_as(client, "one")
    paper.contacts[key_of(account)] = [contact(account, "a")]
    paper.write(known_conversation(paper, account, contact="a"), "Hello", NOON)
    await until_nothing_is_parsed(client, clock, paper, EVERYTHING)
    parsed = paper.parsed.copy()

    assert await connected_as(client, "one") == account
    await client.data(EVERYTHING, NO_CACHE)

    assert {call: count - parsed[call] for call, count in paper.parsed.items()} == dict.fromkeys(parsed, 1)


async def test_equal_responses_of_two_accounts_are_stored_for_both(client: Client, clock: Clock, paper: Paper) -> None:
    first, second = await connected(client), await connected(client)
    paper.contacts[key_of(first)] = [contact(first, "a")]
    await until_nothing_is_parsed(client, clock, paper, CONTACTS)
    paper.contacts[key_of(second)] = [contact(second, "a")]

    assert await names(client, clock) == ["a", "a"]


async def test_unchanged_phone_numbers_are_parsed_once(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    document = "{ phoneNumbers { number account { id } } }"
    first = await client.data(document, NO_CACHE)
    clock.pass_by(timedelta(seconds=1))

    with statements_of_all_stores() as sent:
        assert await client.data(document, NO_CACHE) == first

    assert first["phoneNumbers"][0]["account"]["id"] == account
    assert (paper.calls["list_numbers"], paper.parsed["list_numbers"]) == (2, 1)
    assert not [each for each in sent if not each.lstrip().startswith("SELECT")]


async def test_unchanged_meetings_are_neither_parsed_nor_written(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.meetings[key_of(account)] = [listed_meeting(account, f"m{hour}", hour) for hour in range(20)]
    first = await client.data(MEETINGS, NO_CACHE)
    clock.pass_by(timedelta(seconds=1))

    with statements_of_all_stores() as sent:
        assert await client.data(MEETINGS, NO_CACHE) == first

    assert len(first["meetings"]["nodes"]) == 20
    assert (paper.calls["list_meetings"], paper.parsed["list_meetings"]) == (2, 1)
    assert not [each for each in sent if not each.lstrip().startswith("SELECT")]
    # The accounts, the digest, the page.
    assert len(sent) <= 3, [each[each.find("FROM") :][:40] for each in sent]


async def test_a_meeting_that_vanishes_after_unchanged_reads_is_cancelled(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.meetings[key_of(account)] = both = [listed_meeting(account, "m"), listed_meeting(account, "n", 15)]
    await until_nothing_is_parsed(client, clock, paper, MEETINGS)
    paper.meetings[key_of(account)] = both[:1]

    assert await titles(client, clock) == [("m", "SCHEDULED"), ("n", "CANCELLED")]
    paper.meetings[key_of(account)] = both
    assert await titles(client, clock) == [("m", "SCHEDULED"), ("n", "SCHEDULED")]


async def test_a_meeting_that_was_scheduled_here_and_deleted_there_is_cancelled(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.meetings[key_of(account)] = before = [listed_meeting(account, "m")]
    await until_nothing_is_parsed(client, clock, paper, MEETINGS)

    await scheduled(client, account)
    paper.meetings[key_of(account)] = before[:1]

    assert await titles(client, clock) == [("m", "SCHEDULED"), ("Review", "CANCELLED")]


async def test_a_meeting_that_was_scheduled_during_the_first_fetch_and_deleted_later_is_cancelled(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    """The response lacks it, and a later one with the same bytes means that it is gone."""
    paper.meetings[key_of(account)] = before = [listed_meeting(account, "m")]
    paper.gates["list_meetings"] = asyncio.Event()
    reading = asyncio.create_task(titles(client, clock))
    await paper.until_asked("list_meetings", 1)
    await scheduled(client, account)
    paper.meetings[key_of(account)] = before[:1]
    paper.gates.pop("list_meetings").set()
    await reading

    assert await titles(client, clock) == [("m", "SCHEDULED"), ("Review", "CANCELLED")]


@pytest.mark.parametrize("moved_to", ["2030-05-06T20:00:00Z", "2030-05-09T20:00:00Z"])
async def test_a_meeting_that_was_moved_here_and_back_there_is_at_its_old_time(
    client: Client, clock: Clock, paper: Paper, account: str, moved_to: str
) -> None:
    known = await scheduled(client, account)
    before = paper.meetings[key_of(account)]
    await until_nothing_is_parsed(client, clock, paper, MEETINGS)

    await client.do("rescheduleMeeting", meetingId=known, startTime=moved_to)
    assert (await titles(client, clock, WEEK))[0] == ("Review", "SCHEDULED")
    paper.meetings[key_of(account)] = before
    await client.data(MEETINGS, NO_CACHE)
    clock.pass_by(timedelta(seconds=1))
    (node,) = (await client.data(WEEK, NO_CACHE))["meetings"]["nodes"]

    assert node["startTime"] == "2030-05-06T16:00:00+00:00"


async def test_a_meeting_that_was_cancelled_here_is_read_again(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    known = await scheduled(client, account)
    before = paper.meetings[key_of(account)]
    await until_nothing_is_parsed(client, clock, paper, MEETINGS)
    parsed = paper.parsed["list_meetings"]

    await client.do("cancelMeeting", meetingId=known)
    paper.meetings[key_of(account)] = before

    assert await titles(client, clock) == [("Review", "CANCELLED")]
    assert paper.parsed["list_meetings"] == parsed + 1


async def test_what_the_read_of_another_window_has_changed_is_replaced(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    before, after = [listed_meeting(account, "m")], [listed_meeting(account, "m", title="Changed")]
    paper.meetings[key_of(account)] = before
    await until_nothing_is_parsed(client, clock, paper, MEETINGS)
    await until_nothing_is_parsed(client, clock, paper, WEEK)

    paper.meetings[key_of(account)] = after
    assert await titles(client, clock, WEEK) == [("Changed", "SCHEDULED")]
    paper.meetings[key_of(account)] = before

    assert await titles(client, clock) == [("m", "SCHEDULED")]


async def test_meetings_that_another_process_has_changed_are_replaced(
    begin: Begin, client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    other = await begin()
    before, after = [listed_meeting(account, "m")], [listed_meeting(account, "m", title="Changed")]
    paper.meetings[key_of(account)] = before
    await until_nothing_is_parsed(client, clock, paper, MEETINGS)

    paper.meetings[key_of(account)] = after
    assert await titles(other, clock) == [("Changed", "SCHEDULED")]
    paper.meetings[key_of(account)] = before

    assert await titles(client, clock) == [("m", "SCHEDULED")]
    assert await titles(other, clock) == [("m", "SCHEDULED")]


async def test_the_status_of_an_unchanged_meeting_follows_the_time(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    known = listed_meeting(account, "m")
    paper.meetings[key_of(account)] = [known]
    assert await titles(client, clock) == [("m", "SCHEDULED")]
    for moment, status in ((known.start_time, "IN_PROGRESS"), (known.end_time, "ENDED")):
        clock.pass_by(moment - clock())
        assert await titles(client, clock) == [("m", status)]
    assert paper.parsed["list_meetings"] == 1


async def test_a_longer_page_than_before_is_filled(client: Client, clock: Clock, paper: Paper, account: str) -> None:
    conversation = known_conversation(paper, account)
    for minute in range(7):
        paper.write(conversation, str(minute), NOON + timedelta(minutes=minute))
    await until_nothing_is_parsed(client, clock, paper, MESSAGES)

    data = await client.data(MESSAGES.replace("first: 2", "first: 7"), NO_CACHE)

    (node,) = data["conversations"]["nodes"]
    assert [each["text"] for each in node["messages"]["nodes"]] == [str(minute) for minute in range(6, -1, -1)]


async def test_messages_are_read_once_more_after_older_ones_were_stored(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    conversation = known_conversation(paper, account)
    for minute in range(7):
        paper.write(conversation, str(minute), NOON + timedelta(minutes=minute))
    await until_nothing_is_parsed(client, clock, paper, MESSAGES)
    parsed = paper.parsed["list_messages"]

    await client.data(MESSAGES.replace("first: 2", "first: 6"))
    older = paper.parsed["list_messages"]
    await client.data(MESSAGES, NO_CACHE)

    assert parsed < older < paper.parsed["list_messages"]


async def test_an_unchanged_list_is_as_fresh_as_one_that_was_stored(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    paper.contacts[key_of(account)] = [contact(account, "a")]
    await until_nothing_is_parsed(client, clock, paper, CONTACTS)
    clock.pass_by(timedelta(seconds=301))
    await client.data(CONTACTS)
    calls = paper.calls["list_contacts"]

    clock.pass_by(timedelta(seconds=299))
    await client.data(CONTACTS)

    assert paper.calls["list_contacts"] == calls


async def connected_as(client: Client, external_id: str) -> str:
    payload = await client.do(
        "connectAccount", "account { id }", provider="paper", idToken=external_id, refreshToken="refresh"
    )
    return str(payload["account"]["id"])
