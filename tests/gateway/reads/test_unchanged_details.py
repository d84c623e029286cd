"""Details that have not changed are neither parsed nor stored; what the store has is always what was read last."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.storage import Cipher, Store, Transaction, Visibility
from providers.domain.identity import Identity
from tests.gateway.reads.conftest import Begin
from tests.gateway.reads.lists import NO_CACHE
from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.statements import statements_of_all_stores
from tests.testkit.steps import key_of

MEETING = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Meeting { title timeZone startTime status syncedAt } } }"
WEEK = """{
    meetings(filter: { from: "2030-05-06T00:00:00Z", to: "2030-05-13T00:00:00Z" }) { nodes { startTime syncedAt } }
}"""
START = datetime(2030, 5, 6, 16, tzinfo=UTC)


@pytest.fixture
def plugin() -> str:
    return "detailed_paper"


@pytest.fixture
async def client(begin: Begin) -> Client:
    return await begin()


@pytest.fixture
async def known(client: Client, clock: Clock, paper: Paper, account: str) -> str:
    """A meeting whose details are stored, with their digest."""
    meeting = await scheduled(client, account)
    await shown(client, clock, meeting)
    return meeting


async def scheduled(client: Client, account: str) -> str:
    said = {"title": "Review", "timeZone": "Europe/Berlin", "startTime": START.isoformat(), "durationMinutes": 30}
    return str((await client.do("scheduleMeeting", "meeting { id }", accountId=account, **said))["meeting"]["id"])


async def shown(client: Client, clock: Clock, *ids: str) -> list[dict[str, Any]]:
    """The meetings as the provider has them now."""
    clock.pass_by(timedelta(seconds=1))
    nodes: list[dict[str, Any]] = (await client.data(MEETING, NO_CACHE, ids=list(ids)))["nodes"]
    return nodes


async def times(client: Client, clock: Clock, *ids: str) -> list[str]:
    return [each["startTime"][11:16] for each in await shown(client, clock, *ids)]


def change(paper: Paper, account: str, **said: object) -> None:
    """Change the meetings at the provider, behind the gateway's back."""
    known = paper.meetings[key_of(account)]
    known[:] = [replace(each, **said) for each in known]  # type: ignore[arg-type]


@contextmanager
def noted_transactions(begun: asyncio.Event) -> Iterator[None]:
    """Set an event when another transaction is about to begin."""

    def note(_transaction: Transaction, statement: str) -> None:
        if statement.startswith("BEGIN"):
            begun.set()

    Transaction.observers.append(note)
    try:
        yield
    finally:
        Transaction.observers.remove(note)


async def test_unchanged_details_are_not_parsed_and_only_their_times_are_written(
    client: Client, clock: Clock, paper: Paper, account: str
) -> None:
    meetings = [await scheduled(client, account) for _ in range(20)]
    first = await shown(client, clock, *meetings)
    assert paper.parsed["get_meetings"] == 20

    with statements_of_all_stores() as sent:
        second = await shown(client, clock, *meetings)

    assert (paper.calls["get_meetings"], paper.parsed["get_meetings"]) == (2, 20)
    assert [each | {"syncedAt": None} for each in second] == [each | {"syncedAt": None} for each in first]
    assert {each["syncedAt"] for each in second} == {clock().isoformat()}
    begin, update = [each.split() for each in sent if not each.lstrip().startswith("SELECT")]
    assert (begin[0].rstrip(";"), update[:2]) == ("BEGIN", ["UPDATE", "meetings"])
    # The meetings twice, their digests before and in the transaction.
    assert len(sent) <= 6, [each[each.find("FROM") :][:40] for each in sent]


async def test_unchanged_details_are_as_fresh_as_those_that_were_stored(
    client: Client, clock: Clock, paper: Paper, known: str
) -> None:
    await shown(client, clock, known)
    calls = paper.calls["get_meetings"]
    clock.pass_by(timedelta(seconds=29))
    await client.data(MEETING, ids=[known])
    assert paper.calls["get_meetings"] == calls


