"""Zoom's meeting objects."""

import pytest
from pydantic import JsonValue

from providers.domain.entities import DialIn, Participant
from providers.medixcel.meeting_object import MeetingObject
from providers.medixcel.zoom import object_from_zoom


def test_a_meeting_has_host_link_password_room_and_dial_ins() -> None:
    parsed = object_from_zoom(
        {
            "uuid": "4444AAAiAAAAAiAiAiiAii==",
            "id": 91234567890,
            "type": 2,
            "topic": "Check-up",
            "agenda": "Bring the letter",
            "timezone": "Asia/Kolkata",
            "host_email": "doctor@example.com",
            "start_url": "https://zoom.example.com/s/91234567890?zak=made-up",
            "password": "made-up",
            "pstn_password": "445566",
            "settings": {
                "global_dial_in_numbers": [{"country": "US", "number": "+1 2025550187"}],
                "meeting_invitees": [{"email": "ada@example.com"}],
            },
        }
    )
    assert parsed == MeetingObject(
        uid="4444AAAiAAAAAiAiAiiAii==",
        title="Check-up",
        description="Bring the letter",
        time_zone="Asia/Kolkata",
        room="91234567890",
        host_url="https://zoom.example.com/s/91234567890?zak=made-up",
        password="made-up",
        organizer_email="doctor@example.com",
        participants=(Participant(email="ada@example.com"),),
        dial_ins=(DialIn(number="+1 2025550187", pin="445566", region_code="US"),),
    )


def test_type_1_is_a_meeting_that_started_at_once() -> None:
    assert object_from_zoom({"type": 1}).is_instant
    assert not object_from_zoom({"type": 2}).is_instant


@pytest.mark.parametrize("value", [None, [], "nothing", {}, {"settings": 7, "id": None, "type": "?", "agenda": ""}])
def test_a_value_that_is_not_a_meeting_is_empty(value: JsonValue) -> None:
    assert object_from_zoom(value) == MeetingObject()


def test_an_unreadable_part_does_not_affect_the_rest() -> None:
    parsed = object_from_zoom(
        {
            "id": {},
            "timezone": "../etc/passwd",
            "password": "made-up",
            "settings": {"global_dial_in_numbers": [{}, None, {"number": "+1 2025550187"}], "meeting_invitees": {}},
        }
    )
    assert parsed == MeetingObject(password="made-up", dial_ins=(DialIn(number="+1 2025550187"),))


def test_secrets_are_not_in_the_repr() -> None:
    parsed = object_from_zoom(
        {"password": "made-up-password", "start_url": "https://zoom.example.com/s/1?zak=made-up-token"}
    )
    assert "made-up" not in repr(parsed)
