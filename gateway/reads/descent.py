"""Descents: one fetch of a conversation, page by page from the newest message down, and how deep it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median_low

from gateway.storage import MessageCoverage
from providers.api.capabilities import MessagePage
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Message

LATE = timedelta(minutes=10)
"""How much older than recent messages a late one may be: it is listed below others that were fetched before it."""

LATE_MESSAGES = 100
"""Known messages that are fetched again at most to find late ones: in a busy conversation LATE reaches deep."""


@dataclass(slots=True)
class Descent:
    """The messages of the pages, each once, by external id, in the upstream's order.

    `stored` are the ids that the store has, and `listed` those of them that an earlier descent found. A message that
    moves to the next page while others arrive is returned twice; its first place counts. `digest` is that of the only
    page, None if there are more or it has none.
    """

    from_top: bool
    messages: dict[str, Message] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    last_page: Sequence[Message] = ()
    is_last: bool = False
    digest: str | None = None

    def copy(self) -> "Descent":
        """Return a descent of the same pages, whose notes are its own."""
        return replace(self, stored=self.stored.copy(), listed=self.listed.copy())

    def add(self, page: MessagePage) -> None:
        self.messages |= {message.external_id: message for message in page.messages}
        self.last_page, self.is_last = page.messages, page.is_last

    def note(self, listed: Mapping[ObjectKey, bool]) -> None:
        """Add what the store has, as `Messages.listed` returns it."""
        self.stored |= {external_id for _, external_id in listed}
        self.listed |= {external_id for (_, external_id), is_listed in listed.items() if is_listed}

    def above(self) -> list[Message]:
        """Return the messages down to the lowest listed one."""
        messages = list(self.messages.values())
        return messages[: len(messages) - len(self.below())]

    def below(self) -> list[Message]:
        """Return the messages below all listed ones; all messages if none is listed."""
        messages = list(self.messages.values())
        listed = [place for place, message in enumerate(messages) if message.external_id in self.listed]
        return messages[listed[-1] + 1 if listed else 0 :]

    def has_passed(self, known: MessageCoverage) -> bool:
        """Return whether the tail of the coverage has been fetched."""
        return known.tail is not None and known.tail.external_id in self.messages

    def is_connected(self, known: MessageCoverage | None) -> bool:
        """Return whether there is no gap between the fetched messages and the coverage."""
        nothing_known = known is None or known.tail is None
        return bool(self.listed) or (self.from_top and (nothing_known or self.is_last))

    def ends_in_known(self, known: MessageCoverage) -> bool:
        """Return whether the messages that follow are covered, or older than the coverage.

        Below a complete coverage there are only new messages.
        """
        ends_at_listed = bool(self.last_page) and self.last_page[-1].external_id in self.listed
        return ends_at_listed or (not known.complete and self.has_passed(known))

    def reaches(self, moment: datetime) -> bool:
        return any(message.created_at < moment for message in self.last_page)

    def looks_back(self) -> bool:
        """Return whether the descent went deep enough to find late messages."""
        if not self.messages or len(self.listed) >= LATE_MESSAGES:
            return True
        # Not the newest: it may carry a time from far in the future.
        recent = median_low([message.created_at for message in self.messages.values()])
        return self.reaches(recent - LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownTo:
    """The end of a descent from the newest message to the coverage, and to `since` (see `MessageFetches.newest`).

    It goes below `since` by as much as messages may be late: a late one below the coverage is not found later.
    """

    known: MessageCoverage | None
    since: datetime | None
    has_history: bool

    def is_reached(self, descent: Descent) -> bool:
        if self.known is not None and not descent.ends_in_known(self.known):
            return False
        return self.since is None or (self._looks_back(descent) and self._reaches(descent, self.since - LATE))

    def _looks_back(self, descent: Descent) -> bool:
        """Below the tail of an incomplete coverage, late messages can't be distinguished from others."""
        known = self.known
        return known is None or descent.looks_back() or (not known.complete and descent.has_passed(known))

    def _reaches(self, descent: Descent, since: datetime) -> bool:
        if self.known is not None and self.known.complete:
            return True
        if not self.has_history:
            return False
        tail = None if self.known is None else self.known.tail
        return descent.reaches(since) or (tail is not None and tail.sorted_at < since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """The end of a descent to at least `wanted` messages below the tail of the coverage that are not stored."""

    known: MessageCoverage
    wanted: int

    def is_reached(self, descent: Descent) -> bool:
        if not descent.from_top and not descent.listed:
            return True
        found = sum(1 for message in descent.below() if message.external_id not in descent.stored)
        return descent.has_passed(self.known) and found >= self.wanted
