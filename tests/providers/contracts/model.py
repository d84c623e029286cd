"""What holds for every model, whoever made it."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from providers.domain.entities import Account, Contact, Conversation, Meeting, Message, PhoneNumber
from providers.domain.phone import e164
from tests.providers.harness import Harness


def assert_sound(harness: Harness, model: Account | Meeting | PhoneNumber | Contact | Conversation | Message) -> None:
    """It belongs to the harness's account, its times are in UTC and its ids are the provider's own.

    A meeting may name no account where a list tells only whose user's it is.
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
    """Every datetime in a model, however deep."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _times(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _times(getattr(value, field.name))
