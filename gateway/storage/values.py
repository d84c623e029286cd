"""Values of columns: text that every database stores alike, and times as microseconds since the epoch, in UTC."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar, overload

from providers.domain.entities import Contact, Conversation, DialIn, Media, Meeting, Message, Participant, PhoneNumber
from providers.domain.text import content

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@overload
def to_microseconds(moment: datetime) -> int: ...
@overload
def to_microseconds(moment: datetime | None) -> int | None: ...
def to_microseconds(moment: datetime | None) -> int | None:
    """Convert exactly, without a float in between."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


@overload
def from_microseconds(count: int) -> datetime: ...
@overload
def from_microseconds(count: int | None) -> datetime | None: ...
def from_microseconds(count: int | None) -> datetime | None:
    """Return an aware datetime in UTC."""
    return None if count is None else _moment(count)


@lru_cache(maxsize=16_384)  # the same rows are shown again and again
def _moment(count: int) -> datetime:
    seconds, microseconds = divmod(count, 1_000_000)
    return _EPOCH + timedelta(0, seconds, microseconds)  # faster than one of microseconds alone


def span_microseconds(span: timedelta) -> int:
    """Return the length of a span of time in microseconds."""
    return span // _MICROSECOND


_Part = DialIn | Media | Participant
E = TypeVar("E", bound=Contact | Conversation | Meeting | Message | PhoneNumber | _Part)

_IDENTIFIERS = frozenset(
    {
        "account_key",
        "contact_external_id",
        "conversation_external_id",
        "external_id",
        "key",
        "provider",
        "scope",
        "user_id",
    }
)
"""Fields that identify. The store refuses those that it can't hold."""


def cleaned(entity: E) -> E:
    """Return the entity with its texts as the store holds them, so that it equals what is read later."""
    found = {field.name: getattr(entity, field.name) for field in fields(entity) if field.name not in _IDENTIFIERS}
    changes = {name: clean for name, value in found.items() if (clean := _cleaned(value)) != value}
    return replace(entity, **changes) if changes else entity


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return content(value)
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value)) if value else value
    return cleaned(value) if isinstance(value, _Part) else value
