"""Fetches: the units in which providers' data is fetched and cached, each with a key and a lifetime."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from typing import Any, ClassVar, Generic, Self, TypeVar

from gateway.config import FreshSeconds, UsableSeconds
from gateway.events.recorder import Record
from gateway.storage import MessagePosition
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.read_versions import ReadVersion
from providers.domain.entities import Account, AccountStatus
from providers.domain.errors import ProviderError

F = TypeVar("F")
T = TypeVar("T")

_STEP = timedelta(seconds=1)


class Unchanged(Enum):
    """The result of a fetch whose response is the one that the stored entities are from: nothing is stored."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchKey:
    """Identity of a fetch.

    `start` and `end` bound it in time, if it is bound; `below` is the position that older messages follow.
    """

    provider: str
    kind: FetchKind
    source: str
    start: datetime | None = None
    end: datetime | None = None
    below: MessagePosition | None = None

    def __hash__(self) -> int:
        # Keys are looked up several times for each fetch. Few of the same source and start differ.
        return hash((self.source, self.start))

    @property
    def is_bounded(self) -> bool:
        """Whether it is a span of time."""
        return self.start is not None or self.end is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTimes:
    """When a fetch started, and when the same was last fetched: None if it never was.

    `version` is what the read log had of it before the call: None if it has no versions.
    """

    started_at: datetime
    previous: datetime | None
    version: ReadVersion | None = None

    @property
    def digest(self) -> str | None:
        """The digest of the response that the stored entities are from; None if it is not known."""
        return None if self.version is None else self.version.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Generic[F, T]):
    """The result of a fetch that is to be stored."""

    fetch: F
    result: T
    times: FetchTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """Seconds since the last fetch for which a result is fresh, and for which it is served while it is refreshed."""

    fresh: float
    usable: float

    @property
    def refreshed_after(self) -> float:
        """Age in seconds from which a result is refreshed: `fresh`, unless it may be served for less than that."""
        return min(self.fresh, self.usable or self.fresh)

    def due_until(self, now: datetime) -> datetime:
        """Return a time: a fetch that was made after it is fresh, and one that was made before may not be.

        It proceeds in steps of a second, rounded up: reads of the store that follow each other soon are equal then, and
        cached. The refresher, which knows the time exactly, leaves those alone that are fresh still.
        """
        until = now - timedelta(seconds=self.fresh)
        return until.replace(microsecond=0) + _STEP

    def of(self, account: Account) -> "Lifetime":
        """Return the lifetime for an account. If it has expired, readers wait: the provider is known to refuse."""
        return replace(self, usable=0) if account.status is AccountStatus.EXPIRED else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The lifetime of each kind of entity. `past_meetings` is for spans of time that are over.

    Details of meetings are served during a refresh for as long as meetings are.
    """

    messages: Lifetime
    meetings: Lifetime
    meeting_details: Lifetime
    past_meetings: Lifetime
    conversations: Lifetime
    contacts: Lifetime
    phone_numbers: Lifetime

    @classmethod
    def configured(cls, fresh: FreshSeconds, usable: UsableSeconds) -> "Freshness":
        lifetimes = {
            kind: Lifetime(fresh=getattr(fresh, kind), usable=getattr(usable, kind))
            for kind in UsableSeconds.model_fields
        }
        return cls(meeting_details=Lifetime(fresh=fresh.meeting_details, usable=usable.meetings), **lifetimes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch(ABC, Generic[T]):
    """One fetch from a provider and the storing of its result.

    `account_keys` are the accounts whose data it fetches. `precedes` is true if its span of time ends before the
    requested one begins: it is for meetings that last into that.
    """

    is_logged: ClassVar[bool] = True
    """Whether the read log has the time of the last fetch, for all processes."""

    mapping: str = ""
    """The version of the provider's mapping (`Upstream.mapping`): digests hold for one version alone."""

    key: FetchKey
    account_keys: tuple[str, ...]
    lifetime: Lifetime
    precedes: bool = False

    @abstractmethod
    async def fetch(self, times: FetchTimes) -> T | Unchanged:
        """Call the provider. Raise ProviderError. Store nothing.

        Return UNCHANGED if the digest of the response is that of `times`.
        """

    @abstractmethod
    async def store(self, record: Record, fetched: T, times: FetchTimes) -> str | None:
        """Write what `fetch` returned, and announce what changed.

        Return the digest of the response if storing the same response again would change nothing, else None.
        """

    @property
    def batch(self) -> Hashable:
        """Fetches that start together and have the same batch are made by one `fetch_many`."""
        return self.key

    def last_read_at(self, remembered: datetime | None) -> datetime | None:
        """Return when it was last fetched. `remembered` is what the refresher knows from the read log."""
        return remembered

    async def fetch_many(self, batch: Sequence[Self], times: FetchTimes) -> list[T | Unchanged | ProviderError]:
        """Make all fetches of the batch that this one belongs to; return results and errors in their order."""
        results: list[T | Unchanged | ProviderError] = []
        for each in batch:
            try:
                results.append(await each.fetch(times))
            except ProviderError as error:
                results.append(error)
        return results

    async def store_many(self, record: Record, fetched: Sequence[Fetched[Self, T]]) -> list[str | None]:
        """Store results of fetches of this class, which may be of several batches; return what `store` returns."""
        return [await each.fetch.store(record, each.result, each.times) for each in fetched]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """A fetch that failed. `since` is when the stored result was fetched: None if no result is stored."""

    fetch: Fetch[Any]
    error: ProviderError
    since: datetime | None


def combined(parts: Sequence[str]) -> str:
    """Return one digest of many."""
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
