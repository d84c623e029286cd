"""Invitations, as three readers of calendars understand them: icalendar, ical.js and libical."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from icalendar import Calendar

from providers.domain.entities import Meeting, MeetingKind, MeetingService, Participant
from providers.domain.icalendar import invitation
from providers.domain.time_zones import transitions
from tests.protocol import libical
from tests.protocol.packages import PACKAGES
from tests.protocol.reading import Reading
from tests.testkit.node import needs_node

Read = Callable[[Sequence[str]], list[Reading]]

START = datetime(2030, 6, 3, 9, tzinfo=UTC)
MEETING = Meeting(
    scope="key",
    external_id="42",
    provider="example",
    user_id="ada",
    service=MeetingService.JITSI,
    kind=MeetingKind.SCHEDULED,
    start_time=START,
    end_time=START + timedelta(minutes=45),
    join_url="https://meet.example.com/room",
    synced_at=START,
    uid="a1b2@example.com",
    title="Review",
    participants=(Participant(email="ben@example.com"),),
)
MINUTES_AROUND_A_TRANSITION = [(-120, -30), (-60, 0), (-30, 30), (0, 60), (-120, 120)]
"""Starts and ends in the hour that clocks skip or show twice, before it, after it and at its edges."""


def read_with_icalendar(texts: Sequence[str]) -> list[Reading]:
    return [_reading(text) for text in texts]


def read_with_ical_js(texts: Sequence[str]) -> list[Reading]:
    PACKAGES.install()
    return [
        Reading(**{**found, "attendees": tuple(map(tuple, found["attendees"]))})
        for found in PACKAGES.answer("calendars.mjs", texts)
    ]


has_libical = pytest.mark.skipif(not libical.is_installed(), reason="libical is not installed")
with_each_reader = pytest.mark.parametrize(
    "read",
    [
        pytest.param(read_with_icalendar, id="icalendar"),
        pytest.param(read_with_ical_js, id="ical.js", marks=needs_node),
        pytest.param(libical.read, id="libical", marks=has_libical),
    ],
)


@with_each_reader
def test_invitations_have_the_meetings_times_around_the_next_two_transitions_of_every_zone(read: Read) -> None:
    meetings = list(meetings_around_transitions(datetime.now(UTC)))
    assert {meeting.time_zone for meeting in meetings} == available_timezones()
    assert times_read(meetings, read) == list(map(times, meetings))


@with_each_reader
@pytest.mark.parametrize("year", [2000, 2037, 2100, 8999])
def test_invitations_have_the_meetings_times_in_distant_years(read: Read, year: int) -> None:
    zones = ("Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata")
    meetings = [meeting for zone in zones for meeting in meetings_around(zone, datetime(year, 1, 1, tzinfo=UTC))]
    assert times_read(meetings, read) == list(map(times, meetings))


@with_each_reader
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Africa/Monrovia", "Africa/Accra", "Asia/Tokyo"])
def test_invitations_have_the_meetings_times_in_zones_whose_rules_are_uncertain(read: Read, zone: str) -> None:
    starts = (
        datetime(1900, 7, 1, tzinfo=UTC),
        datetime(1940, 7, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 22, tzinfo=UTC),
    )
    meetings = [at(start, start + timedelta(minutes=45), zone) for start in starts]
    assert times_read(meetings, read) == list(map(times, meetings))


@with_each_reader
def test_a_meeting_without_duration_ends_when_it_starts(read: Read) -> None:
    meetings = [at(START, START, "Europe/Vienna"), at(START, START - timedelta(minutes=5), "Europe/Vienna")]
    assert times_read(meetings, read) == [times(meetings[0])] * 2


@with_each_reader
def test_readers_return_the_text_of_an_invitation_unchanged(read: Read) -> None:
    written = [
        "Review; of, all: \"a\" 'b'",
        "C:\\New\\names, C:\\\\new",
        "\\n and \\N and \\, and \\;",
        "two\nlines and\ta tab",
        "ends with \\",
        "%2C ^n ^' ^^",
        "ünïcödé " * 30 + "end",
        "😀" * 60,
        "a\u2028b\x85c",
        "BEGIN:VEVENT\nEND:VCALENDAR",
    ]
    readings = read([text_of(replace(MEETING, uid=each, title=each, description=each)) for each in written])
    assert [(found.uid, found.summary, found.description) for found in readings] == [(each,) * 3 for each in written]


@with_each_reader
def test_line_breaks_are_normalised_and_control_characters_are_removed(read: Read) -> None:
    [found] = read([text_of(replace(MEETING, title="a\x00\x0b\x1b\x7f\ud83db", description="a\r\nb\rc\nd"))])
    assert (found.summary, found.description) == ("ab", "a\nb\nc\nd")


@with_each_reader
def test_readers_return_attendees_as_mail_addresses_and_names(read: Read) -> None:
    participants = (
        Participant(email="a?cc=x@example.com", first_name="Ann", last_name="Moor, née ^n"),
        Participant(email="o'brien+tea@example.com", first_name='Bob "B"; x:', last_name="\r\nSmith"),
        Participant(email="a%b&c#d@example.com"),
        Participant(email="dörte@example.com"),
        Participant(email="Room 5\r\nATTENDEE:mailto:eve@example.com"),
    )
    [found] = read([text_of(replace(MEETING, participants=participants))])
    assert found.attendees == (
        ("mailto:a%3Fcc%3Dx@example.com", "Ann Moor, née ^n"),
        ("mailto:o'brien+tea@example.com", 'Bob "B"; x: Smith'),
        ("mailto:a%25b%26c%23d@example.com", "a%b&c#d@example.com"),
        ("mailto:d%C3%B6rte@example.com", "dörte@example.com"),
        ("mailto:Room%205%0AATTENDEE%3Amailto%3Aeve@example.com", "Room 5 ATTENDEE:mailto:eve@example.com"),
    )


@has_libical
@pytest.mark.parametrize("participants", [(), MEETING.participants])
@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("title", ["Review", None, " ", "\x00"])
def test_each_method_has_the_properties_that_rfc_5546_demands(
    participants: tuple[Participant, ...], cancelled: bool, title: str | None
) -> None:
    text = text_of(replace(MEETING, participants=participants, cancelled=cancelled, title=title, description=title))
    assert libical.obeys_rfc_5546(text)


@has_libical
def test_a_request_without_attendees_violates_rfc_5546() -> None:
    assert not libical.obeys_rfc_5546(text_of(replace(MEETING, participants=())).replace("PUBLISH", "REQUEST"))


def meetings_around_transitions(now: datetime) -> Iterator[Meeting]:
    for zone in sorted(available_timezones()):
        yield from meetings_around(zone, now)


def meetings_around(zone: str, now: datetime) -> Iterator[Meeting]:
    """Yield meetings around the next two transitions of the zone, or one meeting if it has none."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    coming = list(islice(transitions(ZoneInfo(zone), midnight, midnight + timedelta(days=400)), 2))
    for transition in coming:
        for start, end in MINUTES_AROUND_A_TRANSITION:
            yield at(transition.moment + timedelta(minutes=start), transition.moment + timedelta(minutes=end), zone)
    if not coming:
        yield at(midnight, midnight + timedelta(hours=1), zone)


def at(start: datetime, end: datetime, zone: str) -> Meeting:
    return replace(MEETING, start_time=start, end_time=end, time_zone=zone)


def text_of(meeting: Meeting) -> str:
    return invitation(meeting, organizer="ada@example.com", sequence=0, stamp=START)


def times(meeting: Meeting) -> tuple[str | None, int, int]:
    return meeting.time_zone, int(meeting.start_time.timestamp()), int(meeting.end_time.timestamp())


def times_read(meetings: Sequence[Meeting], read: Read) -> list[tuple[str | None, int, int]]:
    readings = read(list(map(text_of, meetings)))
    return [(meeting.time_zone, found.start, found.end) for meeting, found in zip(meetings, readings, strict=True)]


def _reading(text: str) -> Reading:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    assert isinstance(event.start, datetime)
    assert isinstance(event.end, datetime)
    return Reading(
        start=int(event.start.timestamp()),
        end=int(event.end.timestamp()),
        uid=event.uid,
        summary=str(event.summary),
        description=str(event.description or ""),
        attendees=tuple((str(each), each.params["CN"]) for each in event.attendees),
    )
