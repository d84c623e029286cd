"""Meetings of an upstream with a detail call: the embedded provider."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Clock

MEETING = "query ($id: ID!) { meeting(id: $id) { title status } }"
CHANGES = "subscription { meetingChanged { title status } }"


@pytest.fixture
def upstream(tmp_path: Path) -> Callable[[str], None]:
    """Changes things at the provider, behind the gateway's back."""

    def execute(statement: str) -> None:
        with closing(sqlite3.connect(tmp_path / "local.db")) as connection, connection:
            connection.execute(statement)

    return execute


@pytest.fixture
async def meeting(client: Client) -> str:
    account = await client.do("connectAccount", "account { id }", provider="local")
    said = {"title": "Review", "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
    payload = await client.do("scheduleMeeting", "meeting { id }", accountId=account["account"]["id"], **said)
    return str(payload["meeting"]["id"])


@pytest.mark.parametrize(
    ("statement", "now"),
    [
        ("UPDATE meeting SET title = 'Retrospective'", {"title": "Retrospective", "status": "SCHEDULED"}),
        ("UPDATE meeting SET cancelled = 1", {"title": "Review", "status": "CANCELLED"}),
    ],
)
async def test_a_change_at_the_provider_is_shown_and_announced(
    client: Client, clock: Clock, meeting: str, upstream: Callable[[str], None], statement: str, now: dict[str, str]
) -> None:
    async with client.subscribed(CHANGES) as socket:
        upstream(statement)
        clock.pass_by(timedelta(minutes=1))

        assert await client.data(MEETING, id=meeting) == {"meeting": now}
        assert (await socket.event())["data"] == {"meetingChanged": now}


async def test_unchanged_details_are_not_announced(client: Client, clock: Clock, meeting: str) -> None:
    async with client.subscribed(CHANGES) as socket:
        clock.pass_by(timedelta(minutes=1))
        await client.data(MEETING, id=meeting)
        await client.do("cancelMeeting", meetingId=meeting)

        assert (await socket.event())["data"]["meetingChanged"]["status"] == "CANCELLED"


async def test_a_meeting_that_the_provider_no_longer_has_is_served_as_stored(
    client: Client, clock: Clock, meeting: str, upstream: Callable[[str], None]
) -> None:
    upstream("DELETE FROM meeting")
    clock.pass_by(timedelta(minutes=1))

    assert await client.data(MEETING, id=meeting) == {"meeting": {"title": "Review", "status": "SCHEDULED"}}


async def test_many_readers_of_an_old_meeting_share_a_fetch(client: Client, clock: Clock, meeting: str) -> None:
    clock.pass_by(timedelta(minutes=1))

    answers = await asyncio.gather(*(client.data(MEETING, id=meeting) for _ in range(20)))

    assert answers == [{"meeting": {"title": "Review", "status": "SCHEDULED"}}] * 20
