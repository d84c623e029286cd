from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from providers.domain.entities import Account, MeetingKind
from providers.ringplan import wire
from providers.ringplan.mapping import (
    ReadContext,
    conversation_from_wire,
    meeting_from_wire,
    number_from_wire,
    ten_digits,
)

ACCOUNT = Account(key="key", provider="ringplan", user_id="7", external_id="ada@example.com")
READING = ReadContext(ACCOUNT, datetime(2026, 3, 10, 12, tzinfo=UTC))
START = "2026-03-10T09:00:00"


def a_meeting(event: Mapping[str, object] | None = None, **fields: object) -> wire.Meeting:
    complete = {"date_start": START, "date_end": START, "link_on_meet": "https://meet.example.com/1", **(event or {})}
    return wire.Meeting.model_validate({"_id": "a", "event": complete, **fields})


@pytest.mark.parametrize(
    ("e164", "digits"),
    [("+12125550100", "2125550100"), ("+4930123456", None), ("+121255501000", None), ("+1212555010", None)],
)
def test_ringplan_takes_ten_digits_of_country_code_1(e164: str, digits: str | None) -> None:
    assert ten_digits(e164) == digits


def test_an_invalid_number_has_no_e164() -> None:
    assert number_from_wire(wire.Number(id="a", number="12"), ACCOUNT).e164 is None


def test_the_request_completes_a_conversation() -> None:
    bare = conversation_from_wire(wire.Conversation(id="a"), READING, contact_id="b", from_number="2025550100")
    assert (bare.contact_external_id, bare.from_number) == ("b", "2025550100")


def test_a_nested_contact_and_number_are_read() -> None:
    nested = wire.Conversation.model_validate({"id": "a", "contact": {"id": "b"}, "number": {"number": "2025550100"}})
    conversation = conversation_from_wire(nested, READING)
    assert (conversation.contact_external_id, conversation.from_number) == ("b", "2025550100")


def test_a_history_event_without_duration_is_an_instant_meeting_of_an_hour() -> None:
    meeting = meeting_from_wire(a_meeting({"event_type": "history"}), READING)
    assert meeting.kind is MeetingKind.INSTANT
    assert meeting.end_time - meeting.start_time == timedelta(hours=1)


def test_a_history_event_with_a_duration_was_scheduled() -> None:
    meeting = meeting_from_wire(a_meeting({"event_type": "history", "date_end": "2026-03-10T09:30:00"}), READING)
    assert meeting.kind is MeetingKind.SCHEDULED
    assert meeting.end_time - meeting.start_time == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("event", "fields"),
    [({}, {"is_private": True}), ({"hash_pass": "a"}, {}), ({"hash_password": "a"}, {}), ({"password": "a"}, {})],
)
def test_any_sign_of_a_password_makes_a_meeting_private(event: dict[str, object], fields: dict[str, object]) -> None:
    assert meeting_from_wire(a_meeting(event, **fields), READING).is_private


def test_a_guests_token_is_no_host_link() -> None:
    token = {"token_for_meet": {"link_on_meet_with_token": "https://meet.example.com/1?jwt=guest"}}
    assert meeting_from_wire(a_meeting(token, is_private=True), READING).host_url is None


def test_an_unknown_zone_is_omitted() -> None:
    assert meeting_from_wire(a_meeting({"timeZone": "Etc/GMT-8:"}), READING).time_zone is None
    assert meeting_from_wire(a_meeting({"timeZone": "Etc/GMT+2"}), READING).time_zone == "Etc/GMT+2"


def test_attendees_are_strings_or_objects() -> None:
    meeting = meeting_from_wire(a_meeting({"attendees": ["ben@example.com", {"email": "carl@example.com"}]}), READING)
    assert [participant.email for participant in meeting.participants] == ["ben@example.com", "carl@example.com"]


def test_the_organizer_defaults_to_the_accounts_user() -> None:
    assert meeting_from_wire(a_meeting(), READING).organizer_email == "ada@example.com"
    named = a_meeting(organizer_email="dora@example.com")
    assert meeting_from_wire(named, READING).organizer_email == "dora@example.com"


def test_empty_texts_become_none() -> None:
    empty = meeting_from_wire(
        a_meeting({"google_event_id": "", "cal": "", "description": "", "title_meet": ""}), READING
    )
    assert (empty.uid, empty.icalendar, empty.description, empty.title) == (None, None, None, None)
