"""Meetings as tests ask for them: on days in India, a month from now."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.testkit.client import Client

Json = dict[str, Any]

IST = timezone(timedelta(hours=5, minutes=30))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = datetime.now(IST).replace(hour=0, minute=0, second=0, microsecond=0) + 30 * DAY
"""A day in India begins."""

START, LATER = MIDNIGHT + 10 * HOUR, MIDNIGHT + 2 * DAY + 15 * HOUR

WHEN = "startTime endTime durationMinutes status"

BEN = {"email": "ben@example.com", "firstName": "Ben", "lastName": "Moor", "userId": "ben"}


def ist(moment: datetime) -> str:
    """Return a time in the service's format."""
    return moment.astimezone(IST).strftime("%Y-%m-%d %H:%M:%S")


def utc(moment: datetime) -> str:
    """Return a time in the gateway's format."""
    return moment.astimezone(UTC).isoformat()


async def scheduled(client: Client, account_id: str, selection: str = "id", **given: object) -> Json:
    """A meeting of half an hour at START."""
    draft = {
        "accountId": account_id,
        "title": "Review",
        "startTime": utc(START),
        "durationMinutes": 30,
        "participants": [BEN],
    }
    payload = await client.do("scheduleMeeting", f"meeting {{ {selection} }}", **(draft | given))
    found: Json = payload["meeting"]
    return found


async def moved(client: Client, meeting_id: str, start: datetime = LATER, minutes: int | None = 45) -> Json:
    """Move a meeting, and return its new times."""
    payload = await client.do(
        "rescheduleMeeting",
        f"meeting {{ {WHEN} }}",
        meetingId=meeting_id,
        startTime=utc(start),
        **({} if minutes is None else {"durationMinutes": minutes}),
    )
    found: Json = payload["meeting"]
    return found


async def meeting(client: Client, meeting_id: str, selection: str = WHEN) -> Json:
    """A meeting by its id."""
    found: Json = (await client.data(MEETING % selection, id=meeting_id))["meeting"]
    return found


def at(start: datetime, minutes: int) -> Json:
    """WHEN, of a meeting to come."""
    return {
        "startTime": utc(start),
        "endTime": utc(start + minutes * MINUTE),
        "durationMinutes": minutes,
        "status": "SCHEDULED",
    }


def window(days: int = 1, start: datetime = MIDNIGHT) -> Json:
    """A filter for as many days in India."""
    return {"from": utc(start), "to": utc(start + days * DAY)}


async def listed(client: Client, selection: str = "id", **wanted: object) -> list[Json]:
    """All meetings that a filter finds; those of the day that begins at MIDNIGHT, where it says nothing of time."""
    answer = await client.data(LIST % selection, filter=window() | wanted)
    nodes: list[Json] = answer["meetings"]["nodes"]
    return nodes


LIST = "query ($filter: MeetingFilter) { meetings(filter: $filter, first: 100) { nodes { %s } } }"
MEETING = "query ($id: ID!) { meeting(id: $id) { %s } }"
