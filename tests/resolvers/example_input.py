"""An input for every mutation with all its fields: as clients send it, and as a command."""

from datetime import UTC, datetime
from typing import Any

from providers.domain.commands import (
    CancelMeeting,
    ConnectAccount,
    CreateContact,
    CreateConversation,
    DisconnectAccount,
    Invitee,
    RefreshAccount,
    RegisterUser,
    RescheduleMeeting,
    ScheduleMeeting,
    SendMessage,
    StartMeeting,
    UpdateContact,
)
from providers.domain.entities import MeetingService

_PEOPLE = [{"email": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "userId": "u-2"}]

EXAMPLE_INPUTS: dict[str, tuple[dict[str, Any], object]] = {
    "registerUser": (
        {
            "provider": "local",
            "firstName": "Ann",
            "lastName": "Lee",
            "email": "ann@example.com",
            "company": "Example",
            "password": "open sesame",
            "idempotencyKey": "k",
        },
        RegisterUser(
            provider="local",
            first_name="Ann",
            last_name="Lee",
            email="ann@example.com",
            company="Example",
            password="open sesame",
            idempotency_key="k",
        ),
    ),
    "connectAccount": (
        {
            "provider": "local",
            "userId": "u-1",
            "service": "ZOOM",
            "idToken": "open",
            "refreshToken": "sesame",
            "returnUrl": "https://app.example.com/",
            "idempotencyKey": "k",
        },
        ConnectAccount(
            provider="local",
            user_id="u-1",
            service=MeetingService.ZOOM,
            id_token="open",
            refresh_token="sesame",
            return_url="https://app.example.com/",
            idempotency_key="k",
        ),
    ),
    "refreshAccount": ({"accountId": "a"}, RefreshAccount(account_id="a")),
    "disconnectAccount": (
        {"accountId": "a", "idempotencyKey": "k"},
        DisconnectAccount(account_id="a", idempotency_key="k"),
    ),
    "scheduleMeeting": (
        {
            "accountId": "a",
            "title": "Stand-up",
            "description": "Daily",
            "startTime": "2026-11-22T09:30:00Z",
            "durationMinutes": 30,
            "endTime": "2026-11-22T10:00:00Z",
            "timeZone": "Europe/Vienna",
            "participants": _PEOPLE,
            "password": "open sesame",
            "idempotencyKey": "k",
        },
        ScheduleMeeting(
            account_id="a",
            title="Stand-up",
            description="Daily",
            start_time=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            duration_minutes=30,
            end_time=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
            time_zone="Europe/Vienna",
            participants=(Invitee(email="ann@example.com", first_name="Ann", last_name="Lee", user_id="u-2"),),
            password="open sesame",
            idempotency_key="k",
        ),
    ),
    "startMeeting": (
        {
            "accountId": "a",
            "title": "Stand-up",
            "description": "Daily",
            "durationMinutes": 30,
            "timeZone": "Europe/Vienna",
            "participants": _PEOPLE,
            "password": "open sesame",
            "idempotencyKey": "k",
        },
        StartMeeting(
            account_id="a",
            title="Stand-up",
            description="Daily",
            duration_minutes=30,
            time_zone="Europe/Vienna",
            participants=(Invitee(email="ann@example.com", first_name="Ann", last_name="Lee", user_id="u-2"),),
            password="open sesame",
            idempotency_key="k",
        ),
    ),
    "rescheduleMeeting": (
        {
            "meetingId": "m",
            "startTime": "2026-11-22T09:30:00Z",
            "durationMinutes": 30,
            "endTime": "2026-11-22T10:00:00Z",
            "idempotencyKey": "k",
        },
        RescheduleMeeting(
            meeting_id="m",
            start_time=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            duration_minutes=30,
            end_time=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
            idempotency_key="k",
        ),
    ),
    "cancelMeeting": (
        {"meetingId": "m", "idempotencyKey": "k"},
        CancelMeeting(meeting_id="m", idempotency_key="k"),
    ),
    "createContact": (
        {
            "accountId": "a",
            "firstName": "Bob",
            "lastName": "Roe",
            "number": "(202) 555-0102",
            "idempotencyKey": "k",
        },
        CreateContact(account_id="a", first_name="Bob", last_name="Roe", number="(202) 555-0102", idempotency_key="k"),
    ),
    "updateContact": (
        {
            "contactId": "c",
            "firstName": "Bob",
            "lastName": "Roe",
            "number": "(202) 555-0102",
            "idempotencyKey": "k",
        },
        UpdateContact(contact_id="c", first_name="Bob", last_name="Roe", number="(202) 555-0102", idempotency_key="k"),
    ),
    "createConversation": (
        {"contactId": "c", "fromNumber": "+12025550101", "idempotencyKey": "k"},
        CreateConversation(contact_id="c", from_number="+12025550101", idempotency_key="k"),
    ),
    "sendMessage": (
        {"conversationId": "v", "text": "Hello", "mediaUrls": ["https://example.com/1.png"], "idempotencyKey": "k"},
        SendMessage(conversation_id="v", text="Hello", media_urls=("https://example.com/1.png",), idempotency_key="k"),
    ),
}


def mutation(name: str, selection: str) -> str:
    """The mutation with its input as the variable `i`."""
    input_type = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation($i: {input_type}!) {{ {name}(input: $i) {{ {selection} }} }}"
