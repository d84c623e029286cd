import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.storage import FeedEntry, Store, Visibility
from providers.domain.changes import ChangeKind
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


async def test_entries_of_an_earlier_version_added_a_message_and_changed_anything_else(store: Store) -> None:
    """Such a version writes during an upgrade, without the columns."""
    async with store.write() as transaction:
        for kind in ("message", "meeting", "account"):
            insert = "INSERT INTO feed (at, kind, user_id, scope, external_id) VALUES (0, :kind, 'ada', 'acc-1', '')"
            await transaction.change(insert, {"kind": kind})
    found = await store.feed.after(Visibility.of("ada"), 0, 10)
    assert [(each.change, each.previous) for each in found] == [
        (ChangeKind.ADDED, None),
        (ChangeKind.CHANGED, None),
        (ChangeKind.CHANGED, None),
    ]


async def test_an_entry_has_what_happened_and_what_was_before(store: Store) -> None:
    removed = replace(ENTRY, kind="contact", change=ChangeKind.REMOVED, previous='{"first_name":"Grace"}')
    await append(store, removed)
    assert await store.feed.after(Visibility.unrestricted(), 0, 10) == [replace(removed, seq=1)]
