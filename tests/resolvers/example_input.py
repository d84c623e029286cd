"""An input for every mutation with all its fields: as clients send it, and as the gateway gets it."""

from datetime import UTC, datetime
from typing import Any

from strawberry import ID

from providers.domain.entities import MeetingService
from resolvers.inputs import (
    CancelMeetingInput,
    ConnectAccountInput,
    CreateContactInput,
    CreateConversationInput,
    DisconnectAccountInput,
    ParticipantInput,
    RefreshAccountInput,
    RegisterUserInput,
    RescheduleMeetingInput,
    ScheduleMeetingInput,
    SendMessageInput,
    StartMeetingInput,
    UpdateContactInput,
)
from resolvers.scalar import TimeZone

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
        RegisterUserInput(
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
        ConnectAccountInput(
            provider="local",
            user_id="u-1",
            service=MeetingService.ZOOM,
            id_token="open",
            refresh_token="sesame",
            return_url="https://app.example.com/",
            idempotency_key="k",
        ),
    ),
    "refreshAccount": ({"accountId": "a"}, RefreshAccountInput(account_id=ID("a"))),
    "disconnectAccount": (
        {"accountId": "a", "idempotencyKey": "k"},
        DisconnectAccountInput(account_id=ID("a"), idempotency_key="k"),
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
        ScheduleMeetingInput(
            account_id=ID("a"),
            title="Stand-up",
            description="Daily",
            start_time=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            duration_minutes=30,
            end_time=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
            time_zone=TimeZone("Europe/Vienna"),
            participants=[ParticipantInput(email="ann@example.com", first_name="Ann", last_name="Lee", user_id="u-2")],
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
        StartMeetingInput(
            account_id=ID("a"),
            title="Stand-up",
            description="Daily",
            duration_minutes=30,
            time_zone=TimeZone("Europe/Vienna"),
            participants=[ParticipantInput(email="ann@example.com", first_name="Ann", last_name="Lee", user_id="u-2")],
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
        RescheduleMeetingInput(
            meeting_id=ID("m"),
            start_time=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            duration_minutes=30,
            end_time=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
            idempotency_key="k",
        ),
    ),
    "cancelMeeting": (
        {"meetingId": "m", "idempotencyKey": "k"},
        CancelMeetingInput(meeting_id=ID("m"), idempotency_key="k"),
    ),
    "createContact": (
        {
            "accountId": "a",
            "firstName": "Bob",
            "lastName": "Roe",
            "number": "(202) 555-0102",
            "idempotencyKey": "k",
        },
        CreateContactInput(
            account_id=ID("a"), first_name="Bob", last_name="Roe", number="(202) 555-0102", idempotency_key="k"
        ),
    ),
    "updateContact": (
        {
            "contactId": "c",
            "firstName": "Bob",
            "lastName": "Roe",
            "number": "(202) 555-0102",
            "idempotencyKey": "k",
        },
        UpdateContactInput(
            contact_id=ID("c"), first_name="Bob", last_name="Roe", number="(202) 555-0102", idempotency_key="k"
        ),
    ),
    "createConversation": (
        {"contactId": "c", "fromNumber": "+12025550101", "idempotencyKey": "k"},
        CreateConversationInput(contact_id=ID("c"), from_number="+12025550101", idempotency_key="k"),
    ),
    "sendMessage": (
        {"conversationId": "v", "text": "Hello", "mediaUrls": ["https://example.com/1.png"], "idempotencyKey": "k"},
        SendMessageInput(
            conversation_id=ID("v"), text="Hello", media_urls=["https://example.com/1.png"], idempotency_key="k"
        ),
    ),
}


def mutation(name: str, selection: str) -> str:
    """The mutation with its input as the variable `i`."""
    input_type = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation($i: {input_type}!) {{ {name}(input: $i) {{ {selection} }} }}"
