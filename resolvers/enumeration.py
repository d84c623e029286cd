"""Descriptions that make the domain's enums GraphQL enums."""

from providers.domain.capabilities import Capability
from providers.domain.entities import (
    AccountStatus,
    ContactField,
    MeetingAction,
    MeetingKind,
    MeetingService,
    MeetingStatus,
    MessageDirection,
    MessageStatus,
    ParticipantResponse,
)
from providers.domain.errors import ErrorCode
from resolvers.strawberry_compat import describe_enum

describe_enum(
    MeetingService,
    "The video-call service of a meeting.",
    {"ZOOM": "Zoom.", "GOOGLE_MEET": "Google Meet.", "JITSI": "A Jitsi Meet server."},
)

describe_enum(
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

describe_enum(
    AccountStatus,
    "The state of an account's connection.",
    {
        "PENDING": "The user has not yet returned from the provider's page.",
        "CONNECTED": "The account can be used.",
        "EXPIRED": "The tokens are no longer valid; the user has to connect the account again.",
        "DISCONNECTED": "The account was disconnected. Its stored data can still be read.",
    },
)

describe_enum(
    MeetingKind,
    "How a meeting was created.",
    {"INSTANT": "Started immediately.", "SCHEDULED": "Scheduled for a time."},
)

describe_enum(
    MeetingStatus,
    "The state of a meeting at the time of the request.",
    {
        "SCHEDULED": "The start is in the future.",
        "IN_PROGRESS": "The start has passed and the end has not.",
        "ENDED": "The end has passed.",
        "CANCELLED": "The meeting was cancelled.",
    },
)

describe_enum(
    MeetingAction,
    "Something that a viewer can do with a meeting.",
    {
        "RESCHEDULE": "Move it with rescheduleMeeting.",
        "CANCEL": "Cancel it with cancelMeeting.",
        "UPDATE": "Change its title, description, guests or password.",
    },
)

describe_enum(
    ContactField,
    "A field of a contact that can be removed.",
    {"FIRST_NAME": "The given name.", "LAST_NAME": "The family name."},
)

describe_enum(
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

describe_enum(
    MessageDirection,
    "The direction of a message.",
    {"INBOUND": "From the contact to the account.", "OUTBOUND": "From the account to the contact."},
)

describe_enum(
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

describe_enum(
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
