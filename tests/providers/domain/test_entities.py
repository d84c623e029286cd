from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta

import pytest

from providers.domain.entities import (
    Account,
    Contact,
    Conversation,
    Meeting,
    MeetingKind,
    MeetingService,
    MeetingStatus,
    Message,
    MessageDirection,
    MessageStatus,
    PhoneNumber,
)
from providers.domain.identity import Identity

START = datetime(2026, 7, 1, 9, tzinfo=UTC)
MEETING = Meeting(
    scope="key",
    external_id="42",
    provider="example",
    user_id="ada",
    service=MeetingService.ZOOM,
    kind=MeetingKind.SCHEDULED,
    start_time=START,
    end_time=START + timedelta(minutes=30),
    join_url="https://meet.example.com/room",
    synced_at=START,
    host_url="https://meet.example.com/room?host=made-up",
    password="made-up",
    icalendar="made-up",
)


@pytest.mark.parametrize(
    ("length", "minutes"),
    [
        (timedelta(minutes=30), 30),
        (timedelta(minutes=30, seconds=1), 31),
        (timedelta(seconds=1), 1),
        (timedelta(minutes=1, microseconds=1), 2),
        (timedelta(0), 0),
        (timedelta(days=1), 1440),
    ],
)
def test_a_started_minute_counts(length: timedelta, minutes: int) -> None:
    assert replace(MEETING, end_time=START + length).duration_minutes == minutes


@pytest.mark.parametrize(
    ("since_start", "status"),
    [
        (timedelta(microseconds=-1), MeetingStatus.SCHEDULED),
        (timedelta(0), MeetingStatus.IN_PROGRESS),
        (timedelta(minutes=29, seconds=59), MeetingStatus.IN_PROGRESS),
        (timedelta(minutes=30), MeetingStatus.ENDED),
    ],
)
def test_the_status_of_a_meeting_follows_the_clock(since_start: timedelta, status: MeetingStatus) -> None:
    assert MEETING.status_at(START + since_start) is status


@pytest.mark.parametrize("since_start", [timedelta(hours=-1), timedelta(0), timedelta(hours=1)])
def test_a_cancelled_meeting_is_cancelled_at_any_time(since_start: timedelta) -> None:
    assert replace(MEETING, cancelled=True).status_at(START + since_start) is MeetingStatus.CANCELLED


def test_no_secret_of_a_meeting_shows_in_its_repr() -> None:
    assert "made-up" not in repr(MEETING)


def test_models_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MEETING.title = "Other"  # type: ignore[misc]


def test_every_model_has_an_id_of_its_own_kind() -> None:
    account = Account(key="key", provider="example", user_id="ada")
    number = PhoneNumber(account_key="key", external_id="1", number="+12025550123", e164="+12025550123")
    contact = Contact(account_key="key", external_id="1", number="+12025550124", e164=None, synced_at=START)
    conversation = Conversation(
        account_key="key", external_id="1", contact_external_id="1", from_number="+12025550123", synced_at=START
    )
    message = Message(
        account_key="key",
        conversation_external_id="1",
        external_id="1",
        direction=MessageDirection.INBOUND,
        status=MessageStatus.RECEIVED,
        text="Hello",
        from_number="+12025550124",
        to_number="+12025550123",
        created_at=START,
    )
    assert [Identity.parse(model.id) for model in (account, MEETING, number, contact, conversation, message)] == [
        Identity("Account", "key"),
        Identity("Meeting", "key", "42"),
        Identity("PhoneNumber", "key", "1"),
        Identity("Contact", "key", "1"),
        Identity("Conversation", "key", "1"),
        Identity("Message", "key", "1"),
    ]


def _contact(first_name: str | None, last_name: str | None, number: str = "(202) 555-0123") -> Contact:
    return Contact(
        account_key="key",
        external_id="1",
        number=number,
        e164="+12025550123" if number.startswith("(") else None,
        first_name=first_name,
        last_name=last_name,
        synced_at=START,
    )


@pytest.mark.parametrize(
    ("first_name", "last_name", "shown"),
    [
        ("Ada", "Lovelace", "Ada Lovelace"),
        ("Ada", None, "Ada"),
        ("", "Lovelace", "Lovelace"),
        (" Ada ", " ", "Ada"),
        ("Apartment", "2025550123", "Apartment 2025550123"),
        ("007", None, "007"),
        ("\N{BLACK HEART SUIT}", None, "\N{BLACK HEART SUIT}"),
    ],
)
def test_a_contact_with_a_name_is_shown_by_it(first_name: str | None, last_name: str | None, shown: str) -> None:
    contact = _contact(first_name, last_name)
    assert (contact.display_name, contact.is_named) == (shown, True)


@pytest.mark.parametrize("name", [None, "", " ", "(202) 555-0123", "+12025550123", "202.555.0123", "1 202 555 0123"])
def test_a_contact_of_which_a_number_alone_is_known_is_shown_by_it(name: str | None) -> None:
    contact = _contact(name, None)
    assert (contact.display_name, contact.is_named) == ("(202) 555-0123", False)


@pytest.mark.parametrize(("name", "number"), [("32-665", "32665"), ("EXAMPLE", "EXAMPLE")])
def test_the_number_in_place_of_a_name_is_recognised_if_it_cannot_be_parsed(name: str, number: str) -> None:
    contact = _contact(name, None, number)
    assert (contact.display_name, contact.is_named) == (number, False)


def test_a_name_without_letters_is_a_name_of_a_number_without_digits() -> None:
    contact = _contact("*", None, number="EXAMPLE")
    assert (contact.display_name, contact.is_named) == ("*", True)
