"""The feed as followers see it, however slow they are."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from gateway.events.hub import Hub
from gateway.storage import Cipher, FeedEntry, Store, Visibility
from gateway.storage.feed import Feed
from tests.testkit.clock import NOON, Clock

EVERY_USER = Visibility.unrestricted()


@dataclass(frozen=True, slots=True)
class SlowFeed(Feed):
    """Is slow to answer what it has read for a user."""

    has_read: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def after(self, visibility: Visibility, seq: int, limit: int) -> list[FeedEntry]:
        found = await Feed.after(self, visibility, seq, limit)
        if visibility != Visibility.unrestricted():
            self.has_read.set()
            await self.may_answer.wait()
        return found


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, Cipher([bytes(32)]), clock)
    yield opened
    await opened.aclose()


@pytest.fixture
async def hub(store: Store) -> AsyncIterator[Hub]:
    """One that looks for itself only once a minute."""
    opened = Hub(store, poll_seconds=60)
    await opened.start()
    yield opened
    await opened.stop()


async def publish(store: Store, hub: Hub, *scopes: str, user_id: str = "ada") -> None:
    entries = [FeedEntry(at=NOON, kind="account", user_id=user_id, scope=scope) for scope in scopes]
    async with store.write() as transaction:
        await store.feed.append(transaction, entries)
    hub.wake()


async def heard(
    hub: Hub, count: int, place: int = 0, visibility: Visibility = EVERY_USER, without: str = ""
) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(20):
        async for entry in hub.follow(visibility, place, lambda entry: entry.scope != without):
            found.append(entry.scope)
            if len(found) == count:
                break
    return found


async def test_a_follower_gets_past_and_new_entries(store: Store, hub: Hub) -> None:
    await publish(store, hub, "one", "two")
    following = asyncio.create_task(heard(hub, 4))
    await publish(store, hub, "three")
    await publish(store, hub, "four")

    assert await following == ["one", "two", "three", "four"]


async def test_a_follower_begins_after_its_place(store: Store, hub: Hub) -> None:
    await publish(store, hub, "one", "two", "three")

    assert await heard(hub, 1, place=await hub.last() - 1) == ["three"]


async def test_a_follower_gets_only_the_wanted_entries(store: Store, hub: Hub) -> None:
    await publish(store, hub, "one", "two", "three")

    assert await heard(hub, 2, without="two") == ["one", "three"]


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_follower_gets_only_the_visible_entries(store: Store, hub: Hub, is_new: bool) -> None:
    await publish(store, hub, "hers")
    await publish(store, hub, "his", user_id="bob")
    await publish(store, hub, "hers again")
    if is_new:
        hub = Hub(store)
        await hub.start()

    assert await heard(hub, 2, visibility=Visibility.of("ada")) == ["hers", "hers again"]
    await hub.stop()


async def test_a_follower_that_falls_behind_misses_nothing(store: Store, hub: Hub) -> None:
    """More entries than the hub caches."""
    following = hub.follow(Visibility.unrestricted(), 0, lambda _: True)
    await publish(store, hub, "first")
    assert (await anext(following)).scope == "first"
    numbers = [str(number) for number in range(3_000)]
    await publish(store, hub, *numbers)
    assert await heard(hub, 1, place=3_000) == ["2999"]

    assert [(await anext(following)).scope for _ in numbers] == numbers


async def test_a_follower_that_reads_from_the_store_misses_no_new_entry(store: Store) -> None:
    """Entries from before the hub started are read from the store, which has none that Ada may see."""
    slow = SlowFeed(store.database)
    store.feed = slow
    hub = Hub(store, poll_seconds=60)
    await publish(store, hub, "his", user_id="bob")
    await hub.start()
    following = asyncio.create_task(heard(hub, 1, visibility=Visibility.of("ada")))
    await slow.has_read.wait()
    await publish(store, hub, "hers")
    assert await heard(hub, 1, place=await hub.last() - 1) == ["hers"]

    slow.may_answer.set()

    assert await following == ["hers"]
    await hub.stop()


@dataclass(frozen=True, slots=True)
class CountingFeed(Feed):
    """Counts the reads for followers: the hub reads without restriction."""

    reads: list[int] = field(default_factory=list)

    async def after(self, visibility: Visibility, seq: int, limit: int) -> list[FeedEntry]:
        if visibility != Visibility.unrestricted():
            self.reads.append(seq)
        return await Feed.after(self, visibility, seq, limit)


async def test_a_follower_that_waits_is_woken_only_for_what_it_wants(store: Store) -> None:
    """The entries that it doesn't want are more than the hub caches."""
    feed = CountingFeed(store.database)
    store.feed = feed
    hub = Hub(store, poll_seconds=60)
    await hub.start()
    looked_at: list[str] = []
    following = hub.follow(Visibility.of("ada"), await hub.last(), lambda entry: entry.scope != "unwanted")
    next_entry = asyncio.ensure_future(anext(following))
    for _ in range(3):
        await publish(store, hub, *["unwanted"] * 1_000)
        looked_at += await heard(hub, 1_000, place=await hub.last() - 1_000)
    await publish(store, hub, "hers", "unwanted")

    assert (await next_entry).scope == "hers"
    assert feed.reads == []
    assert looked_at == ["unwanted"] * 3_000
    await hub.stop()


async def test_entries_of_another_process_are_found(store: Store) -> None:
    hub = Hub(store, poll_seconds=0.01)
    await hub.start()
    following = asyncio.create_task(heard(hub, 1))
    async with store.write() as transaction:
        await store.feed.append(transaction, [FeedEntry(at=NOON, kind="account", user_id="ada", scope="x")])

    assert await following == ["x"]
    await hub.stop()


async def test_a_hub_that_is_woken_while_it_is_closed_ends(store: Store) -> None:
    hub = Hub(store, poll_seconds=60)
    await hub.start()
    await publish(store, hub, "x")
    assert await heard(hub, 1) == ["x"]
    for _ in range(5):
        await hub.last()

    hub.wake()

    closed, _ = await asyncio.wait([asyncio.create_task(hub.stop())], timeout=5)
    assert closed


@dataclass(frozen=True, slots=True)
class BrokenFeed(Feed):
    """Fails once, unexpectedly."""

    failures: list[Exception] = field(default_factory=list)

    async def after(self, visibility: Visibility, seq: int, limit: int) -> list[FeedEntry]:
        if self.failures:
            raise self.failures.pop()
        return await Feed.after(self, visibility, seq, limit)


async def test_an_unexpected_failure_does_not_stop_the_hub(store: Store) -> None:
    feed = BrokenFeed(store.database)
    store.feed = feed
    hub = Hub(store, poll_seconds=0.01)
    await hub.start()
    feed.failures.append(RuntimeError("unexpected"))
    with capture_logs() as log:
        await publish(store, hub, "one")
        assert await heard(hub, 1) == ["one"]
    await hub.stop()
    assert [entry["event"] for entry in log] == ["feed_read_failed"]
