"""Descriptions that make the domain's enums GraphQL enums."""

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
from resolvers.strawberry_compat import describe_enum

describe_enum(
    MeetingService,
    "The video-call service that a meeting takes place on.",
    {"ZOOM": "Zoom.", "GOOGLE_MEET": "Google Meet.", "JITSI": "A Jitsi Meet server."},
)

describe_enum(
    Capability,
    "What a provider can do. A field or mutation that needs more answers NOT_SUPPORTED.",
    {
        "REGISTER_USER": "Users can be created with registerUser.",
        "CONNECT_ACCOUNT": "Accounts can be connected.",
        "REFRESH_ACCOUNT": "An account's tokens can be renewed with refreshAccount.",
        "DISCONNECT_ACCOUNT": "Accounts can be disconnected.",
        "LIST_MEETINGS": "Meetings can be listed.",
        "GET_MEETING": "A single meeting can be asked for with all its details.",
        "SCHEDULE_MEETING": "Meetings can be scheduled for later.",
        "START_MEETING": "Meetings can be started now.",
        "RESCHEDULE_MEETING": "Meetings can be moved.",
        "CANCEL_MEETING": "Meetings can be cancelled.",
        "PRIVATE_MEETING": "Meetings can be closed with a password.",
        "LIST_NUMBERS": "The numbers to send messages from can be listed.",
        "LIST_CONTACTS": "Contacts can be listed.",
        "GET_CONTACT": "A single contact can be asked for.",
        "CREATE_CONTACT": "Contacts can be created.",
        "UPDATE_CONTACT": "Contacts can be changed.",
        "LIST_CONVERSATIONS": "Conversations can be listed.",
        "CREATE_CONVERSATION": "Conversations can be begun.",
        "LIST_MESSAGES": "The messages of a conversation can be listed.",
        "SEND_MESSAGE": "Texts can be sent.",
        "SEND_MEDIA": "Messages can carry media.",
        "RECEIVE_MESSAGES": "Messages that arrive are told through messageAdded.",
    },
)

describe_enum(
    AccountStatus,
    "How the connection of an account stands.",
    {
        "PENDING": "The user has been sent to the provider and has not come back.",
        "CONNECTED": "The account can be used.",
        "EXPIRED": "The tokens are dead: the user has to connect again.",
        "DISCONNECTED": "The account was disconnected; what was read of it stays readable.",
    },
)

describe_enum(
    MeetingKind,
    "How a meeting came about.",
    {"INSTANT": "Started at once.", "SCHEDULED": "Planned for a time."},
)

describe_enum(
    MeetingStatus,
    "Where a meeting stands at the time of the request.",
    {
        "SCHEDULED": "Its start is in the future.",
        "IN_PROGRESS": "It has started, and its end is in the future.",
        "ENDED": "Its end has passed.",
        "CANCELLED": "It was cancelled.",
    },
)

describe_enum(
    ParticipantResponse,
    "What a participant answered to the invitation.",
    {
        "UNKNOWN": "The provider doesn't say.",
        "NEEDS_ACTION": "No answer so far.",
        "ACCEPTED": "The participant comes.",
        "DECLINED": "The participant doesn't come.",
        "TENTATIVE": "The participant may come.",
    },
)

describe_enum(
    MessageDirection,
    "Which way a message went.",
    {"INBOUND": "From the contact to the account.", "OUTBOUND": "From the account to the contact."},
)

describe_enum(
    MessageStatus,
    "How far a message has come.",
    {
        "QUEUED": "The provider took it and has not sent it yet.",
        "SENT": "The provider sent it.",
        "DELIVERED": "It reached the recipient.",
        "FAILED": "The provider took it and could not send it.",
        "RECEIVED": "It arrived here.",
    },
)

describe_enum(
    ErrorCode,
    "What kind of failure it is: what its caller can do about it follows from that.",
    {
        "INVALID_INPUT": "A field of the input is wrong; path names it. Nothing was sent.",
        "NOT_FOUND": "There is no such object, or the viewer may not know of it.",
        "FORBIDDEN": "The viewer may not do this.",
        "NOT_AUTHORIZED": "The account is expired or disconnected, or the user must grant something at the provider.",
        "NOT_SUPPORTED": "The provider has no such capability.",
        "CONFLICT": "The provider says that it would clash with what is there.",
        "REJECTED": "The provider refused it.",
        "RATE_LIMITED": "The provider was asked too often; retryAfterSeconds says when to ask again.",
        "UNAVAILABLE": "The provider can't be reached, or fails.",
        "OUTCOME_UNKNOWN": "The request was sent and no answer came: it may have been done. "
        "Ask again with the same idempotencyKey to find out.",
        "IDEMPOTENCY_MISMATCH": "The idempotencyKey was used with other input.",
    },
)
