"""The state of an entity before a change: text in the feed's entry, with as much as its subscribers need."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson

from gateway.storage.values import from_microseconds, to_microseconds
from providers.domain.entities import Contact, Meeting, MeetingKind

_Converter = Callable[[Any], Any]

_DECODERS: Mapping[str, _Converter] = {
    "account_key": str,
    "kind": MeetingKind,
    "start_time": from_microseconds,
    "end_time": from_microseconds,
    "cancelled": bool,
    "title": str,
    "description": str,
}
"""The attributes of a meeting that a filter looks at and that can change, with the conversion from JSON."""


def previous_meeting(before: Meeting, after: Meeting) -> str:
    """Return those attributes of the meeting before the change that a filter looks at and that it has changed."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in _DECODERS)
    return _json({name: _encoded(was) for name, was, value in pairs if was != value})


def meeting_before(meeting: Meeting, previous: str) -> Meeting:
    """Return a meeting as it was before a change, as far as filters look at it."""
    attributes: dict[str, Any] = {
        name: None if value is None else _DECODERS[name](value) for name, value in orjson.loads(previous).items()
    }
    return replace(meeting, **attributes)


def removed_contact(contact: Contact) -> str:
    """Return all of a contact that is deleted with the change."""
    return _json({**asdict(contact), "synced_at": to_microseconds(contact.synced_at)})


def contact_before(previous: str) -> Contact:
    """Return the contact that was deleted."""
    attributes = orjson.loads(previous)
    return Contact(**{**attributes, "synced_at": from_microseconds(attributes["synced_at"])})


def _encoded(value: Any) -> Any:
    match value:
        case datetime():
            return to_microseconds(value)
        case MeetingKind():
            return value.value
    return value


def _json(attributes: Mapping[str, Any]) -> str:
    return orjson.dumps(attributes).decode()
