"""Results of reads are cached while nothing is committed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from gateway.storage import Store, Visibility
from gateway.storage.prepared import Statement
from gateway.storage.read_cache import ReadCache, Sized
from gateway.storage.readers import Readers
from gateway.storage.store_version import PostgresqlVersion, StoreVersion
from providers.domain.criteria import ContactCriteria
from providers.domain.entities import AccountStatus, Contact
from providers.domain.pages import PageRequest
from tests.gateway.storage.conftest import opened
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, contact, keep_accounts
from tests.testkit.statements import send, statements

MAX_BYTES = 400_000
EVERYONE = Visibility.unrestricted()
FIRST = PageRequest(limit=10)


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    async with opened(database_url, clock, cache_bytes=MAX_BYTES) as fresh:
        yield fresh


@pytest.fixture
async def cached_file(sqlite_url: str, clock: Clock) -> AsyncIterator[Store]:
    """A store on SQLite: what others write to a server ends results, too."""
    async with opened(sqlite_url, clock, cache_bytes=MAX_BYTES) as fresh:
        yield fresh


@pytest.fixture
async def other_store(store: Store, database_url: str, clock: Clock) -> AsyncIterator[Store]:
    """The same store, as another process sees it."""
    async with opened(database_url, clock, cache_bytes=MAX_BYTES) as other:
        yield other


async def names(store: Store, visibility: Visibility = EVERYONE) -> list[str | None]:
    page = await store.contacts.page(visibility, ContactCriteria(), FIRST)
    return [each.first_name for each in page.nodes]


async def put(store: Store, *seen: Contact) -> None:
    async with store.write() as transaction:
        await store.contacts.put(transaction, seen)


async def sent_by(store: Store, read: Callable[[Store], Awaitable[object]]) -> int:
    """The statements of two equal reads, between which nothing was written to the server, by other tests either."""
    while True:
        before = await _snapshot(store)
        store.database.cache.clear()
        with statements(store) as sent:
            await read(store)
            await read(store)
        if await _snapshot(store) == before:
            return len(sent)


async def _snapshot(store: Store) -> str | None:
    return (
        await PostgresqlVersion(store.database.readers).current() if store.database.dialect.name != "sqlite" else None
    )


async def _page(store: Store) -> object:
    return await store.contacts.page(EVERYONE, ContactCriteria(), FIRST)


async def _next_page(store: Store) -> object:
    return await store.contacts.page(EVERYONE, ContactCriteria(), FIRST._replace(after=(1,)))


async def _pages_of_parents(store: Store) -> object:
    return await store.messages.covered_pages(EVERYONE, [("acc-1", "v-1"), ("acc-1", "v-2")], FIRST)


async def _by_key(store: Store) -> object:
    return await store.contacts.get_many(EVERYONE, [("acc-1", "c-1")])


async def _due(store: Store) -> object:
    return await store.accounts.due(EVERYONE, "contacts", ["local"], NOON)


async def _count(store: Store) -> object:
    page = await store.contacts.page(EVERYONE, ContactCriteria(), FIRST)
    assert page.count is not None
    return await page.count()


@pytest.mark.parametrize("read", [_page, _pages_of_parents, _by_key, _due])
async def test_an_equal_read_sends_no_statement(store: Store, read: Callable[[Store], Awaitable[object]]) -> None:
    await keep_accounts(store)
    await put(store, contact())

    assert await sent_by(store, read) == 1


@pytest.mark.parametrize("read", [_next_page, _count])
async def test_an_equal_read_of_two_statements_sends_none(
    store: Store, read: Callable[[Store], Awaitable[object]]
) -> None:
    await keep_accounts(store)
    await put(store, contact())

    assert await sent_by(store, read) == 2


async def test_concurrent_readers_share_a_look_up_that_begins_after_their_calls(postgresql_store: Store) -> None:
    readers, sent, is_sent = postgresql_store.database.readers, [], asyncio.Event()

    def note(_readers: object, statement: Statement, _values: object) -> None:
        sent.append(statement)
        is_sent.set()

    version = PostgresqlVersion(readers)
    Readers.observers.append(note)
    try:
        first = asyncio.create_task(version.current())
        await is_sent.wait()
        later = await asyncio.gather(*(version.current() for _ in range(5)))
    finally:
        Readers.observers.remove(note)

    assert [await first, *later] == [await version.current()] * 6
    assert len(sent) == 2


async def test_a_commit_ends_what_is_cached(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact(first_name="Ada"))
    assert await names(store) == ["Ada"]

    await put(store, contact(first_name="Grace"))

    assert await names(store) == ["Grace"]


async def test_a_commit_of_another_process_ends_what_is_cached(store: Store, other_store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact(first_name="Ada"))
    for name in ("Grace", "Edsger", "Barbara"):
        before = await names(store), await names(other_store)
        await put(other_store, contact(first_name=name))

        assert before[0] == before[1] != [name]
        assert await names(store) == await names(other_store) == [name]


async def test_a_transaction_that_is_rolled_back_ends_nothing_that_others_see(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact(first_name="Ada"))

    async def fail() -> None:
        async with store.write() as transaction:
            await store.contacts.put(transaction, [contact(first_name="Grace")])
            assert await names(store) == ["Ada"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await names(store) == ["Ada"]


async def test_viewers_share_no_result(store: Store) -> None:
    await keep_accounts(store, account(user_id="ada"), account("acc-2", user_id="ben"))
    await put(store, contact(first_name="Ada's"), contact(account_key="acc-2", first_name="Ben's"))

    for _ in range(2):
        assert await names(store, Visibility.of("ada")) == ["Ada's"]
        assert await names(store, Visibility.of("ben")) == ["Ben's"]
        assert await names(store, Visibility.of("eve")) == []


async def test_what_is_cached_ends_when_an_account_expires(store: Store, clock: Clock) -> None:
    await keep_accounts(store, account(expires_at=NOON + timedelta(minutes=1)))

    async def status() -> AccountStatus | None:
        (found,) = await store.accounts.get_many(EVERYONE, ["acc-1"])
        return None if found is None else found.status

    seen = []
    for seconds in (0, 59, 1):
        clock.pass_by(timedelta(seconds=seconds))
        seen.append(await status())

    assert seen == [AccountStatus.CONNECTED, AccountStatus.CONNECTED, AccountStatus.EXPIRED]


async def test_what_is_not_committed_is_not_read(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact(first_name="Ada"))
    async with store.write() as transaction:
        await send(transaction, "UPDATE contacts SET first_name = 'Grace'")
        assert await names(store) == await names(store) == ["Ada"]

    assert await names(store) == ["Grace"]


async def test_without_room_every_read_sends_its_statement(database_url: str) -> None:
    async with opened(database_url) as store:
        await keep_accounts(store)

        assert await sent_by(store, _page) == 2


async def _filtered(store: Store, text: str) -> None:
    await store.contacts.page(EVERYONE, ContactCriteria(text=text), FIRST)


async def _looked_up(store: Store, text: str) -> None:
    await store.contacts.get_many(EVERYONE, [("acc-1", text)])


@pytest.mark.parametrize("read", [_filtered, _looked_up])
async def test_long_texts_of_requests_take_the_place_of_other_results(
    cached_file: Store, read: Callable[[Store, str], Awaitable[None]]
) -> None:
    await keep_accounts(cached_file)
    await put(cached_file, contact())
    await _page(cached_file)
    for number in range(21):
        await read(cached_file, f"{number}".zfill(MAX_BYTES // 20))

    with statements(cached_file) as sent:
        await _page(cached_file)
    assert len(sent) == 1


async def test_long_rows_are_not_cached(cached_file: Store) -> None:
    await keep_accounts(cached_file)
    await put(cached_file, *(contact(f"c-{number}", first_name="n" * 500_000) for number in range(5)))
    await _page(cached_file)

    with statements(cached_file) as sent:
        await _page(cached_file)
    assert len(sent) == 1


class Version(StoreVersion):
    """A version that the test sets."""

    def __init__(self) -> None:
        self.number: int | None = 1

    async def current(self) -> int | None:
        return self.number

    def close(self) -> None:
        self.number = None


def cache_of(version: StoreVersion) -> ReadCache:
    return ReadCache(version, Clock(), MAX_BYTES)


def read_of(result: str, size: int = 1) -> Callable[[], Awaitable[Sized[str]]]:
    async def read() -> Sized[str]:
        return Sized(result, lambda: size)

    return read


async def test_a_result_that_a_commit_has_overtaken_is_not_cached() -> None:
    version = Version()
    cache = cache_of(version)

    async def read() -> Sized[str]:
        version.number = 2
        assert await cache.get("another", read_of("new")) == "new"
        return Sized("old", lambda: 1)

    assert await cache.get("another", read_of("old")) == "old"
    assert await cache.get("key", read) == "old"
    assert await cache.get("key", read_of("new")) == "new"


async def test_nothing_is_cached_while_the_version_is_unknown() -> None:
    version = Version()
    cache = cache_of(version)
    assert await cache.get("key", read_of("first")) == "first"

    version.number = None
    assert [await cache.get("key", read_of(each)) for each in ("second", "third")] == ["second", "third"]


async def test_the_oldest_results_make_room_for_new_ones() -> None:
    cache = cache_of(Version())
    for number in range(11):
        await cache.get(number, read_of("old", MAX_BYTES // 10 - 2_000))

    assert await cache.get(10, read_of("new")) == "old"
    assert await cache.get(0, read_of("new")) == "new"


async def test_results_without_rows_make_room_too() -> None:
    cache = cache_of(Version())
    for number in range(MAX_BYTES // 2_000 + 1):
        await cache.get(number, read_of("old", 0))

    assert await cache.get(0, read_of("new")) == "new"


async def test_a_very_large_result_is_not_cached() -> None:
    cache = cache_of(Version())
    await cache.get("key", read_of("old", MAX_BYTES))

    assert await cache.get("key", read_of("new")) == "new"


async def test_the_earliest_end_counts() -> None:
    clock = Clock()
    cache = ReadCache(Version(), clock, MAX_BYTES)

    async def read() -> Sized[datetime]:
        cache.end_at(NOON + timedelta(seconds=2))
        cache.end_at(NOON + timedelta(seconds=1))
        return Sized(clock(), lambda: 1)

    first = await cache.get("key", read)
    clock.pass_by(timedelta(seconds=1))

    assert await cache.get("key", read) == first + timedelta(seconds=1)
