"""Events of Google's calendar."""

import pytest
from pydantic import JsonValue

from providers.domain.entities import DialIn, Participant, ParticipantResponse
from providers.medixcel.google import object_from_event
from providers.medixcel.meeting_object import MeetingObject


def test_an_event_has_calendar_page_organizer_zone_and_room() -> None:
    parsed = object_from_event(
        {
            "iCalUID": "abc@google.com",
            "htmlLink": "https://calendar.example.com/event?eid=abc",
            "summary": "Check-up",
            "description": "Bring the letter",
            "organizer": {"email": "doctor@example.com", "self": True},
            "start": {"dateTime": "2026-03-11T15:00:00+05:30", "timeZone": "Asia/Kolkata"},
            "conferenceData": {"conferenceId": "abc-defg-hij"},
        }
    )
    assert parsed == MeetingObject(
        uid="abc@google.com",
        title="Check-up",
        description="Bring the letter",
        time_zone="Asia/Kolkata",
        room="abc-defg-hij",
        organizer_email="doctor@example.com",
        calendar_url="https://calendar.example.com/event?eid=abc",
    )


@pytest.mark.parametrize(
    ("status", "response"),
    [
        ("needsAction", ParticipantResponse.NEEDS_ACTION),
        ("accepted", ParticipantResponse.ACCEPTED),
        ("declined", ParticipantResponse.DECLINED),
        ("tentative", ParticipantResponse.TENTATIVE),
        ("somethingNew", ParticipantResponse.UNKNOWN),
        (None, ParticipantResponse.UNKNOWN),
    ],
)
def test_an_attendee_has_a_response(status: str | None, response: ParticipantResponse) -> None:
    parsed = object_from_event({"attendees": [{"email": "ada@example.com", "responseStatus": status}]})
    assert parsed.participants == (Participant(email="ada@example.com", response=response),)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lane", "Ada", "Lane"),
        ("Ada Maria Lane", "Ada Maria", "Lane"),
        (" Ada ", "Ada", None),
        ("", None, None),
    ],
)
def test_an_attendees_name_is_split_into_first_and_last_name(name: str, first: str | None, last: str | None) -> None:
    parsed = object_from_event({"attendees": [{"email": "ada@example.com", "displayName": name}]})
    assert parsed.participants == (Participant(email="ada@example.com", first_name=first, last_name=last),)


def test_a_meeting_room_is_no_participant() -> None:
    assert object_from_event({"attendees": [{"email": "room-1@example.com", "resource": True}]}).participants == ()


def test_only_phone_entry_points_are_dial_ins() -> None:
    phone: JsonValue = {
        "entryPointType": "phone",
        "uri": "tel:+1-202-555-0143",
        "label": "+1 202-555-0143",
        "pin": 880123,
        "regionCode": "US",
    }
    video: JsonValue = {"entryPointType": "video", "uri": "https://meet.example.com/abc-defg-hij"}
    bare: JsonValue = {"entryPointType": "phone", "uri": "tel:+1-202-555-0144"}
    assert object_from_event({"conferenceData": {"entryPoints": [video, phone, bare]}}).dial_ins == (
        DialIn(number="+1 202-555-0143", pin="880123", region_code="US"),
        DialIn(number="+1-202-555-0144"),
    )


def test_an_event_may_be_cancelled() -> None:
    assert object_from_event({"status": "cancelled"}).is_cancelled
    assert not object_from_event({"status": "confirmed"}).is_cancelled


@pytest.mark.parametrize("value", [None, [], "nothing", 7, {}, {"attendees": "nobody", "conferenceData": []}])
def test_a_value_that_is_not_an_event_is_empty(value: JsonValue) -> None:
    assert object_from_event(value) == MeetingObject()


def test_an_unreadable_part_does_not_affect_the_rest() -> None:
    parsed = object_from_event(
        {
            "summary": ["not", "a", "title"],
            "start": {"timeZone": "Middle/Earth"},
            "organizer": "the doctor",
            "attendees": [{"email": None}, "ada", {"email": "ada@example.com", "displayName": {}}],
            "conferenceData": {"conferenceId": "abc", "entryPoints": [None, {"entryPointType": "phone"}]},
        }
    )
    assert parsed == MeetingObject(room="abc", participants=(Participant(email="ada@example.com"),))
