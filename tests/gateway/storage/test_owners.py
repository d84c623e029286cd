"""Rows under an account have its user after writes of every kind: the user's lists are read by it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import pytest

from gateway.storage import MessageCoverage, MessagePosition, Store, Transaction, Visibility
from gateway.storage.housekeeping import Housekeeping
from gateway.storage.schema import Table
from gateway.storage.tables import TABLES
from providers.domain.criteria import MessageCriteria
from providers.domain.entities import AccountStatus
from providers.domain.pages import PageRequest
from tests.gateway.storage.test_migrate import insert_texting
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, contact, conversation, keep_accounts, message, phone_number

ACCOUNTS = {f"acc-{number}": user for number, user in enumerate(("ada", "bob", "ada", "cy"))}
OWNED = [table for table in TABLES if "user_id" in table.c and "account_key" in table.c]

Write = Callable[[Store, Transaction, Random, str], Awaitable[object]]


def test_the_tables_under_accounts_are_known() -> None:
    names = {"contacts", "conversations", "feed", "journal", "meetings", "message_coverage", "messages"}
    assert {table.name for table in OWNED} == {*names, "phone_numbers", "read_marks"}


async def connect_again(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    status = random.choice(list(AccountStatus))
    await store.accounts.put(transaction, account(key, user_id=ACCOUNTS[key], external_id=key, status=status))


async def put_contacts(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    await store.contacts.put(transaction, [contact(f"c-{random.randrange(5)}", account_key=key)])


async def replace_contacts(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    seen = [contact(f"c-{number}", account_key=key) for number in range(random.randrange(5))]
    await store.contacts.replace_all(transaction, key, seen)


async def replace_numbers(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    seen = [phone_number(f"p-{number}", account_key=key) for number in range(random.randrange(3))]
    await store.phone_numbers.replace_all(transaction, key, seen)


async def put_conversations(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    seen = [conversation(f"v-{random.randrange(5)}", account_key=each) for each in {key, random.choice([*ACCOUNTS])}]
    await store.conversations.put(transaction, seen, has_history=random.random() < 0.5)


async def put_messages(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    seen = [
        message(f"t-{random.randrange(20)}", account_key=each, text=str(random.randrange(3)))
        for each in (key, random.choice([*ACCOUNTS]))
    ]
    await store.messages.put_all(transaction, [([each], None) for each in seen])
    await store.messages.mark_listed(transaction, [each.key for each in seen])


async def put_coverages(store: Store, transaction: Transaction, random: Random, key: str) -> None:
    tail = MessagePosition(NOON + timedelta(seconds=random.randrange(9)), "t-1")
    covered = [(each, f"v-{random.randrange(5)}") for each in {key, random.choice([*ACCOUNTS])}]
    coverages = [MessageCoverage(conversation=each, tail=tail, complete=random.random() < 0.5) for each in covered]
    await store.message_coverages.put(transaction, coverages)


WRITES: list[Write] = [
    connect_again,
    put_contacts,
    replace_contacts,
    replace_numbers,
    put_conversations,
    put_messages,
    put_coverages,
]


@pytest.mark.parametrize("seed", range(3))
async def test_rows_have_the_user_of_their_account_after_any_writes(store: Store, seed: int) -> None:
    random = Random(seed)
    await keep_accounts(store, *(account(key, user_id=user, external_id=key) for key, user in ACCOUNTS.items()))
    for _ in range(60):
        async with store.write() as transaction:
            for write in random.sample(WRITES, 2):
                await write(store, transaction, random, random.choice([*ACCOUNTS]))

    for table in OWNED:
        strange = f"accounts.key IS NULL OR accounts.user_id <> {table.name}.user_id"
        assert await count(store, table, strange) == 0, table.name
    written = {table.name for table in OWNED if await count(store, table, "true")}
    assert written == {"contacts", "conversations", "message_coverage", "messages", "phone_numbers"}


async def test_rows_that_an_earlier_version_writes_get_their_user(store: Store, clock: Clock) -> None:
    await keep_accounts(store, account("acc-1"), account("acc-2", user_id="bob"))
    async with store.write() as transaction:
        for key in ("acc-1", "acc-2"):
            await insert_texting(transaction, key, 1 if key == "acc-1" else 2)
    await Housekeeping(store, clock).run_once()

    for user, key in (("ada", "acc-1"), ("bob", "acc-2")):
        page = await store.messages.page(Visibility.of(user), MessageCriteria(), PageRequest(limit=10))
        assert [each.account_key for each in page.nodes] == [key]
    for table in OWNED:
        assert await count(store, table, f"{table.name}.user_id = ''") == 0


async def count(store: Store, table: Table, within: str) -> int:
    """Return the number of rows under accounts within a predicate."""
    ((number,),) = await store.database.select(
        f"""
        SELECT count(*) FROM {table.name} LEFT JOIN accounts ON accounts.key = {table.name}.account_key
        WHERE {table.name}.account_key IS NOT NULL AND ({within})
        """
    )
    return int(number)
