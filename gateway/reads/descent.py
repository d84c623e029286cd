"""One reading of a conversation, page by page from the newest message down, and how deep it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low

from gateway.storage import MessageCoverage
from providers.api.capabilities import MessagePage
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Message

LATE = timedelta(minutes=10)
"""How much older than recent messages one may be that turns up below others that were read before."""

LATE_MESSAGES = 100
"""How many known messages are read again for such ones at the most: in a busy conversation LATE reaches deep."""


@dataclass(slots=True)
class Descent:
    """The messages of the pages, each once, by external id, in the upstream's order.

    `stored` are known from before, and of those `listed` were found by an earlier reading.
    A message that moves to the next page while others arrive comes twice; its first place counts.
    """

    from_top: bool
    messages: dict[str, Message] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    last_page: Sequence[Message] = ()
    is_last: bool = False

    def add(self, page: MessagePage) -> None:
        self.messages |= {message.external_id: message for message in page.messages}
        self.last_page, self.is_last = page.messages, page.is_last

    def note(self, listed: Mapping[ObjectKey, bool]) -> None:
        """Take in what the store has, as `Messages.listed` returns it."""
        self.stored |= {external_id for _, external_id in listed}
        self.listed |= {external_id for (_, external_id), is_listed in listed.items() if is_listed}

    def above(self) -> list[Message]:
        """The messages down to the lowest listed one."""
        messages = list(self.messages.values())
        return messages[: len(messages) - len(self.below())]

    def below(self) -> list[Message]:
        """The messages below all that are listed; every one if none is."""
        messages = list(self.messages.values())
        listed = [place for place, message in enumerate(messages) if message.external_id in self.listed]
        return messages[listed[-1] + 1 if listed else 0 :]

    def has_passed(self, known: MessageCoverage) -> bool:
        """Whether the tail of what is known has been read."""
        return known.tail is not None and known.tail.external_id in self.messages

    def is_connected(self, known: MessageCoverage | None) -> bool:
        """Whether nothing is missing between what has been read and what is known."""
        nothing_known = known is None or known.tail is None
        return bool(self.listed) or (self.from_top and (nothing_known or self.is_last))

    def ends_in_known(self, known: MessageCoverage) -> bool:
        """Whether what follows is known, or older than what is known. Below what is complete there can be only news."""
        ends_at_listed = bool(self.last_page) and self.last_page[-1].external_id in self.listed
        return ends_at_listed or (not known.complete and self.has_passed(known))

    def reaches(self, moment: datetime) -> bool:
        return any(message.created_at < moment for message in self.last_page)

    def looks_back(self) -> bool:
        """Whether late messages have been looked for."""
        if not self.messages or len(self.listed) >= LATE_MESSAGES:
            return True
        # Not the newest: it may carry a time from far in the future.
        recent = median_low([message.created_at for message in self.messages.values()])
        return self.reaches(recent - LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownTo:
    """A reading from the newest message down: to what is known, and with `since` as `MessageFetches.newest` says.

    It goes as far beyond `since` as messages may be late: below what is known a late one is not found.
    """

    known: MessageCoverage | None
    since: datetime | None
    has_history: bool

    def is_reached(self, descent: Descent) -> bool:
        if self.known is not None and not descent.ends_in_known(self.known):
            return False
        return self.since is None or (self._looks_back(descent) and self._reaches(descent, self.since - LATE))

    def _looks_back(self, descent: Descent) -> bool:
        """Below the tail of what is known late messages can't be told from others, unless all was known."""
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
    """A reading of at least `wanted` messages below the tail of what is known, without those that are stored."""

    known: MessageCoverage
    wanted: int

    def is_reached(self, descent: Descent) -> bool:
        if not descent.from_top and not descent.listed:
            return True
        found = sum(1 for message in descent.below() if message.external_id not in descent.stored)
        return descent.has_passed(self.known) and found >= self.wanted
