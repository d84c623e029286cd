from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from providers.icalendar import invitation
from providers.models import Meeting, MeetingKind, MeetingService, Participant, ParticipantResponse

START = datetime(2026, 7, 1, 9, tzinfo=UTC)
STAMP = datetime(2026, 6, 1, 12, tzinfo=UTC)
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
    synced_at=STAMP,
    uid="a1b2@example.com",
    title="Review; of, all",
    description="Bring:\n- the numbers",
    time_zone="Europe/Berlin",
    host_url="https://meet.example.com/room?jwt=host-token",
    password="made-up-password",
    participants=(
        Participant(email="ben@example.com", first_name="Ben", last_name="Moor"),
        Participant(email="cem@example.com", response=ParticipantResponse.ACCEPTED),
        Participant(email="dee@example.com", response=ParticipantResponse.NEEDS_ACTION),
    ),
)


def written(meeting: Meeting, sequence: int = 0) -> str:
    return invitation(meeting, organizer="ada@example.com", sequence=sequence, stamp=STAMP)


def parsed(meeting: Meeting, sequence: int = 0) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(written(meeting, sequence))
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    return calendar, event


def test_an_invitation_says_what_the_meeting_is() -> None:
    calendar, event = parsed(MEETING, sequence=3)
    assert (calendar["version"], calendar["method"]) == ("2.0", "REQUEST")
    assert calendar["prodid"]
    assert (event.uid, event.sequence, event.stamp) == ("a1b2@example.com", 3, STAMP)
    assert (event.summary, event.description) == ("Review; of, all", "Bring:\n- the numbers")
    assert (event.location, event.url) == (MEETING.join_url, MEETING.join_url)
    assert event["organizer"] == "mailto:ada@example.com"
    assert event.status == "CONFIRMED"


def test_participants_are_asked_to_answer() -> None:
    _, event = parsed(MEETING)
    told = [(str(one), one.params["cn"], one.params["partstat"], one.params["rsvp"]) for one in event.attendees]
    assert told == [
        ("mailto:ben@example.com", "Ben Moor", "NEEDS-ACTION", "TRUE"),
        ("mailto:cem@example.com", "cem@example.com", "ACCEPTED", "TRUE"),
        ("mailto:dee@example.com", "dee@example.com", "NEEDS-ACTION", "TRUE"),
    ]


def test_times_are_told_in_the_zone_of_the_meeting_which_comes_with_it() -> None:
    calendar, event = parsed(MEETING)
    assert "DTSTART;TZID=Europe/Berlin:20260701T110000" in written(MEETING)
    assert (event.start, event.end) == (MEETING.start_time, MEETING.end_time)
    [zone] = calendar.timezones
    assert zone.tz_name == "Europe/Berlin"
    assert zone.to_tz().utcoffset(datetime(2026, 7, 1, 11)) == timedelta(hours=2)  # noqa: DTZ001 (a wall clock's time)


def test_a_meeting_over_new_year_has_a_zone_for_both_years() -> None:
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    meeting = replace(
        MEETING, start_time=eve.astimezone(UTC), end_time=(eve + timedelta(hours=1)), time_zone="America/New_York"
    )
    _, event = parsed(meeting)
    assert (event.start, event.end) == (meeting.start_time, meeting.end_time)


@pytest.mark.parametrize("zone", [None, "UTC", "Etc/UTC", "Nowhere/Land", "../../etc/passwd", ""])
def test_without_a_zone_times_are_in_utc(zone: str | None) -> None:
    text = written(replace(MEETING, time_zone=zone))
    assert "DTSTART:20260701T090000Z" in text
    assert "VTIMEZONE" not in text


def test_a_cancelled_meeting_is_called_off() -> None:
    calendar, event = parsed(replace(MEETING, cancelled=True), sequence=4)
    assert (calendar["method"], event.status, event.sequence) == ("CANCEL", "CANCELLED", 4)


def test_a_meeting_without_uid_goes_by_its_external_id() -> None:
    _, event = parsed(replace(MEETING, uid=None))
    assert event.uid == "42"


def test_the_only_uid_is_that_of_the_meeting() -> None:
    """Software that looks for the first UID finds the right one."""
    assert written(MEETING).count("\r\nUID:") == 1


def test_no_secret_is_told() -> None:
    text = written(MEETING).replace("\r\n ", "")
    assert "host-token" not in text
    assert "made-up-password" not in text


def test_lines_are_short_and_end_as_the_standard_says() -> None:
    text = written(replace(MEETING, title="ä" * 300))
    assert text.endswith("END:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")


def test_nobody_writes_properties_of_their_own_into_an_invitation() -> None:
    intruder = "x\r\nATTENDEE:mailto:eve@example.com"
    _, event = parsed(
        replace(
            MEETING,
            title=intruder,
            description=intruder,
            participants=(Participant(email="ben@example.com", first_name=intruder),),
        )
    )
    assert [str(attendee) for attendee in event.attendees] == ["mailto:ben@example.com"]
