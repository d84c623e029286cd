"""Which lists count as due: those that were never read, not since a time, or not in the wanted span."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import pytest

from gateway.storage import Store, Visibility
from gateway.storage.accounts import AccountList
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.read_versions import StoredRead
from providers.domain.entities import AccountStatus
from tests.testkit.clock import NOON
from tests.testkit.sample import account, conversation, keep_accounts

ADA = Visibility.of("ada")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
WEEK = (NOON, NOON + 7 * DAY)


@dataclass(frozen=True)
class Read:
    kind: Enum
    source: str = "acc-1"
    start: datetime | None = None
    end: datetime | None = None
    provider: str = "local"


async def record(store: Store, read: Read, at: datetime = NOON) -> None:
    async with store.write() as transaction:
        await store.read_versions.record(transaction, [StoredRead(span=read, read_at=at, digest=None, before=None)])


async def read_week(store: Store, at: datetime = NOON) -> None:
    await record(store, Read(FetchKind.MEETINGS, start=WEEK[0], end=WEEK[1]), at)


async def due_meetings(store: Store, span: tuple[datetime, datetime], until: datetime = NOON - SECOND) -> list[str]:
    return [each.key for each in await store.accounts.due_meetings(ADA, ["local"], None, span, until)]


async def due_conversations(store: Store, until: datetime) -> list[str]:
    return [each.external_id for _, each in await store.conversations.due(ADA, None, until)]


@pytest.mark.parametrize("list_", ["phone_numbers", "contacts", "conversations"])
async def test_a_list_of_an_account_is_due_until_it_is_read_and_when_that_is_too_long_ago(
    store: Store, list_: AccountList
) -> None:
    await keep_accounts(store)
    due = [await store.accounts.due(ADA, list_, ["local"], NOON - SECOND)]
    await record(store, Read(FetchKind(list_)))
    due += [await store.accounts.due(ADA, list_, ["local"], until) for until in (NOON - SECOND, NOON)]
    assert [[each.key for each in found] for found in due] == [["acc-1"], [], ["acc-1"]]


async def test_meetings_are_due_until_they_are_read_and_when_that_is_too_long_ago(store: Store) -> None:
    await keep_accounts(store)
    assert await due_meetings(store, WEEK) == ["acc-1"]
    await read_week(store)
    assert await due_meetings(store, WEEK) == []
    assert await due_meetings(store, WEEK, until=NOON) == ["acc-1"]


async def test_meetings_are_due_unless_the_span_that_was_read_last_covers_the_wanted_one(store: Store) -> None:
    await keep_accounts(store)
    await read_week(store)
    assert await due_meetings(store, (NOON + DAY, NOON + 2 * DAY)) == []
    assert await due_meetings(store, (NOON - DAY, NOON + DAY)) == ["acc-1"]
    assert await due_meetings(store, (NOON + DAY, NOON + 8 * DAY)) == ["acc-1"]


async def test_an_older_read_that_is_recorded_later_changes_nothing(store: Store) -> None:
    await keep_accounts(store)
    await read_week(store)
    await record(store, Read(FetchKind.MEETINGS, start=NOON, end=NOON + DAY), NOON - DAY)
    assert await due_meetings(store, WEEK) == []


async def test_meetings_of_others_and_of_accounts_that_cannot_be_called_are_not_due(store: Store) -> None:
    await keep_accounts(
        store,
        account("acc-1", status=AccountStatus.DISCONNECTED),
        account("acc-2", status=AccountStatus.EXPIRED),
        account("acc-3", user_id="bob"),
        account("acc-4", provider="paper"),
    )
    assert await due_meetings(store, WEEK) == ["acc-2"]


async def test_an_account_that_is_stored_again_stays_read(store: Store) -> None:
    await keep_accounts(store)
    await read_week(store)
    await keep_accounts(store, account(expires_at=NOON + DAY))
    assert await due_meetings(store, WEEK) == []


async def test_conversations_are_due_only_while_their_account_is_connected(store: Store) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        await store.conversations.put(transaction, [conversation("v-1"), conversation("v-2")])
    await record(store, Read(FetchKind.MESSAGES, "acc-1/v-1"))
    assert await due_conversations(store, NOON - SECOND) == ["v-2"]

    await keep_accounts(store, account(status=AccountStatus.DISCONNECTED))
    assert await entries_until(store, NOON) == 0
    await keep_accounts(store)
    assert sorted(await due_conversations(store, NOON - SECOND)) == ["v-1", "v-2"]


async def entries_until(store: Store, until: datetime) -> int:
    """How many entries of the index a search for what is due passes over."""
    microseconds = (until - datetime.fromtimestamp(0, until.tzinfo)) // timedelta(microseconds=1)
    counted = "SELECT count(*) FROM conversations WHERE messages_read_at <= :until"
    ((number,),) = await store.database.select(counted, {"until": microseconds})
    return int(number)
