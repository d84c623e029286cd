from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from gateway.storage import Store
from gateway.storage.read_versions import StoredRead
from tests.testkit.clock import NOON
from tests.testkit.statements import statements

DAY = timedelta(days=1)


class Kind(Enum):
    MEETINGS = "meetings"
    CONTACTS = "contacts"


@dataclass(frozen=True)
class Part:
    source: str = "acc-1"
    start: datetime | None = None
    end: datetime | None = None
    kind: Kind = Kind.MEETINGS
    provider: str = "local"


async def record(store: Store, part: Part, read_at: datetime) -> None:
    async with store.write() as transaction:
        await store.read_versions.record(
            transaction, [StoredRead(span=part, read_at=read_at, digest=None, before=None)]
        )


async def test_a_window_within_a_fetched_window_counts_as_fetched(store: Store) -> None:
    await record(store, Part(start=NOON, end=NOON + 2 * DAY), NOON)
    whole, inside, beyond = (NOON, NOON + 2 * DAY), (NOON + DAY, NOON + 2 * DAY), (NOON + DAY, NOON + 3 * DAY)
    parts = [Part(start=start, end=end) for start, end in (whole, inside, beyond)]
    assert await store.read_log.read_at(parts) == {parts[0]: NOON, parts[1]: NOON}


async def test_the_newest_reading_counts(store: Store) -> None:
    day, week = Part(start=NOON, end=NOON + DAY), Part(start=NOON, end=NOON + 7 * DAY)
    await record(store, week, NOON)
    await record(store, day, NOON + timedelta(seconds=1))
    assert await store.read_log.read_at([day, week]) == {day: NOON + timedelta(seconds=1), week: NOON}
    await record(store, week, NOON + timedelta(seconds=2))
    assert await store.read_log.read_at([day]) == {day: NOON + timedelta(seconds=2)}


async def test_providers_kinds_and_sources_are_distinguished(store: Store) -> None:
    await record(store, Part(), NOON)
    others = [Part(provider="other"), Part(kind=Kind.CONTACTS), Part(source="acc-2")]
    with statements(store) as sent:
        assert await store.read_log.read_at([Part(), *others]) == {Part(): NOON}
    assert len(sent) == 1


async def test_old_log_entries_are_deleted(store: Store) -> None:
    await record(store, Part(), NOON)
    await record(store, Part("acc-2"), NOON + DAY)
    async with store.write() as transaction:
        await store.read_log.forget(transaction, NOON + DAY)
    assert await store.read_log.read_at([Part(), Part("acc-2")]) == {Part("acc-2"): NOON + DAY}
