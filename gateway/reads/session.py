"""Read sessions: what one operation of one viewer has seen, and what it must report as stale."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from gateway.events.recorder import Recorder
from gateway.reads.account_lists import AccountLists
from gateway.reads.fetch import Fetch, FetchFailure, FetchKey, Freshness, Lifetime
from gateway.reads.meetings import MeetingFetches
from gateway.reads.messages import MessageFetches, MessageLookups
from gateway.reads.refresher import Refresher
from gateway.reads.stale_report import StaleReport
from gateway.storage import Store, Visibility
from gateway.storage.accounts import READABLE
from gateway.storage.entity_lookup import EntityLookup
from gateway.storage.fetch_kind import FetchKind
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Conversation
from providers.domain.viewer import Viewer
from providers.upstreams import Upstreams

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadServices:
    """The parts of the process that reads work with."""

    store: Store
    upstreams: Upstreams
    freshness: Freshness
    refresher: Refresher
    account_lists: AccountLists
    meetings: MeetingFetches
    messages: MessageFetches
    lookup: EntityLookup
    now: Callable[[], datetime]

    @classmethod
    def over(
        cls,
        store: Store,
        upstreams: Upstreams,
        recorder: Recorder,
        freshness: Freshness,
        now: Callable[[], datetime],
    ) -> "ReadServices":
        return cls(
            store=store,
            upstreams=upstreams,
            freshness=freshness,
            refresher=Refresher(store, recorder, now, upstreams),
            account_lists=AccountLists(store, upstreams, freshness),
            meetings=MeetingFetches(store, upstreams, freshness),
            messages=MessageFetches(store, upstreams, freshness, MessageLookups(store)),
            lookup=EntityLookup(store),
            now=now,
        )


class IdentityMap(Generic[K, V]):
    """Values by key. Those that are missing are loaded together."""

    def __init__(self, load_many: Callable[[Sequence[K]], Awaitable[Sequence[V | None]]]) -> None:
        self._load_many = load_many
        self._values: dict[K, V | None] = {}

    async def get(self, keys: Sequence[K]) -> list[V | None]:
        """Return values in the order of the keys; None if unknown or not visible."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._values]
        if missing:
            self._values.update(zip(missing, await self._load_many(missing), strict=True))
        return [self._values[key] for key in keys]

    def has(self, keys: Collection[K]) -> bool:
        """Return whether all keys have been loaded."""
        return all(key in self._values for key in keys)

    def put(self, values: Iterable[tuple[K, V]]) -> None:
        self._values.update(values)


@dataclass(kw_only=True)
class ReadSession:
    """The state of one operation's reads: an identity map of accounts and conversations, and the stale report.

    With `force` everything is refreshed, however fresh it is. `fetched_meetings` are those whose details were refreshed
    since `started_at`.
    """

    services: ReadServices
    viewer: Viewer
    visibility: Visibility
    force: bool
    started_at: datetime
    fetched_meetings: set[ObjectKey] = field(default_factory=set)
    stale: StaleReport = field(default_factory=StaleReport)

    def forget(self) -> None:
        """Start afresh, for the next event of a subscription."""
        self.started_at = self.services.now()
        self.fetched_meetings = set()
        self.stale = StaleReport()
        for name in ("accounts", "conversations"):
            self.__dict__.pop(name, None)

    @cached_property
    def accounts(self) -> IdentityMap[str, Account]:
        return IdentityMap(lambda keys: self.services.store.accounts.get_many(self.visibility, keys))

    @cached_property
    def conversations(self) -> IdentityMap[ObjectKey, Conversation]:
        return IdentityMap(lambda keys: self.services.store.conversations.get_many(self.visibility, keys))

    async def readable(self, account_keys: Iterable[str]) -> list[Account]:
        """Return those accounts whose provider can be called, each once."""
        found = await self.accounts.get(list(dict.fromkeys(account_keys)))
        return [each for each in found if each is not None and each.status in READABLE]

    def note_accounts(self, accounts: Iterable[Account]) -> None:
        """Remember accounts that a list has loaded."""
        self.accounts.put((each.key, each) for each in accounts)

    def note_conversations(self, conversations: Iterable[Conversation]) -> None:
        """Remember conversations that a list has loaded."""
        self.conversations.put((each.key, each) for each in conversations)

    def is_usable(self, fetches: Sequence[Fetch[Any]]) -> bool:
        """Return whether `refresh` will not wait: what is stored may be read before it."""
        return not self.force and self.services.refresher.is_usable(fetches)

    def is_fresh(self, key: FetchKey, lifetime: Lifetime) -> bool:
        """Return whether a fetch needn't be made, nor looked up in the read log."""
        return not self.force and self.services.refresher.is_fresh(key, lifetime)

    async def refresh(self, fetches: Sequence[Fetch[Any]]) -> dict[FetchKey, FetchFailure]:
        """Make stored results usable. Note failures as stale; return those without any stored result instead."""
        failures = await self.services.refresher.make_usable(fetches, force=self.force)
        self.note_stale([each for each in failures if each.since is not None])
        return {each.fetch.key: each for each in failures if each.since is None}

    async def refresh_any(self, fetches: Sequence[Fetch[Any]]) -> None:
        """Make stored results usable. Raise ProviderError if nothing of the requested span of time is stored."""
        failures = await self.refresh(fetches)
        requested = [each.key for each in fetches if not each.precedes]
        failed = [failures[key].error for key in requested if key in failures]
        if requested and len(failed) == len(requested):
            raise failed[0]
        self.note_stale(failures.values())

    def is_current(self, kind: FetchKind, account_keys: Collection[str] | None) -> bool:
        """Return whether no fetch of the kind has failed for the accounts; None stands for all accounts.

        If one has, a list is shown as far as it is known, and its length is not known.
        """
        return not self.stale.failed or not self.stale.has(kind, account_keys)

    def note_stale(self, failures: Collection[FetchFailure]) -> None:
        """Report stored results that are served although they should have been refreshed."""
        if failures:
            self.stale.note(failures)
