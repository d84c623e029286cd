from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from gateway.mutations.idempotency.runner import Intent, command_from_journal
from gateway.mutations.table import MUTATIONS
from providers.domain.commands import (
    OBJECT_IDS,
    CancelMeeting,
    Command,
    ConnectAccount,
    CreateContact,
    CreateConversation,
    DisconnectAccount,
    Invitee,
    MarkConversationRead,
    RefreshAccount,
    RegisterUser,
    RescheduleMeeting,
    ScheduleMeeting,
    SendMessage,
    StartMeeting,
    UpdateContact,
)
from providers.domain.entities import ContactField, MeetingService
from providers.domain.identity import Identity
from providers.domain.viewer import Viewer

ADA = Viewer("ada", frozenset())
ANN = Invitee(email="ann@example.com", first_name="Ann", last_name="Lee", user_id="u-2")
INDIA = timezone(timedelta(hours=5, minutes=30))
START, END = datetime(2026, 11, 22, 9, 30, tzinfo=UTC), datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

COMMANDS: list[Command[Any]] = [
    CancelMeeting(meeting_id="an id"),
    ConnectAccount(provider="connect", service=MeetingService.ZOOM, refresh_token="made-up"),
    SendMessage(conversation_id="an id", text="  Hello  ", media_urls=("https://example.com/cat.png",)),
    ScheduleMeeting(
        account_id="an id",
        title="Review",
        start_time=datetime(2030, 5, 6, 14, 0, 0, 123, INDIA),
        duration_minutes=30,
        time_zone="Asia/Kolkata",
        participants=(Invitee(email="ben@example.com", first_name="Ben"),),
    ),
]

ADDED: list[Command[Any]] = [
    ScheduleMeeting(
        account_id="an id",
        title="Review",
        local_start_time=datetime.fromisoformat("2030-05-06T14:00"),
        duration_minutes=30,
        time_zone="Asia/Kolkata",
    ),
    RescheduleMeeting(
        meeting_id="an id", local_start_time=datetime.fromisoformat("2030-05-06T14:00"), time_zone="Asia/Kolkata"
    ),
    UpdateContact(contact_id="an id", first_name="Ann", clear=(ContactField.LAST_NAME,)),
]
"""With fields that earlier releases lack."""

WRITTEN_BEFORE: dict[str, tuple[str, Command[Any]]] = {
    "registerUser": (
        '{"company":"Example","email":"ann@example.com","first_name":"Ann","last_name":"Lee","password":'
        '"open sesame","provider":"local"}',
        RegisterUser(
            provider="local",
            first_name="Ann",
            last_name="Lee",
            email="ann@example.com",
            company="Example",
            password="open sesame",
        ),
    ),
    "connectAccount": (
        '{"id_token":"open","provider":"local","refresh_token":"sesame","return_url":"https://app.exampl'
        'e.com/","service":"GOOGLE_MEET","user_id":"u-1"}',
        ConnectAccount(
            provider="local",
            user_id="u-1",
            service=MeetingService.GOOGLE_MEET,
            id_token="open",
            refresh_token="sesame",
            return_url="https://app.example.com/",
        ),
    ),
    "refreshAccount": (
        '{"account_id":"a"}',
        RefreshAccount(account_id="a"),
    ),
    "disconnectAccount": (
        '{"account_id":"a"}',
        DisconnectAccount(account_id="a"),
    ),
    "scheduleMeeting": (
        '{"account_id":"a","description":"Daily","duration_minutes":30,"end_time":"2026-11-22T10:00:00+0'
        '0:00","participants":[{"email":"ann@example.com","first_name":"Ann","last_name":"Lee","user_id"'
        ':"u-2"}],"password":"open sesame","start_time":"2026-11-22T09:30:00+00:00","time_zone":"Europe/'
        'Vienna","title":"Stand-up"}',
        ScheduleMeeting(
            account_id="a",
            title="Stand-up",
            description="Daily",
            start_time=START,
            duration_minutes=30,
            end_time=END,
            time_zone="Europe/Vienna",
            participants=(ANN,),
            password="open sesame",
        ),
    ),
    "startMeeting": (
        '{"account_id":"a","description":null,"duration_minutes":30,"participants":[{"email":"ann@exampl'
        'e.com","first_name":"Ann","last_name":"Lee","user_id":"u-2"},{"email":"bob@example.com","first_'
        'name":null,"last_name":null,"user_id":null}],"password":null,"time_zone":null,"title":"Stand-up'
        '"}',
        StartMeeting(
            account_id="a", title="Stand-up", duration_minutes=30, participants=(ANN, Invitee(email="bob@example.com"))
        ),
    ),
    "rescheduleMeeting": (
        '{"duration_minutes":null,"end_time":"2026-11-22T10:00:00+00:00","meeting_id":"m","start_time":"'
        '2026-11-22T15:00:00.000123+05:30"}',
        RescheduleMeeting(meeting_id="m", start_time=datetime(2026, 11, 22, 15, 0, 0, 123, INDIA), end_time=END),
    ),
    "cancelMeeting": (
        '{"meeting_id":"m"}',
        CancelMeeting(meeting_id="m"),
    ),
    "createContact": (
        '{"account_id":"a","first_name":"Zoë","last_name":"Roe","number":"(202) 555-0102"}',
        CreateContact(account_id="a", first_name="Zoë", last_name="Roe", number="(202) 555-0102"),
    ),
    "updateContact": (
        '{"contact_id":"c","first_name":null,"last_name":"Roe","number":null}',
        UpdateContact(contact_id="c", last_name="Roe"),
    ),
    "createConversation": (
        '{"contact_id":"c","from_number":"+12025550101"}',
        CreateConversation(contact_id="c", from_number="+12025550101"),
    ),
    "markConversationRead": (
        '{"conversation_id":"v","up_to_message_id":"t"}',
        MarkConversationRead(conversation_id="v", up_to_message_id="t"),
    ),
    "sendMessage": (
        '{"conversation_id":"v","media_urls":["https://example.com/1.png"],"text":"  Hello\\n"}',
        SendMessage(conversation_id="v", text="  Hello\n", media_urls=("https://example.com/1.png",)),
    ),
}
"""Requests as the last release without commands stored them, by mutation: what its `Intent.of` returned, in UTF-8."""


