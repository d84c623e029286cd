"""The domain's enums as GraphQL shows them: the classes are those of `providers`, only the words are told here."""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from providers.domain.capabilities import Capability
from providers.domain.entities import (
    AccountStatus,
    MeetingKind,
    MeetingService,
    MeetingStatus,
    MessageDirection,
    MessageStatus,
    ParticipantResponse,
)
from providers.domain.errors import ErrorCode


def describe(enum: type[Enum], description: str, values: Mapping[str, str]) -> None:
    """Makes `enum` a GraphQL enum. Every value has to be described: a KeyError names one that isn't."""
    definition: StrawberryEnumDefinition = vars(strawberry.enum(enum, description=description))[
        "__strawberry_definition__"
    ]
    for value in definition.values:
        value.description = values[value.name]


describe(
    MeetingService,
    "The video-call service of a meeting.",
    {"ZOOM": "Zoom.", "GOOGLE_MEET": "Google Meet.", "JITSI": "A Jitsi Meet server."},
)

describe(
    Capability,
    "A feature of a provider. A field or mutation that needs a missing one fails with NOT_SUPPORTED.",
    {
        "REGISTER_USER": "Create users with registerUser.",
        "CONNECT_ACCOUNT": "Connect accounts.",
        "REFRESH_ACCOUNT": "Refresh an account's tokens with refreshAccount.",
        "DISCONNECT_ACCOUNT": "Disconnect accounts.",
        "LIST_MEETINGS": "List meetings.",
        "GET_MEETING": "Fetch the details of a single meeting.",
        "SCHEDULE_MEETING": "Schedule meetings.",
        "START_MEETING": "Start instant meetings.",
        "RESCHEDULE_MEETING": "Reschedule meetings.",
        "CANCEL_MEETING": "Cancel meetings.",
        "PRIVATE_MEETING": "Protect meetings with a password.",
        "LIST_NUMBERS": "List the phone numbers to send messages from.",
        "LIST_CONTACTS": "List contacts.",
        "GET_CONTACT": "Fetch a single contact.",
        "CREATE_CONTACT": "Create contacts.",
        "UPDATE_CONTACT": "Update contacts.",
        "LIST_CONVERSATIONS": "List conversations.",
        "CREATE_CONVERSATION": "Create conversations.",
        "LIST_MESSAGES": "List the messages of a conversation.",
        "SEND_MESSAGE": "Send text messages.",
        "SEND_MEDIA": "Send messages with media.",
        "RECEIVE_MESSAGES": "Receive messages, which messageAdded announces.",
    },
)

describe(
    AccountStatus,
    "The state of an account's connection.",
    {
        "PENDING": "The user has not yet returned from the provider's page.",
        "CONNECTED": "The account can be used.",
        "EXPIRED": "The tokens are no longer valid; the user has to connect the account again.",
        "DISCONNECTED": "The account was disconnected. Its stored data can still be read.",
    },
)

describe(
    MeetingKind,
    "How a meeting was created.",
    {"INSTANT": "Started immediately.", "SCHEDULED": "Scheduled for a time."},
)

describe(
    MeetingStatus,
    "The state of a meeting at the time of the request.",
    {
        "SCHEDULED": "The start is in the future.",
        "IN_PROGRESS": "The start has passed and the end has not.",
        "ENDED": "The end has passed.",
        "CANCELLED": "The meeting was cancelled.",
    },
)

describe(
    ParticipantResponse,
    "A participant's response to the invitation.",
    {
        "UNKNOWN": "The provider doesn't return the response.",
        "NEEDS_ACTION": "No response yet.",
        "ACCEPTED": "The participant accepted.",
        "DECLINED": "The participant declined.",
        "TENTATIVE": "The participant accepted tentatively.",
    },
)

describe(
    MessageDirection,
    "The direction of a message.",
    {"INBOUND": "From the contact to the account.", "OUTBOUND": "From the account to the contact."},
)

describe(
    MessageStatus,
    "The delivery state of a message.",
    {
        "QUEUED": "The provider accepted the message and has not sent it yet.",
        "SENT": "The provider sent the message.",
        "DELIVERED": "The recipient received the message.",
        "FAILED": "The provider accepted the message and failed to send it.",
        "RECEIVED": "The account received the message.",
    },
)

describe(
    ErrorCode,
    "The kind of a failure, which decides what the caller can do about it.",
    {
        "INVALID_INPUT": "A field of the input is invalid; path names it. Nothing was sent to the provider.",
        "NOT_FOUND": "The object doesn't exist or belongs to another user.",
        "FORBIDDEN": "The viewer lacks the scope for this.",
        "NOT_AUTHORIZED": "The account is expired or disconnected, or the user has to grant a permission at the "
        "provider.",
        "NOT_SUPPORTED": "The provider lacks the capability.",
        "CONFLICT": "The provider reports a conflict with an existing object.",
        "REJECTED": "The provider rejected the request.",
        "RATE_LIMITED": "Too many requests to the provider. Retry after retryAfterSeconds.",
        "UNAVAILABLE": "The provider is temporarily unavailable.",
        "OUTCOME_UNKNOWN": "The request was sent, the response was lost, and the mutation may have taken effect. Retry "
        "with the same idempotencyKey to find out.",
        "IDEMPOTENCY_MISMATCH": "The idempotencyKey was used before with a different input.",
    },
)
