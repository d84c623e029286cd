import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.storage import FeedEntry, Store, Visibility
from tests.testkit.clock import NOON

ENTRY = FeedEntry(
    at=NOON, kind="message", user_id="ada", scope="acc-1", external_id="t-1", account_key="acc-1", conversation="v-1"
)
DAY = timedelta(days=1)


async def append(store: Store, *entries: FeedEntry) -> None:
    async with store.write() as transaction:
        await store.feed.append(transaction, entries)


async def test_entries_are_numbered_and_read_in_order(store: Store) -> None:
    assert (await store.feed.first(), await store.feed.last()) == (None, 0)
    meeting = replace(ENTRY, kind="meeting", account_key=None, conversation=None)
    await append(store, ENTRY, meeting)
    await append(store, ENTRY)
    assert await store.feed.after(Visibility.unrestricted(), 1, 100) == [replace(meeting, seq=2), replace(ENTRY, seq=3)]
    assert await store.feed.after(Visibility.unrestricted(), 0, 1) == [replace(ENTRY, seq=1)]
    assert (await store.feed.first(), await store.feed.last()) == (1, 3)


async def test_numbers_go_on_after_everything_was_forgotten(store: Store) -> None:
    await append(store, ENTRY, ENTRY)
    async with store.write() as transaction:
        await store.feed.forget(transaction, NOON + DAY)
    assert await store.feed.last() == 2
    await append(store, replace(ENTRY, at=NOON + DAY))
    async with store.write() as transaction:
        await store.feed.forget(transaction, NOON + DAY)
    assert (await store.feed.first(), await store.feed.last()) == (3, 3)


async def test_numbers_become_visible_in_their_order(store: Store, other_store: Store) -> None:
    """Two processes write, as far as the database can see, while a third one reads."""
    writers = [store, other_store]
    seen: list[int] = []

    async def write(writer: Store, number: int) -> None:
        async with writer.write() as transaction:
            await writer.feed.append(transaction, [ENTRY])
            await asyncio.sleep(0.003 * (number % 3))

    async def read() -> None:
        while len(seen) < 40:
            seen.extend(
                entry.seq for entry in await store.feed.after(Visibility.unrestricted(), seen[-1] if seen else 0, 100)
            )

    async with asyncio.timeout(20):
        await asyncio.gather(read(), *(write(writers[number % 2], number) for number in range(40)))
    assert seen == list(range(1, 41))
