"""SQL statements of a query when everything is fresh: the same number for few rows and for many."""

from datetime import timedelta

import pytest

from providers.domain.entities import Contact, Meeting, MeetingKind, MeetingService, Participant
from tests.testkit.client import Client
from tests.testkit.clock import NOON
from tests.testkit.paper import NUMBER, Paper
from tests.testkit.statements import commit_to, statements_of_all_stores
from tests.testkit.steps import connected, key_of, known_conversation

CONVERSATIONS = """query ($first: Int!) {
    conversations(first: $first) { nodes {
        fromNumber contact { firstName number } lastMessage { text } messages(first: 5) { nodes { text from } }
    } }
}"""
MEETINGS = """query ($first: Int!) {
    meetings(first: $first, filter: {from: "2030-05-06T00:00:00Z", to: "2030-05-07T00:00:00Z"}) {
        nodes { title status joinUrl account { userId } participants { email } }
    }
}"""
ACCOUNTS = """query ($first: Int!) {
    accounts(first: $first) { nodes { status phoneNumbers { number } } }
}"""


async def cost(client: Client, store_url: str, document: str, count: int) -> list[str]:
    """The statements of the second time, when all has been read and the document is known, but no result is cached."""
    (rows,) = (await client.data(document, first=count)).values()
    assert len(rows["nodes"]) == count
    await commit_to(store_url)
    with statements_of_all_stores() as sent:
        await client.data(document, first=count)
    return sent


def begin_conversations(paper: Paper, account: str, count: int) -> None:
    key = key_of(account)
    for number in range(count):
        contact = Contact(
            account_key=key, external_id=f"c{number}", number=NUMBER, e164=None, synced_at=NOON, first_name=str(number)
        )
        paper.contacts.setdefault(key, []).append(contact)
        conversation = known_conversation(paper, account, f"v{number}", contact=f"c{number}")
        for minute in range(6):
            paper.write(conversation, "Hello", NOON - timedelta(minutes=minute))


def meeting_at(account: str, number: int) -> Meeting:
    return Meeting(
        scope=key_of(account),
        external_id=str(number),
        provider="paper",
        user_id="local",
        account_key=key_of(account),
        service=MeetingService.ZOOM,
        kind=MeetingKind.SCHEDULED,
        start_time=NOON + timedelta(minutes=number),
        end_time=NOON + timedelta(minutes=number + 30),
        join_url="https://meet.example.com/",
        synced_at=NOON,
        participants=(Participant(email="ada@example.com"),),
    )


@pytest.mark.parametrize("count", [5, 20, 40])
async def test_conversations_with_contact_and_messages_take_four_statements(
    client: Client, sqlite_url: str, paper: Paper, account: str, count: int
) -> None:
    begin_conversations(paper, account, count)

    assert len(await cost(client, sqlite_url, CONVERSATIONS, count)) == 5
    assert len(await cost(client, sqlite_url, CONVERSATIONS.replace("lastMessage { text }", ""), count)) == 4


async def test_conversations_of_several_accounts_cost_no_more(
    client: Client, sqlite_url: str, paper: Paper, account: str, other_account: str
) -> None:
    begin_conversations(paper, account, 10)
    begin_conversations(paper, other_account, 10)

    assert len(await cost(client, sqlite_url, CONVERSATIONS.replace("lastMessage { text }", ""), 20)) == 4


async def test_a_contact_by_its_id_takes_one_statement(
    client: Client, sqlite_url: str, paper: Paper, account: str
) -> None:
    begin_conversations(paper, account, 1)
    (contact,) = (await client.data("{ contacts { nodes { id } } }"))["contacts"]["nodes"]

    await commit_to(sqlite_url)
    with statements_of_all_stores() as sent:
        found = await client.data("query ($id: ID!) { contact(id: $id) { firstName } }", id=contact["id"])

    assert found == {"contact": {"firstName": "0"}}
    assert len(sent) == 1


@pytest.mark.parametrize("count", [5, 100])
async def test_a_page_of_meetings_takes_three_statements(
    client: Client, sqlite_url: str, paper: Paper, account: str, count: int
) -> None:
    paper.meetings[key_of(account)] = [meeting_at(account, number) for number in range(count)]

    assert len(await cost(client, sqlite_url, MEETINGS, count)) <= 3


@pytest.mark.parametrize("count", [1, 10])
async def test_accounts_with_numbers_take_two_statements(
    client: Client, sqlite_url: str, account: str, count: int
) -> None:
    for _ in range(count - 1):
        await connected(client)

    assert len(await cost(client, sqlite_url, ACCOUNTS, count)) <= 2


@pytest.mark.parametrize("count", [5, 40])
async def test_whether_messages_can_be_sent_takes_no_statement(
    client: Client, sqlite_url: str, paper: Paper, account: str, count: int
) -> None:
    begin_conversations(paper, account, count)

    document = CONVERSATIONS.replace("fromNumber", "fromNumber canSend cannotSendReason")

    assert len(await cost(client, sqlite_url, document, count)) == 5


@pytest.mark.parametrize("count", [5, 40])
async def test_the_actions_of_meetings_take_one_statement_for_their_accounts(
    client: Client, sqlite_url: str, paper: Paper, account: str, count: int
) -> None:
    paper.meetings[key_of(account)] = [meeting_at(account, number) for number in range(count)]
    without = MEETINGS.replace("account { userId }", "")

    actions = await cost(client, sqlite_url, MEETINGS.replace("account { userId }", "viewerActions"), count)

    assert len(actions) == len(await cost(client, sqlite_url, without, count)) + 1
    assert len(actions) == len(
        await cost(client, sqlite_url, MEETINGS.replace("account", "viewerActions account"), count)
    )
