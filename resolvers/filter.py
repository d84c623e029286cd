"""Filters of lists, and their conversion to criteria.

`within` is the key of the account whose list is filtered; None for a list of all accounts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import strawberry

import resolvers.enumeration  # noqa: F401  (a filter can only use an enum that has been described)
from providers.domain.commands import Unreadable
from providers.domain.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
    ObjectKey,
)
from providers.domain.entities import AccountStatus, MeetingKind, MeetingService, MeetingStatus, MessageDirection
from providers.domain.errors import BadUserInput
from providers.domain.identity import account_key, object_key
from providers.domain.text import can_identify
from resolvers.window import meeting_window, message_window

T = TypeVar("T")

_EMPTY_LISTS = "An empty list matches nothing, an absent list everything."


def _any_of(what: str) -> Any:
    return strawberry.field(default=None, description=f"{what} {_EMPTY_LISTS}")


def _account_ids() -> Any:
    return _any_of("Only objects of these accounts.")


def _time(name: str, description: str) -> Any:
    return strawberry.field(name=name, default=None, graphql_type=datetime | None, description=description)


@strawberry.input(description="A filter of accounts. An account has to match every given field.")
class AccountFilter:
    providers: list[str] | None = _any_of("Only objects at the providers with these names.")
    user_ids: list[str] | None = _any_of("Only accounts of the users with these ids.")
    services: list[MeetingService] | None = _any_of("Only accounts with one of these meeting services.")
    statuses: list[AccountStatus] | None = _any_of("Only accounts with one of these statuses.")

    def criteria(self, of_user: str | None = None) -> AccountCriteria:
        """Return the criteria; with `of_user`, of that user's accounts at most."""
        return AccountCriteria(
            providers=_names(self.providers),
            user_ids=_user_ids(self.user_ids, of_user),
            services=_tuple(self.services),
            statuses=_tuple(self.statuses),
        )


@strawberry.input(
    description="A filter of meetings. A meeting has to match every given field and to overlap the window "
    "between `from` (inclusive) and `to` (exclusive), which is at most 366 days long. The "
    "default window begins at the start of today (UTC) and is 31 days long. If only one end is "
    "given, the window is the 31 days after `from` or before `to`."
)
class MeetingFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    providers: list[str] | None = _any_of("Only objects at the providers with these names.")
    user_ids: list[str] | None = _any_of("Only meetings organised by the users with these ids.")
    start: datetime | Unreadable | None = _time("from", "Only meetings that end after this time.")
    end: datetime | Unreadable | None = _time("to", "Only meetings that start before this time.")
    kinds: list[MeetingKind] | None = _any_of("Only meetings of these kinds.")
    statuses: list[MeetingStatus] | None = strawberry.field(
        default=None,
        description="Only meetings with one of these statuses. Cancelled meetings are excluded by default; an "
        "empty list matches nothing.",
    )
    text: str | None = strawberry.field(
        default=None, description="Only meetings whose title or description contains this text, ignoring case."
    )

    def criteria(self, now: datetime, *, descending: bool, within: str | None = None) -> MeetingCriteria:
        """Return the criteria. Raise BadUserInput for an invalid time range."""
        start, end = meeting_window(_readable("from", self.start), _readable("to", self.end), now)
        return MeetingCriteria(
            start=start,
            end=end,
            account_keys=_account_keys(self.account_ids, within),
            providers=_names(self.providers),
            user_ids=_names(self.user_ids),
            kinds=_tuple(self.kinds),
            statuses=_tuple(self.statuses),
            text=self.text,
            descending=descending,
        )


@strawberry.input(description="A filter of contacts. A contact has to match every given field.")
class ContactFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    number: str | None = strawberry.field(
        default=None, description="Only contacts with this phone number, in any notation."
    )
    text: str | None = strawberry.field(
        default=None, description="Only contacts whose name contains this text, ignoring case."
    )

    def criteria(self, *, by_name: bool, within: str | None = None) -> ContactCriteria:
        return ContactCriteria(
            account_keys=_account_keys(self.account_ids, within),
            number=self.number,
            text=self.text,
            by_name=by_name,
        )


@strawberry.input(description="A filter of conversations. A conversation has to match every given field.")
class ConversationFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    contact_ids: list[strawberry.ID] | None = _any_of("Only conversations with these contacts.")
    from_number: str | None = strawberry.field(
        default=None, description="Only conversations from this phone number of the account."
    )
    text: str | None = strawberry.field(
        default=None,
        description="Only conversations with a contact whose name or number contains this text, ignoring case; a "
        "number in any notation.",
    )
    unread: bool | None = strawberry.field(
        default=None,
        description="If true, only conversations with inbound messages that the viewer has not read; if false, only "
        "those without.",
    )

    def criteria(self, reader: str, *, by_activity: bool, within: str | None = None) -> ConversationCriteria:
        """Return the criteria; `reader` is the viewer's user id."""
        return ConversationCriteria(
            account_keys=_account_keys(self.account_ids, within),
            contacts=_object_keys("Contact", self.contact_ids),
            from_number=self.from_number,
            text=self.text,
            unread=self.unread,
            reader=reader,
            by_activity=by_activity,
        )


@strawberry.input(description="A filter of messages. A message has to match every given field.")
class MessageFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    conversation_ids: list[strawberry.ID] | None = _any_of("Only messages of these conversations.")
    direction: MessageDirection | None = strawberry.field(default=None, description="Only messages in this direction.")
    start: datetime | Unreadable | None = _time("from", "Only messages at or after this time.")
    end: datetime | Unreadable | None = _time("to", "Only messages before this time.")
    text: str | None = strawberry.field(
        default=None, description="Only messages whose text contains this text, ignoring case."
    )

    def criteria(self) -> MessageCriteria:
        """Return the criteria. Raise BadUserInput for an invalid time range."""
        start, end = message_window(_readable("from", self.start), _readable("to", self.end))
        return MessageCriteria(
            account_keys=_account_keys(self.account_ids),
            conversations=_object_keys("Conversation", self.conversation_ids),
            direction=self.direction,
            start=start,
            end=end,
            text=self.text,
        )


def _account_keys(ids: Sequence[str] | None, within: str | None = None) -> tuple[str, ...] | None:
    """Return the keys of accounts; with `within`, of that account at most. Invalid ids match nothing: drop them."""
    if ids is None:
        return None if within is None else (within,)
    keys = (account_key(text) for text in ids)
    return tuple(key for key in keys if key is not None and within in (None, key))


def _object_keys(kind: str, ids: Sequence[str] | None) -> tuple[ObjectKey, ...] | None:
    """Return the keys of objects of the kind. Invalid ids match nothing: drop them."""
    if ids is None:
        return None
    keys = (object_key(kind, text) for text in ids)
    return tuple(key for key in keys if key is not None)


def _readable(name: str, given: datetime | Unreadable | None) -> datetime | None:
    if isinstance(given, Unreadable):
        raise BadUserInput(f"{name}: {given.reason}", path=("filter", name))
    return given


def _names(names: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the names without impossible ones, which match nothing."""
    return None if names is None else tuple(filter(can_identify, names))


def _user_ids(names: Iterable[str] | None, of_user: str | None) -> tuple[str, ...] | None:
    """Return the ids of users; with `of_user`, that one at most."""
    if of_user is None:
        return _names(names)
    return (of_user,) if names is None or of_user in names else ()


def _tuple(items: Iterable[T] | None) -> tuple[T, ...] | None:
    return None if items is None else tuple(items)
