"""Fetches of one batch share a call, and each has its own outcome."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

import pytest
from structlog.testing import capture_logs

from gateway.events.hub import Hub
from gateway.events.recorder import Record, Recorder
from gateway.reads.fetch import Fetch, FetchKey, FetchTimes, Lifetime, Unchanged
from gateway.reads.refresher import Refresher
from gateway.storage import Cipher, Store
from gateway.storage.fetch_kind import FetchKind
from providers.domain.errors import ProviderError, Unavailable
from tests.gateway.storage.conftest import KEY
from tests.testkit.clock import Clock

DOWN = Unavailable("It is down.", provider="p")


@dataclass
class Upstream:
    """Fails for the names in `broken`."""

    calls: list[list[str]] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Fetch[str]):
    upstream: Upstream

    @property
    def batch(self) -> str:
        return self.key.provider

    async def fetch(self, _: FetchTimes) -> str:
        return self.key.source

    async def store(self, record: Record, fetched: str, times: FetchTimes) -> None:
        self.upstream.stored.append(fetched)

    async def fetch_many(self, batch: Sequence[Self], times: FetchTimes) -> list[str | Unchanged | ProviderError]:
        names = [each.key.source for each in batch]
        self.upstream.calls.append(names)
        return [DOWN if name in self.upstream.broken else name for name in names]


@pytest.fixture
async def store(sqlite_url: str, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(sqlite_url, Cipher([KEY]), clock)
    yield opened
    await opened.aclose()


@pytest.fixture
def refresher(store: Store, clock: Clock) -> Refresher:
    return Refresher(store, Recorder(store, Hub(store), clock), clock)


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


def fetches(upstream: Upstream, names: str) -> list[Named]:
    return [
        Named(
            key=FetchKey(provider="p", kind=FetchKind.CONTACTS, source=name),
            account_keys=(name,),
            lifetime=Lifetime(fresh=10, usable=100),
            upstream=upstream,
        )
        for name in names
    ]


async def test_fetches_of_a_batch_are_one_call(refresher: Refresher, upstream: Upstream) -> None:
    assert await refresher.refresh(fetches(upstream, "abc")) == []
    assert (upstream.calls, upstream.stored) == ([["a", "b", "c"]], ["a", "b", "c"])


async def test_a_fetch_that_is_running_is_joined_by_the_next_batch(refresher: Refresher, upstream: Upstream) -> None:
    await asyncio.gather(refresher.refresh(fetches(upstream, "ab")), refresher.refresh(fetches(upstream, "bc")))
    assert upstream.calls == [["a", "b"], ["c"]]


async def test_the_same_fetch_twice_is_one(refresher: Refresher, upstream: Upstream) -> None:
    upstream.broken = {"a"}
    failures = await refresher.refresh(fetches(upstream, "aa"))
    assert upstream.calls == [["a"]]
    assert [each.error for each in failures] == [DOWN, DOWN]


async def test_a_failure_leaves_the_others_of_its_batch(refresher: Refresher, upstream: Upstream) -> None:
    upstream.broken = {"a", "c"}
    with capture_logs() as log:
        failures = await refresher.refresh(fetches(upstream, "abc"))
    assert [(each.fetch.key.source, each.since) for each in failures] == [("a", None), ("c", None)]
    assert upstream.stored == ["b"]
    assert [entry["event"] for entry in log] == ["fetch_failed"]


async def test_a_usable_result_is_refreshed_in_the_background(
    refresher: Refresher, upstream: Upstream, clock: Clock
) -> None:
    await refresher.refresh(fetches(upstream, "a"))
    clock.pass_by(timedelta(seconds=10))
    assert await refresher.make_usable(fetches(upstream, "ab")) == []
    await refresher.drain()
    assert sorted(upstream.calls) == [["a"], ["a"], ["b"]]
