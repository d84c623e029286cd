from datetime import datetime
from typing import Any

import pytest
from icalendar import Calendar, Event

from providers.domain.entities import Meeting
from tests.resolvers import example
from tests.resolvers.asking import answer
from tests.resolvers.backend import NOW, Backend, page_of


async def icalendar(backend: Backend) -> str:
    found = await answer(backend, "{ meetings { nodes { icalendar } } }")
    text: str = found["meetings"]["nodes"][0]["icalendar"]
    return text


def read(text: str) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    return calendar, event


async def test_the_provider_s_own_invitation_is_returned_unchanged() -> None:
    backend = Backend(page=page_of([example.meeting(icalendar="BEGIN:VCALENDAR")]))
    assert await icalendar(backend) == "BEGIN:VCALENDAR"


async def test_an_invitation_is_generated_if_the_provider_returns_none() -> None:
    meeting = example.meeting(organizer_email="host@example.com", revision=2)
    calendar, event = read(await icalendar(Backend(page=page_of([meeting]))))
    assert calendar.method == "REQUEST"
    assert (event.summary, event.start, event.end) == (meeting.title, meeting.start_time, meeting.end_time)
    assert (event.sequence, event.stamp, event.organizer) == (2, NOW.replace(microsecond=0), "mailto:host@example.com")
    assert [str(attendee) for attendee in event.attendees] == ["mailto:ann@example.com"]
    assert "password" not in calendar.to_ical().decode().lower()


async def test_a_cancelled_meeting_has_a_cancellation() -> None:
    calendar, event = read(await icalendar(Backend(page=page_of([example.meeting(cancelled=True)]))))
    assert (calendar.method, event.status) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2030-11-03T05:45:00+00:00", "2030-11-03T06:15:00+00:00"),
        ("2030-11-03T04:30:00+00:00", "2030-11-03T06:30:00+00:00"),
        ("2030-03-10T06:30:00+00:00", "2030-03-10T07:30:00+00:00"),
        ("0001-01-01T00:00:00+00:00", "0001-01-01T01:00:00+00:00"),
        ("9999-12-31T22:00:00+00:00", "9999-12-31T23:59:59+00:00"),
    ],
)
async def test_every_legal_time_has_an_invitation(start: str, end: str) -> None:
    meeting = example.meeting(
        start_time=datetime.fromisoformat(start), end_time=datetime.fromisoformat(end), time_zone="America/New_York"
    )
    _, event = read(await icalendar(Backend(page=page_of([meeting]))))
    assert (event.start, event.end) == (meeting.start_time, meeting.end_time)


@pytest.mark.parametrize(("fields", "expected"), [({}, "Stand-up"), ({"icalendar": "BEGIN:VCALENDAR"}, None)])
async def test_the_details_are_loaded_first(fields: dict[str, Any], expected: str | None) -> None:
    detailed: Meeting = example.meeting(**fields)
    backend = Backend(page=page_of([example.listed()]), details={("a-1", "m-1"): detailed})
    text = await icalendar(backend)
    assert [name for name, _ in backend.batches] == ["detailed_meeting_by_id"]
    assert text == "BEGIN:VCALENDAR" if expected is None else read(text)[1].summary == expected


async def test_an_invitation_of_a_meeting_deleted_at_its_provider_has_the_stored_fields() -> None:
    backend = Backend(page=page_of([example.listed(uid="uid-1")]), details={("a-1", "m-1"): None})
    assert read(await icalendar(backend))[1].uid == "uid-1"
