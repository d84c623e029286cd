from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.storage import Store, Visibility
from gateway.storage.entity_table import BATCH_ROWS
from providers.domain.criteria import AccountCriteria
from providers.domain.entities import AccountStatus, MeetingService
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, keep_accounts

ALL = PageRequest(limit=100)


async def keys(store: Store, criteria: AccountCriteria) -> list[str]:
    return [found.key for found in (await store.accounts.page(Visibility.unrestricted(), criteria, ALL)).nodes]


async def test_an_account_is_read_as_it_was_written(store: Store) -> None:
    kept = account(external_id="x", expires_at=NOON + timedelta(days=1, microseconds=1))
    await keep_accounts(store, kept)
    assert await store.accounts.get_many(Visibility.of("ada"), ["acc-1", "acc-2"]) == [kept, None]


async def test_accounts_are_listed_in_the_order_of_creation_after_updates(store: Store) -> None:
    await keep_accounts(store, account("z"), account("a"), account("m"))
    await keep_accounts(store, account("z", status=AccountStatus.DISCONNECTED))
    assert await keys(store, AccountCriteria()) == ["z", "a", "m"]


async def test_a_connected_account_expires_when_its_time_is_past(store: Store, clock: Clock) -> None:
    await keep_accounts(store, account(expires_at=NOON + timedelta(hours=1)))
    connected, expired = AccountStatus.CONNECTED, AccountStatus.EXPIRED
    assert await keys(store, AccountCriteria(statuses=(connected,))) == ["acc-1"]
    clock.pass_by(timedelta(hours=1))
    (found,) = await store.accounts.get_many(Visibility.unrestricted(), ["acc-1"])
    assert found is not None
    assert found.status is expired
    assert await keys(store, AccountCriteria(statuses=(connected,))) == []
    assert await keys(store, AccountCriteria(statuses=(expired,))) == ["acc-1"]
    assert await store.accounts.all_connected("local") == []


async def test_criteria_narrow_and_an_empty_one_matches_nothing(store: Store) -> None:
    zoom = account("zoom", provider="connect", service=MeetingService.ZOOM, user_id="bob")
    await keep_accounts(store, account(), zoom)
    assert await keys(store, AccountCriteria(providers=("connect",))) == ["zoom"]
    assert await keys(store, AccountCriteria(user_ids=("ada", "\x00", "\ud800"))) == ["acc-1"]
    assert await keys(store, AccountCriteria(services=(MeetingService.ZOOM,))) == ["zoom"]
    for nothing in (AccountCriteria(providers=()), AccountCriteria(services=()), AccountCriteria(statuses=())):
        assert await keys(store, nothing) == []


async def test_all_connected_are_those_of_every_user(store: Store) -> None:
    pending = account("pending", status=AccountStatus.PENDING)
    others = account("bob's", user_id="bob"), account("other", user_id="bob", provider="connect")
    await keep_accounts(store, account(), *others, pending)
    assert {found.key for found in await store.accounts.all_connected("local")} == {"acc-1", "bob's"}
    assert [found.key for found in await store.accounts.all_connected("connect")] == ["other"]


async def test_an_account_is_found_by_the_providers_id_for_its_user_alone(store: Store) -> None:
    await keep_accounts(store, account(external_id="x"))
    assert await store.accounts.find("local", "ada", "x") == account(external_id="x")
    assert await store.accounts.find("local", "bob", "x") is None


async def test_a_user_has_an_account_of_an_external_id_once(store: Store) -> None:
    await keep_accounts(store, account(external_id="x"), account("other", external_id="x", user_id="bob"))
    with pytest.raises(IntegrityError):
        await keep_accounts(store, account("twice", external_id="x"))


async def test_a_transaction_reads_what_it_wrote(store: Store) -> None:
    async with store.write() as transaction:
        await store.accounts.put(transaction, account(external_id="x"))
        assert await store.accounts.get_many(Visibility.unrestricted(), ["acc-1"]) == [None]
        assert await store.accounts.find("local", "ada", "x", transaction) is not None


async def test_accounts_of_all_users_are_found_by_the_providers_id(store: Store) -> None:
    adas = account(external_id="x")
    bens = account("acc-2", user_id="ben", external_id="x")
    await keep_accounts(store, adas, bens, account("acc-3", provider="other", external_id="x"), account("acc-4"))
    assert await store.accounts.with_external_id("local", "x") == [adas, bens]
    assert await store.accounts.with_external_id("local", "y") == []


async def test_all_returns_more_accounts_than_one_statement_reads(store: Store) -> None:
    keys = [f"acc-{number:04}" for number in range(BATCH_ROWS + 1)]
    await keep_accounts(store, *(account(key, external_id=key) for key in keys))

    found = await store.accounts.all(Visibility.unrestricted(), AccountCriteria())

    assert [each.key for each in found] == keys
