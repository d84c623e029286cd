"""Kinds of fetches. The read log stores the values."""

from enum import Enum


class FetchKind(Enum):
    """The kind of objects that a fetch returns."""

    MEETINGS = "meetings"
    MEETING = "meeting"
    PHONE_NUMBERS = "phone_numbers"
    CONTACTS = "contacts"
    CONVERSATIONS = "conversations"
    MESSAGES = "messages"
    OLDER_MESSAGES = "older_messages"