@pytest.mark.parametrize("given", [*COMMANDS, *ADDED], ids=lambda given: type(given).__name__)
def test_a_command_is_read_as_it_was_written(given: Command[Any]) -> None:
    intent = Intent.of(ADA, "any", given)

    assert command_from_journal(type(given), intent.request) == given


def test_a_time_is_read_with_its_offset() -> None:
    given = COMMANDS[-1]
    assert isinstance(given, ScheduleMeeting)

    read = command_from_journal(ScheduleMeeting, Intent.of(ADA, "scheduleMeeting", given).request)

    assert isinstance(read.start_time, datetime)
    assert read.start_time.utcoffset() == INDIA.utcoffset(None)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_entry_of_the_last_release_is_read(mutation: str) -> None:
    request, command = WRITTEN_BEFORE[mutation]

    assert command_from_journal(MUTATIONS[mutation].command, request.encode()) == command


def test_a_command_has_the_key_of_its_entry() -> None:
    request, command = WRITTEN_BEFORE["sendMessage"]
    assert isinstance(command, SendMessage)

    assert command_from_journal(SendMessage, request.encode(), "one") == replace(command, idempotency_key="one")


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_retry_matches_an_entry_of_the_last_release(mutation: str) -> None:
    """Else the retry of a request that the last release began would raise IdempotencyMismatch."""
    request, command = WRITTEN_BEFORE[mutation]

    assert Intent.of(ADA, mutation, command).request == request.encode()


def test_the_key_is_not_part_of_the_request() -> None:
    with_key = Intent.of(ADA, "cancelMeeting", CancelMeeting(meeting_id="an id", idempotency_key="one"))

    assert with_key.request == Intent.of(ADA, "cancelMeeting", CancelMeeting(meeting_id="an id")).request


def test_the_forms_of_an_id_make_one_request() -> None:
    """The stored one is the long form: entries of earlier versions have no other."""
    conversation = Identity("Conversation", uuid4().hex, str(uuid4()))
    forms = (str(conversation), conversation.long_form)
    sent = [SendMessage(conversation_id=form, text=str(conversation)) for form in forms]

    short, long = [Intent.of(ADA, "sendMessage", each).request for each in sent]

    assert short == long
    stored = command_from_journal(SendMessage, short)
    assert (stored.conversation_id, stored.text) == (conversation.long_form, str(conversation))


def test_every_id_of_an_object_is_known_as_one() -> None:
    names = {field.name for mutation in MUTATIONS.values() for field in fields(mutation.command)}
    assert {name for name in names if name.endswith("_id")} == OBJECT_IDS | {"user_id"}
