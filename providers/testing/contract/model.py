"""Invariants of every entity."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from providers.api import Account, Contact, Conversation, Meeting, Message, PhoneNumber
from providers.api.phone import e164
from providers.testing.contract.harness import Harness


def assert_sound(harness: Harness, model: Account | Meeting | PhoneNumber | Contact | Conversation | Message) -> None:
    """Assert that it belongs to the harness's account and has times in UTC and the provider's own ids.

    A meeting from a list may name no account, if the list shows only its user.
    """
    assert all(moment.utcoffset() == timedelta(0) for moment in _times(model))
    if isinstance(model, Account):
        return
    assert model.external_id
    assert model.account_key == harness.account.key or (isinstance(model, Meeting) and not model.detailed)
    if isinstance(model, Meeting):
        assert model.user_id == harness.account.user_id
        assert model.provider == harness.core.name
        assert model.service in harness.provider.services
        assert model.end_time > model.start_time
    if isinstance(model, Contact | PhoneNumber):
        assert model.e164 == e164(model.number, "US")


def _times(value: object) -> Iterable[datetime]:
    """Yield every datetime in a model, however deep."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _times(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _times(getattr(value, field.name))
