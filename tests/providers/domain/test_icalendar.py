from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from providers.domain.entities import Meeting, MeetingKind, MeetingService, Participant, ParticipantResponse
from providers.domain.icalendar import invitation

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


def test_an_invitation_describes_the_meeting() -> None:
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
    attendees = [(str(one), one.params["cn"], one.params["partstat"], one.params["rsvp"]) for one in event.attendees]
    assert attendees == [
        ("mailto:ben@example.com", "Ben Moor", "NEEDS-ACTION", "TRUE"),
        ("mailto:cem@example.com", "cem@example.com", "ACCEPTED", "TRUE"),
        ("mailto:dee@example.com", "dee@example.com", "NEEDS-ACTION", "TRUE"),
    ]


def test_times_are_in_the_zone_of_the_meeting_which_is_included() -> None:
    calendar, event = parsed(MEETING)
    assert "DTSTART;TZID=Europe/Berlin:20260701T110000" in written(MEETING)
    assert (event.start, event.end) == (MEETING.start_time, MEETING.end_time)
    [zone] = calendar.timezones
    assert zone.tz_name == "Europe/Berlin"
    assert zone.to_tz().utcoffset(datetime(2026, 7, 1, 11)) == timedelta(hours=2)  # noqa: DTZ001 (a wall clock's time)


def test_summer_time_begins_at_the_local_time_of_winter_and_ends_at_that_of_summer() -> None:
    start = datetime(2030, 6, 3, 9, tzinfo=UTC)
    meeting = replace(MEETING, start_time=start, end_time=start + timedelta(hours=1), time_zone="Europe/Vienna")
    zone = written(meeting).partition("BEGIN:VEVENT")[0]
    assert lines("DAYLIGHT", "20300331T020000", "CEST", "+0100", "+0200") in zone
    assert lines("STANDARD", "20301027T030000", "CET", "+0200", "+0100") in zone


def test_winter_time_is_standard_where_the_zone_calls_it_daylight_saving() -> None:
    zone = written(replace(MEETING, time_zone="Europe/Dublin")).partition("BEGIN:VEVENT")[0]
    assert lines("DAYLIGHT", "20260329T010000", "IST", "+0000", "+0100") in zone
    assert lines("STANDARD", "20261025T020000", "GMT", "+0100", "+0000") in zone


def lines(observance: str, start: str, name: str, before: str, after: str) -> str:
    return (
        f"BEGIN:{observance}\r\nDTSTART:{start}\r\nTZNAME:{name}\r\n"
        f"TZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\nEND:{observance}\r\n"
    )


@pytest.mark.parametrize(
    ("start", "minutes", "written_as"),
    [
        ("04:30", 120, "DTSTART:20301103T043000Z\r\nDTEND:20301103T063000Z"),
        ("05:45", 30, "DTSTART:20301103T054500Z\r\nDTEND:20301103T061500Z"),
        ("06:30", 60, "DTSTART:20301103T063000Z\r\nDTEND:20301103T073000Z"),
        (
            "04:30",
            150,
            "DTSTART;TZID=America/New_York:20301103T003000\r\nDTEND;TZID=America/New_York:20301103T020000",
        ),
    ],
)
def test_a_meeting_that_starts_or_ends_in_an_ambiguous_hour_is_in_utc(
    start: str, minutes: int, written_as: str
) -> None:
    begin = datetime.fromisoformat(f"2030-11-03T{start}:00+00:00")
    meeting = replace(
        MEETING, start_time=begin, end_time=begin + timedelta(minutes=minutes), time_zone="America/New_York"
    )
    text = written(meeting)
    assert written_as in text
    assert ("BEGIN:VTIMEZONE" in text) == ("TZID=" in text)


def test_a_meeting_over_new_year_has_a_zone_for_both_years() -> None:
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    meeting = replace(
        MEETING, start_time=eve.astimezone(UTC), end_time=(eve + timedelta(hours=1)), time_zone="America/New_York"
    )
    _, event = parsed(meeting)
    assert (event.start, event.end) == (meeting.start_time, meeting.end_time)


@pytest.mark.parametrize(
    "zone",
    [
        None,
        "UTC",
        "Etc/UTC",
        "Africa/Accra",
        "localtime",
        "Factory",
        "Europe",
        "Nowhere/Land",
        "../../etc/passwd",
        "a" * 9999,
        "\0",
        "",
    ],
)
def test_without_a_zone_times_are_in_utc(zone: str | None) -> None:
    text = written(replace(MEETING, time_zone=zone))
    assert "DTSTART:20260701T090000Z" in text
    assert "VTIMEZONE" not in text


def test_an_invitation_of_a_cancelled_meeting_is_a_cancellation() -> None:
    calendar, event = parsed(replace(MEETING, cancelled=True), sequence=4)
    assert (calendar["method"], event.status, event.sequence) == ("CANCEL", "CANCELLED", 4)


def test_a_meeting_without_participants_is_published() -> None:
    calendar, event = parsed(replace(MEETING, participants=()))
    assert (calendar["method"], event.status, event.attendees) == ("PUBLISH", "CONFIRMED", [])
    assert event["organizer"] == "mailto:ada@example.com"


def test_a_cancelled_meeting_without_participants_has_a_cancellation() -> None:
    calendar, event = parsed(replace(MEETING, participants=(), cancelled=True))
    assert (calendar["method"], event.status) == ("CANCEL", "CANCELLED")


def test_a_meeting_without_uid_gets_one_that_is_unique_across_providers() -> None:
    meeting = replace(MEETING, uid=None)
    _, event = parsed(meeting)
    assert event.uid == meeting.id


def test_a_meeting_without_title_has_a_summary() -> None:
    assert "SUMMARY:Meeting\r\n" in written(replace(MEETING, title=None))


def test_the_only_uid_is_that_of_the_meeting() -> None:
    """Software that looks for the first UID finds the right one."""
    assert written(MEETING).count("\r\nUID:") == 1


def test_no_secret_is_in_the_invitation() -> None:
    text = written(MEETING).replace("\r\n ", "")
    assert "host-token" not in text
    assert "made-up-password" not in text


def test_lines_are_short_and_end_as_the_standard_says() -> None:
    text = written(replace(MEETING, title="ä" * 300))
    assert text.endswith("END:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")


def test_participants_and_organizers_are_uris() -> None:
    text = invitation(
        replace(MEETING, participants=(Participant(email="a?cc=x@example.com"),)),
        organizer="b&c@example.com",
        sequence=0,
        stamp=STAMP,
    ).replace("\r\n ", "")
    assert ":mailto:a%3Fcc%3Dx@example.com\r\n" in text
    assert "ORGANIZER:mailto:b%26c@example.com\r\n" in text


def test_a_join_url_that_breaks_lines_is_written_as_one() -> None:
    _, event = parsed(replace(MEETING, join_url="https://meet.example.com/a b\r\nATTENDEE:x?y=1#ü%20"))
    assert event.url == "https://meet.example.com/a%20b%0AATTENDEE:x?y=1#%C3%BC%20"
    assert len(event.attendees) == len(MEETING.participants)


def test_a_text_can_not_inject_properties_into_an_invitation() -> None:
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
