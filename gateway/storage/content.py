"""Cleaning of entities before they are stored: their content, but not their identifiers."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from providers.domain.entities import Contact, Conversation, DialIn, Media, Meeting, Message, Participant, PhoneNumber
from providers.domain.text import content

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
