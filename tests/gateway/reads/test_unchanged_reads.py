"""Times of unchanged reads are written one transaction at a time, and none is left when the process ends."""

import asyncio
from datetime import datetime, timedelta

from gateway.reads.fetch import FetchKey
from gateway.reads.unchanged_reads import UnchangedReads
from gateway.storage import Store
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.read_versions import ReadVersion
from tests.testkit.clock import NOON

SECOND = timedelta(seconds=1)
OLD = ReadVersion(read_at=NOON, digest="a", revision="of before another write")


async def test_a_read_that_is_noted_during_a_write_is_written_after_it(store: Store) -> None:
    outdated: list[tuple[str, datetime]] = []
    reads = UnchangedReads(store, lambda key, at: outdated.append((key.source, at)))
    first, second = (FetchKey(provider="p", kind=FetchKind.CONTACTS, source=source) for source in ("one", "two"))
    async with store.write():
        reads.note(first, NOON, OLD)
        writing = [asyncio.create_task(reads.drain())]
        for _ in range(3):  # the write begins, and waits for this transaction
            await asyncio.sleep(0)
        reads.note(second, NOON + SECOND, OLD)
        writing.append(asyncio.create_task(reads.drain()))
        await asyncio.sleep(0)
        assert outdated == []

    await asyncio.gather(*writing)

    assert outdated == [("one", NOON), ("two", NOON + SECOND)]
    assert first not in reads
    assert second not in reads
