"""Filters of lists, and their conversion to criteria.

`within` is the key of the account whose list is filtered; None for a list of all accounts.
"""

from collections.abc import Iterable
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
)
from providers.domain.entities import AccountStatus, MeetingKind, MeetingService, MeetingStatus, MessageDirection
from providers.domain.errors import BadUserInput
from providers.domain.text import can_identify
from resolvers.key import account_keys, object_keys
from resolvers.window import meeting_window, message_window

T = TypeVar("T")

_EMPTY_LISTS = "An empty list matches nothing, an absent one everything."


def _any_of(what: str) -> Any:
    return strawberry.field(default=None, description=f"{what} {_EMPTY_LISTS}")


def _account_ids() -> Any:
    return _any_of("Only of these accounts.")


def _time(name: str, description: str) -> Any:
    return strawberry.field(name=name, default=None, graphql_type=datetime | None, description=description)


@strawberry.input(description="Which accounts are wanted: those that match every field that is given.")
class AccountFilter:
    providers: list[str] | None = _any_of("Only at these providers, by name.")
    user_ids: list[str] | None = _any_of("Only of these users.")
    services: list[MeetingService] | None = _any_of("Only with one of these meeting services behind them.")
    statuses: list[AccountStatus] | None = _any_of("Only with one of these statuses.")

    def criteria(self) -> AccountCriteria:
        return AccountCriteria(
            providers=_names(self.providers),
            user_ids=_names(self.user_ids),
            services=_tuple(self.services),
            statuses=_tuple(self.statuses),
        )


@strawberry.input(
    description="Which meetings are wanted: those that match every field that is given, and overlap from (inclusive) "
    "to to (exclusive), which are at most 366 days apart. Without both: from the start of today (UTC) and 31 days on; "
    "with one of them: the 31 days after from, or before to."
)
class MeetingFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    providers: list[str] | None = _any_of("Only at these providers, by name.")
    user_ids: list[str] | None = _any_of("Only organised by these users.")
    start: datetime | Unreadable | None = _time("from", "Only those that end after this.")
    end: datetime | Unreadable | None = _time("to", "Only those that start before this.")
    kinds: list[MeetingKind] | None = _any_of("Only of these kinds.")
    statuses: list[MeetingStatus] | None = strawberry.field(
        default=None,
        description="Only with one of these statuses. Without it all but the cancelled ones; an empty list matches "
        "nothing.",
    )
    text: str | None = strawberry.field(
        default=None, description="Only with this as a part of title or description, ignoring case."
    )

    def criteria(self, now: datetime, *, descending: bool, within: str | None = None) -> MeetingCriteria:
        """Return the criteria. Raises BadUserInput for an invalid time range."""
        start, end = meeting_window(_readable("from", self.start), _readable("to", self.end), now)
        return MeetingCriteria(
            start=start,
            end=end,
            account_keys=account_keys(self.account_ids, within),
            providers=_names(self.providers),
            user_ids=_names(self.user_ids),
            kinds=_tuple(self.kinds),
            statuses=_tuple(self.statuses),
            text=self.text,
            descending=descending,
        )


@strawberry.input(description="Which contacts are wanted: those that match every field that is given.")
class ContactFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    number: str | None = strawberry.field(
        default=None, description="Only with this telephone number, however it is written."
    )
    text: str | None = strawberry.field(
        default=None, description="Only with this as a part of the name, ignoring case."
    )

    def criteria(self, within: str | None = None) -> ContactCriteria:
        return ContactCriteria(account_keys=account_keys(self.account_ids, within), number=self.number, text=self.text)


@strawberry.input(description="Which conversations are wanted: those that match every field that is given.")
class ConversationFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    contact_ids: list[strawberry.ID] | None = _any_of("Only with these contacts.")
    from_number: str | None = strawberry.field(default=None, description="Only from this one of the account's numbers.")

    def criteria(self, within: str | None = None) -> ConversationCriteria:
        return ConversationCriteria(
            account_keys=account_keys(self.account_ids, within),
            contacts=object_keys("Contact", self.contact_ids),
            from_number=self.from_number,
        )


@strawberry.input(description="Which messages are wanted: those that match every field that is given.")
class MessageFilter:
    account_ids: list[strawberry.ID] | None = _account_ids()
    conversation_ids: list[strawberry.ID] | None = _any_of("Only of these conversations.")
    direction: MessageDirection | None = strawberry.field(default=None, description="Only those that went this way.")
    start: datetime | Unreadable | None = _time("from", "Only from this time on.")
    end: datetime | Unreadable | None = _time("to", "Only from before this time.")
    text: str | None = strawberry.field(
        default=None, description="Only with this as a part of the text, ignoring case."
    )

    def criteria(self) -> MessageCriteria:
        """Return the criteria. Raises BadUserInput for an invalid time range."""
        start, end = message_window(_readable("from", self.start), _readable("to", self.end))
        return MessageCriteria(
            account_keys=account_keys(self.account_ids),
            conversations=object_keys("Conversation", self.conversation_ids),
            direction=self.direction,
            start=start,
            end=end,
            text=self.text,
        )


def _readable(name: str, given: datetime | Unreadable | None) -> datetime | None:
    if isinstance(given, Unreadable):
        raise BadUserInput(f"{name}: {given.reason}", path=("filter", name))
    return given


def _names(names: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the names without impossible ones, which match nothing."""
    return None if names is None else tuple(filter(can_identify, names))


def _tuple(items: Iterable[T] | None) -> tuple[T, ...] | None:
    return None if items is None else tuple(items)
