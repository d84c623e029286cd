"""Meetings of an upstream without a detail call."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.steps import key_of

LIST = """query ($statuses: [MeetingStatus!], $from: DateTime, $to: DateTime) {
    meetings(filter: {statuses: $statuses, from: $from, to: $to}) { nodes { id title startTime status } }
}"""
MORNING = {"from": "2030-05-06T00:00:00Z", "to": "2030-05-06T12:00:00Z"}
AFTERNOON = {"from": "2030-05-06T12:00:00Z", "to": "2030-05-07T00:00:00Z"}
CHANGES = "subscription { meetingChanged { title status } }"


@pytest.fixture
def key(account: str) -> str:
    return key_of(account)


async def schedule(client: Client, account: str, title: str, start: str = "2030-05-06T14:00:00Z") -> str:
    meeting = {"title": title, "startTime": start, "durationMinutes": 30}
    payload = await client.do("scheduleMeeting", "meeting { id }", accountId=account, **meeting)
    return str(payload["meeting"]["id"])


async def listed(client: Client, **said: object) -> list[tuple[str, str]]:
    """Title and status of each."""
    data: Any = await client.data(LIST, **said)
    return [(node["title"], node["status"]) for node in data["meetings"]["nodes"]]


async def test_meetings_of_all_accounts_are_one_list_in_order(client: Client, account: str, other_account: str) -> None:
    local = await client.do("connectAccount", "account { id }", provider="local")
    await schedule(client, account, "third", "2030-05-06T16:00:00Z")
    await schedule(client, other_account, "second", "2030-05-06T15:00:00Z")
    await schedule(client, local["account"]["id"], "first", "2030-05-06T14:00:00Z")

    assert [title for title, _ in await listed(client)] == ["first", "second", "third"]


async def test_a_meeting_that_vanishes_upstream_is_cancelled_and_announced(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    for title in ("gone", "stays"):
        await schedule(client, account, title)
    await client.data(LIST)
    async with client.subscribed(CHANGES) as socket:
        paper.meetings[key] = [each for each in paper.meetings[key] if each.title == "stays"]
        clock.pass_by(timedelta(minutes=1))

        assert await listed(client) == [("stays", "SCHEDULED")]
        assert await listed(client, statuses=["CANCELLED"]) == [("gone", "CANCELLED")]
        assert (await socket.event())["data"]["meetingChanged"] == {"title": "gone", "status": "CANCELLED"}


async def test_a_meeting_outside_of_the_fetched_window_is_not_cancelled(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    meeting = await schedule(client, account, "afternoon")
    paper.meetings[key] = []
    clock.pass_by(timedelta(seconds=10))
    assert await listed(client, **MORNING) == []

    data = await client.data("query ($id: ID!) { meeting(id: $id) { status } }", id=meeting)

    assert data == {"meeting": {"status": "SCHEDULED"}}


async def test_a_meeting_that_is_made_while_the_list_is_read_is_not_cancelled(
    client: Client, paper: Paper, account: str, key: str
) -> None:
    """The list was made before it, and arrives after it."""
    await schedule(client, account, "new")
    paper.meetings[key] = []

    assert await listed(client, **AFTERNOON) == [("new", "SCHEDULED")]


async def test_a_moved_meeting_stays_moved_while_the_list_lags_behind(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    meeting = await schedule(client, account, "Review")
    before = paper.meetings[key]
    await client.do("rescheduleMeeting", meetingId=meeting, startTime="2030-05-06T20:00:00Z", durationMinutes=60)
    paper.meetings[key] = before
    document = "query ($id: ID!) { meeting(id: $id) { startTime durationMinutes status } }"
    moved = {"startTime": "2030-05-06T20:00:00+00:00", "durationMinutes": 60, "status": "SCHEDULED"}

    for _ in range(3):
        clock.pass_by(timedelta(minutes=1))
        assert await listed(client) == [("Review", "SCHEDULED")]
        assert await client.data(document, id=meeting) == {"meeting": moved}


async def test_a_moved_meeting_is_not_cancelled_while_the_list_of_its_new_day_lacks_it(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    meeting = await schedule(client, account, "Review")
    before = paper.meetings[key]
    await client.do("rescheduleMeeting", meetingId=meeting, startTime="2030-05-09T14:00:00Z")
    paper.meetings[key] = before
    clock.pass_by(timedelta(minutes=1))
    new_day = {"from": "2030-05-09T00:00:00Z", "to": "2030-05-10T00:00:00Z"}

    assert await listed(client, **new_day) == [("Review", "SCHEDULED")]


async def test_a_meeting_rescheduled_at_the_provider_is_updated_and_announced(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    await schedule(client, account, "Review")
    await client.data(LIST)
    async with client.subscribed("subscription { meetingChanged { title startTime } }") as socket:
        (known,) = paper.meetings[key]
        hour = timedelta(hours=1)
        paper.meetings[key] = [replace(known, start_time=known.start_time + hour, end_time=known.end_time + hour)]
        clock.pass_by(timedelta(minutes=1))
        await client.data(LIST)

        event = (await socket.event())["data"]["meetingChanged"]

    assert event == {"title": "Review", "startTime": "2030-05-06T15:00:00+00:00"}


async def test_meetings_of_the_first_fetch_are_not_announced(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    await schedule(client, account, "known")
    (known,) = paper.meetings[key]
    paper.meetings[key].append(replace(known, external_id="old", title="old"))
    async with client.subscribed(CHANGES) as socket:
        assert len(await listed(client)) == 2
        paper.meetings[key].append(replace(known, external_id="new", title="new"))
        clock.pass_by(timedelta(minutes=1))
        assert len(await listed(client)) == 3

        assert (await socket.event())["data"]["meetingChanged"]["title"] == "new"


async def test_a_meeting_by_its_id_is_as_fresh_as_the_list(
    client: Client, paper: Paper, clock: Clock, account: str, key: str
) -> None:
    meeting = await schedule(client, account, "Review")
    paper.meetings[key] = [replace(each, title="Retrospective") for each in paper.meetings[key]]
    document = "query ($id: ID!) { meeting(id: $id) { title } }"
    assert await client.data(document, id=meeting) == {"meeting": {"title": "Review"}}

    clock.pass_by(timedelta(minutes=1))

    assert await client.data(document, id=meeting) == {"meeting": {"title": "Retrospective"}}
    assert paper.calls["list_meetings"] == 1
