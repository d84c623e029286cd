import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gateway.storage import JournalEntry, JournalState, Store, Transaction
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import everything_written

MINUTE = timedelta(minutes=1)
ENTRY = JournalEntry(
    id="j-1",
    user_id="ada",
    mutation="sendMessage",
    attempt="0123456789abcdef" * 2,
    request=b'{"text":"request-secret"}',
    holder="one",
    lease_until=NOON + MINUTE,
    started_at=NOON,
    updated_at=NOON,
    idempotency_key="key",
    provider="local",
    account_key="acc-1",
)

UNKNOWN = replace(ENTRY, state=JournalState.UNKNOWN, lease_until=NOON + 5 * MINUTE, provable_at=NOON + 9 * MINUTE)


async def begin(store: Store, entry: JournalEntry = ENTRY) -> JournalEntry | None:
    async with store.write() as transaction:
        return await store.journal.begin(transaction, entry)


async def settle(store: Store, state: JournalState, outcome: dict[str, str] | None = None) -> bool:
    async with store.write() as transaction:
        return await store.journal.settle(transaction, "j-1", state, outcome)


async def mark_unknown(store: Store, transaction: Transaction, holder: str) -> bool:
    return await store.journal.mark_unknown(
        transaction, "j-1", holder, provable_at=NOON + 9 * MINUTE, look_at=NOON + 5 * MINUTE
    )


async def find(store: Store) -> JournalEntry | None:
    return await store.journal.find("ada", "sendMessage", "key")


async def test_an_entry_is_read_as_it_was_begun(store: Store) -> None:
    assert await begin(store) is None
    assert await find(store) == ENTRY


async def test_a_key_is_begun_once_however_many_try(store: Store) -> None:
    begun = await asyncio.gather(*(begin(store, replace(ENTRY, id=f"j-{number}")) for number in range(8)))
    assert begun.count(None) == 1
    assert {entry.id for entry in begun if entry} == {f"j-{begun.index(None)}"}


async def test_a_key_belongs_to_its_user_and_mutation(store: Store) -> None:
    others = [replace(ENTRY, id="j-2", user_id="bob"), replace(ENTRY, id="j-3", mutation="createContact")]
    without = [replace(ENTRY, id=f"j-{number}", idempotency_key=None) for number in (4, 5)]
    for entry in (ENTRY, *others, *without):
        assert await begin(store, entry) is None


async def test_an_outcome_is_final(store: Store, clock: Clock) -> None:
    await begin(store)
    clock.pass_by(MINUTE)
    assert await settle(store, JournalState.DONE, {"id": "x"})
    assert not await settle(store, JournalState.FAILED)
    assert await find(store) == replace(ENTRY, state=JournalState.DONE, outcome={"id": "x"}, updated_at=NOON + MINUTE)


async def test_a_failure_frees_the_key(store: Store) -> None:
    await begin(store)
    await settle(store, JournalState.FAILED)
    assert await find(store) is None
    assert await begin(store, replace(ENTRY, id="j-2")) is None


async def test_an_unknown_outcome_reserves_the_key_and_can_be_settled(store: Store) -> None:
    await begin(store)
    await settle(store, JournalState.UNKNOWN)
    assert await begin(store, replace(ENTRY, id="j-2")) == replace(ENTRY, state=JournalState.UNKNOWN)
    assert await settle(store, JournalState.DONE, {})


async def test_an_entry_with_an_unknown_outcome_has_its_own_lease(store: Store, clock: Clock) -> None:
    await begin(store)
    clock.pass_by(MINUTE)
    async with store.write() as transaction:
        assert await mark_unknown(store, transaction, "one")
    assert await find(store) == UNKNOWN


async def test_an_entry_is_settled_only_by_the_holder_of_its_lease(store: Store) -> None:
    await begin(store)
    async with store.write() as transaction:
        assert not await mark_unknown(store, transaction, "two")
        assert not await store.journal.settle(transaction, "j-1", JournalState.FAILED, None, "two")
    assert await find(store) == ENTRY


async def test_outcomes_are_those_of_the_kind_since_a_time(store: Store, clock: Clock) -> None:
    others = [replace(ENTRY, id="j-2", mutation="createContact"), replace(ENTRY, id="j-3", provider="other")]
    later = replace(ENTRY, id="j-4", idempotency_key="other")
    for entry in (ENTRY, *(replace(each, idempotency_key=None) for each in others), later):
        await begin(store, entry)
        async with store.write() as transaction:
            await store.journal.settle(transaction, entry.id, JournalState.DONE, {"id": entry.id})
        clock.pass_by(MINUTE)
    found = await store.journal.outcomes("local", "sendMessage", NOON)
    assert [entry.outcome for entry in found] == [{"id": "j-1"}, {"id": "j-4"}]
    assert [entry.id for entry in await store.journal.outcomes("local", "sendMessage", NOON + MINUTE)] == ["j-4"]


async def test_a_process_takes_over_an_abandoned_entry(store: Store) -> None:
    await begin(store)
    async with store.write() as transaction:
        assert await store.journal.take_over(transaction, ENTRY, "two", ENTRY.lease_until)
        assert not await store.journal.take_over(transaction, ENTRY, "three", NOON + 2 * MINUTE)
        assert not await store.journal.extend_lease(transaction, "j-1", "one", NOON + 3 * MINUTE)
        assert await store.journal.extend_lease(transaction, "j-1", "two", NOON + 3 * MINUTE)
    assert await find(store) == replace(ENTRY, holder="two", lease_until=NOON + 3 * MINUTE)


async def test_unsettled_entries_are_those_with_an_expired_lease(store: Store) -> None:
    settled = replace(ENTRY, id="j-0", idempotency_key=None, state=JournalState.DONE)
    alive = replace(ENTRY, id="j-2", idempotency_key=None, lease_until=NOON + 5 * MINUTE)
    for entry in (settled, ENTRY, alive):
        await begin(store, entry)
    assert await store.journal.unsettled(NOON + 2 * MINUTE) == [ENTRY]


async def test_old_entries_without_a_lease_are_deleted(store: Store) -> None:
    held = replace(ENTRY, id="j-2", idempotency_key="held", lease_until=NOON + 5 * MINUTE)
    recent = replace(ENTRY, id="j-3", idempotency_key="recent", updated_at=NOON + 5 * MINUTE)
    for entry in (ENTRY, held, recent):
        await begin(store, entry)
    async with store.write() as transaction:
        await store.journal.forget(transaction, NOON + 2 * MINUTE)
    found = [await store.journal.find("ada", "sendMessage", key) for key in ("key", "held", "recent")]
    assert found == [None, held, recent]


async def test_the_file_holds_neither_request_nor_outcome_in_clear(sqlite_store: Store, tmp_path: Path) -> None:
    await begin(sqlite_store)
    await settle(sqlite_store, JournalState.DONE, {"id": "outcome-secret"})
    written = everything_written(tmp_path)
    assert b"sendMessage" in written
    assert b"request-secret" not in written
    assert b"outcome-secret" not in written