async def test_changed_details_are_stored_and_parsed_once(
    client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    parsed = paper.parsed["get_meetings"]
    change(paper, account, title="Retrospective")
    for _ in range(3):
        (node,) = await shown(client, clock, known)
        assert (node["title"], node["timeZone"]) == ("Retrospective", "Europe/Berlin")
    assert paper.parsed["get_meetings"] == parsed + 1


async def test_details_that_change_back_are_stored(
    client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    for title in ("Retrospective", "Review", "Retrospective"):
        change(paper, account, title=title)
        (node,) = await shown(client, clock, known)
        assert node["title"] == title


async def test_a_meeting_that_was_moved_here_and_back_there_is_at_its_old_time(
    client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    before = paper.meetings[key_of(account)]
    await client.do("rescheduleMeeting", meetingId=known, startTime="2030-05-06T20:00:00Z")
    assert await times(client, clock, known) == ["20:00"]

    paper.meetings[key_of(account)] = before

    assert await times(client, clock, known) == ["16:00"]
    assert await times(client, clock, known) == ["16:00"]


async def test_a_meeting_that_was_cancelled_here_is_read_again(
    client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    before, parsed = paper.meetings[key_of(account)], paper.parsed["get_meetings"]
    await client.do("cancelMeeting", meetingId=known)
    paper.meetings[key_of(account)] = before

    assert [each["status"] for each in await shown(client, clock, known)] == ["CANCELLED"]
    assert paper.parsed["get_meetings"] == parsed + 1


async def test_a_time_that_a_list_has_changed_is_read_again(
    client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    change(paper, account, start_time=START + timedelta(hours=2), end_time=START + timedelta(hours=3))
    await client.data(WEEK, NO_CACHE)
    change(paper, account, start_time=START, end_time=START + timedelta(minutes=30))

    assert await times(client, clock, known) == ["16:00"]


async def test_an_unchanged_list_leaves_the_digest_of_details(
    client: Client, clock: Clock, paper: Paper, known: str
) -> None:
    parsed = paper.parsed["get_meetings"]
    for _ in range(2):
        clock.pass_by(timedelta(seconds=1))
        await client.data(WEEK, NO_CACHE)
        await shown(client, clock, known)
    assert paper.parsed["get_meetings"] == parsed


async def test_details_that_another_process_has_changed_are_replaced(
    begin: Begin, client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    other = await begin()
    change(paper, account, title="Retrospective")
    assert [each["title"] for each in await shown(other, clock, known)] == ["Retrospective"]
    change(paper, account, title="Review")

    assert [each["title"] for each in await shown(client, clock, known)] == ["Review"]
    assert [each["title"] for each in await shown(other, clock, known)] == ["Review"]


async def test_details_of_a_meeting_that_is_written_before_their_time_is_are_stored(
    client: Client, clock: Clock, paper: Paper, known: str, database_url: str
) -> None:
    identity, begun = Identity.parse(known), asyncio.Event()
    assert identity is not None
    other = await Store.open(database_url, Cipher([bytes(32)]), clock)
    async with other.write() as transaction:
        with noted_transactions(begun):
            reading = asyncio.create_task(shown(client, clock, known))
            await begun.wait()
        (meeting,) = await other.meetings.get_many(Visibility.unrestricted(), [identity.key], transaction)
        assert meeting is not None
        await other.meetings.put(transaction, [replace(meeting, title="Retrospective")])
    await other.aclose()

    assert [each["title"] for each in await reading] == ["Review"]


async def test_a_meeting_that_is_gone_and_back_is_as_it_was(
    client: Client, clock: Clock, paper: Paper, account: str, known: str
) -> None:
    before = await shown(client, clock, known)
    meetings, parsed = paper.meetings.pop(key_of(account)), paper.parsed["get_meetings"]
    assert await shown(client, clock, known) == before
    paper.meetings[key_of(account)] = meetings

    (node,) = await shown(client, clock, known)

    assert node | {"syncedAt": None} == before[0] | {"syncedAt": None}
    assert node["syncedAt"] == clock().isoformat()
    assert paper.parsed["get_meetings"] == parsed + 1
