"""Plans of the databases for lists: rows come from an index, in its order, and no further than they are asked for."""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.storage import MessageCoverage, MessagePosition, Store, Visibility
from providers.domain.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
)
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON
from tests.testkit.sample import account, contact, conversation, keep_accounts, meeting, message, phone_number
from tests.testkit.statements import reads, send

ADA = Visibility.of("ada")
ADMIN = Visibility.unrestricted()
PAGE = PageRequest(limit=5)
MIDDLE = PageRequest(limit=5, after=(1, "x", "acc-1"), before=(0, "x", "acc-1"))
DAY = MeetingCriteria(start=NOON, end=NOON + timedelta(days=1))
KEYS = ("acc-1", "acc-2")
BY_ACTIVITY = ConversationCriteria(by_activity=True)
ACTIVE = PageRequest(limit=5, after=(2**62, 1), before=(0, 0))
CONVERSATIONS = (("acc-1", "v-1"), ("acc-1", "v-2"))
AT_NOON = MessagePosition(NOON, "t-1")
LONG_AGO = NOON - timedelta(days=900)

Read = Callable[[Store], Awaitable[Any]]

ORDERED: dict[str, Read] = {
    "accounts": lambda store: store.accounts.page(ADA, AccountCriteria(), PAGE),
    "accounts of all users": lambda store: store.accounts.page(ADMIN, AccountCriteria(), PAGE),
    "contacts": lambda store: store.contacts.page(ADA, ContactCriteria(), PAGE),
    "contacts of all users": lambda store: store.contacts.page(ADMIN, ContactCriteria(), PAGE),
    "contacts by name": lambda store: store.contacts.page(ADA, ContactCriteria(by_name=True), PAGE),
    "contacts by name of all users": lambda store: store.contacts.page(ADMIN, ContactCriteria(by_name=True), PAGE),
    "conversations": lambda store: store.conversations.page(ADA, ConversationCriteria(), PAGE),
    "active conversations": lambda store: store.conversations.page(ADA, BY_ACTIVITY, PAGE),
    "active conversations from the middle": lambda store: store.conversations.page(ADA, BY_ACTIVITY, ACTIVE),
    "active conversations of all users": lambda store: store.conversations.page(ADMIN, BY_ACTIVITY, PAGE),
    "conversations of all users": lambda store: store.conversations.page(ADMIN, ConversationCriteria(), PAGE),
    "conversations of contacts": lambda store: store.conversations.pages_by_contact(ADA, [("acc-1", "c-1")], PAGE),
    "messages": lambda store: store.messages.page(ADA, MessageCriteria(), PAGE),
    "messages of all users": lambda store: store.messages.page(ADMIN, MessageCriteria(), PAGE),
    "messages from the middle": lambda store: store.messages.page(ADA, MessageCriteria(), MIDDLE),
    "messages of conversations": lambda store: store.messages.pages_by_conversation(ADA, CONVERSATIONS, PAGE),
    "messages of conversations from the middle": lambda store: store.messages.pages_by_conversation(
        ADA, CONVERSATIONS, MIDDLE
    ),
    "messages of conversations with coverages": lambda store: store.messages.covered_pages(ADA, CONVERSATIONS, PAGE),
    "meetings": lambda store: store.meetings.page(ADA, DAY, PAGE, NOON),
    "meetings of all users": lambda store: store.meetings.page(ADMIN, DAY, PAGE, NOON),
    "coverages that go on": lambda store: store.message_coverages.has_open(ADA, None),
    "phone numbers": lambda store: store.phone_numbers.of_accounts(ADA),
}
"""Reads whose rows come in the order of an index."""

MERGED: dict[str, Read] = {
    "contacts of accounts": lambda store: store.contacts.page(ADA, ContactCriteria(account_keys=KEYS), PAGE),
    "contacts with a number": lambda store: store.contacts.page(ADA, ContactCriteria(number="+12025550005"), PAGE),
    "conversations of accounts": lambda store: store.conversations.page(
        ADA, ConversationCriteria(account_keys=KEYS), PAGE
    ),
    "contacts of accounts by name": lambda store: store.contacts.page(
        ADA, ContactCriteria(account_keys=KEYS, by_name=True), PAGE
    ),
    "active conversations of accounts": lambda store: store.conversations.page(
        ADA, ConversationCriteria(account_keys=KEYS, by_activity=True), PAGE
    ),
    "messages of accounts": lambda store: store.messages.page(ADA, MessageCriteria(account_keys=KEYS), PAGE),
    "messages of some conversations": lambda store: store.messages.page(
        ADA, MessageCriteria(conversations=CONVERSATIONS), MIDDLE
    ),
    "meetings of accounts": lambda store: store.meetings.page(
        ADA, MeetingCriteria(start=DAY.start, end=DAY.end, account_keys=KEYS), PAGE, NOON
    ),
    "phone numbers of accounts": lambda store: store.phone_numbers.of_accounts(ADA, KEYS),
}
"""Reads whose rows are merged from those of each parent: these few are sorted."""

FOUND: dict[str, Read] = {
    "contacts by key": lambda store: store.contacts.get_many(ADA, [("acc-1", "c-1")]),
    "messages by key": lambda store: store.messages.get_many(ADA, [("acc-1", "t-1")]),
    "activity by key": lambda store: store.conversations.last_activities(ADA, CONVERSATIONS),
    "place of a message": lambda store: store.messages.place(ADA, ("acc-1", "t-1")),
    "what was read": lambda store: store.read_marks.states(ADA, "ada", CONVERSATIONS),
    "due contacts": lambda store: store.accounts.due(ADA, "contacts", ["local"], LONG_AGO),
    "due contacts of all users": lambda store: store.accounts.due(ADMIN, "contacts", ["local"], LONG_AGO),
    "due meetings": lambda store: store.accounts.due_meetings(ADA, ["local"], None, (NOON, NOON), LONG_AGO),
    "due meetings of all users": lambda store: store.accounts.due_meetings(
        ADMIN, ["local"], None, (NOON, NOON), LONG_AGO
    ),
    "due conversations": lambda store: store.conversations.due(ADA, None, LONG_AGO),
    "due conversations of all users": lambda store: store.conversations.due(ADMIN, None, LONG_AGO),
    "due conversations of accounts": lambda store: store.conversations.due(ADA, KEYS, LONG_AGO),
    "shallow coverages": lambda store: store.message_coverages.open_above(ADA, None, AT_NOON, None),
    "shallow coverages of accounts": lambda store: store.message_coverages.open_above(ADA, KEYS, AT_NOON, None),
    "times of fetches": lambda store: store.read_log.read_at([]),
}
"""Reads that look few rows up."""


OF_ALL_USERS = {name for name in (*ORDERED, *FOUND) if name.endswith("of all users")}


async def fill(store: Store, factor: int = 1) -> None:
    """Two users with `factor` times as much of everything, all of it read and most of it long ago."""
    users = ["ada"] * 12 * factor + ["bob"] * 12 * factor
    await keep_accounts(
        store,
        *(
            account(f"acc-{number}", user_id=user, provider=("local", "paper", "telnyx")[number % 3])
            for number, user in enumerate(users)
        ),
    )
    some = range(12 * factor)
    async with store.write() as transaction:
        for key in (f"acc-{number}" for number in (1, 2, 12 * factor)):
            await store.contacts.put(
                transaction,
                [
                    contact(f"c-{each}", account_key=key, number=f"+1202555{each:04}", e164=f"+1202555{each:04}")
                    for each in some
                ],
            )
            await store.conversations.put(
                transaction,
                [conversation(f"v-{each}", account_key=key, contact_external_id=f"c-{each % 3}") for each in some],
            )
            await store.messages.put(
                transaction,
                [
                    message(
                        f"t-{each}-{turn}",
                        account_key=key,
                        conversation_external_id=f"v-{each % 6}",
                        created_at=NOON - timedelta(seconds=each),
                    )
                    for each in some
                    for turn in range(6)
                ],
            )
            times = {each: NOON + timedelta(minutes=each) for each in some}
            await store.meetings.put(
                transaction,
                [
                    meeting(f"m-{each}", scope=key, account_key=key, start_time=at, end_time=at)
                    for each, at in times.items()
                ],
            )
            await store.phone_numbers.replace_all(
                transaction, key, [phone_number(f"p-{each}", account_key=key) for each in range(3)]
            )
            last = MessagePosition(NOON, "t-11-5")
            for each in some:
                await store.read_marks.advance(transaction, "ada", (key, f"v-{each}"), last)
                tail = MessagePosition(NOON - timedelta(hours=1 + each), "t")
                coverage = MessageCoverage(conversation=(key, f"v-{each}"), tail=tail)
                await store.message_coverages.put(transaction, [coverage])
        await send(transaction, "UPDATE conversations SET messages_read_at = 2000000000000000")
        await send(transaction, "UPDATE accounts SET contacts_read_at = 2000000000000000")
        await send(
            transaction, "UPDATE accounts SET meetings_read_at = 2000000000000000, meetings_read_to = 2000000000000000"
        )


async def sqlite_plan(store: Store, path: Path, read: Read) -> list[str]:
    """The steps of the statements that a read sends."""
    with reads(store) as sent:
        await read(store)
    connection = sqlite3.connect(path)
    try:
        return [
            row[3]
            for statement, values in sent
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", dict(values))
        ]
    finally:
        connection.close()


async def sqlite_steps(store: Store, path: Path, read: Read) -> int:
    """How many instructions SQLite takes for the statements that a read sends."""
    with reads(store) as sent:
        await read(store)
    connection = sqlite3.connect(path)
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(count, 1)
    for statement, values in sent:
        connection.execute(statement.sql, dict(values)).fetchall()
    connection.close()
    return taken


async def postgresql_plan(store: Store, url: str, read: Read) -> list[str]:
    """The same, of a planner that is not allowed to scan or sort if it can avoid it: it would scan small tables."""
    with reads(store) as sent:
        await read(store)
    connection = await asyncpg.connect(url)
    try:
        for way in ("seqscan", "sort"):
            await connection.execute(f"SET enable_{way} = off")
        return [
            row[0]
            for statement, values in sent
            for row in await connection.fetch(f"EXPLAIN {statement.sql}", *statement.arguments(values))
        ]
    finally:
        await connection.close()


_NO_TABLE = ("VIRTUAL TABLE", "CONSTANT ROW", "(subquery", "SCAN due")


def scanned(plan: list[str]) -> list[str]:
    """The steps that go through a table from its beginning."""
    return [step for step in plan if step.startswith("SCAN") and not any(each in step for each in _NO_TABLE)]


@pytest.mark.parametrize("is_analysed", [False, True], ids=["fresh", "analysed"])
async def test_sqlite_finds_rows_by_an_index(sqlite_store: Store, tmp_path: Path, is_analysed: bool) -> None:
    await fill(sqlite_store)
    if is_analysed:
        await sqlite_store.database.optimize()
    for name, read in {**ORDERED, **MERGED, **FOUND}.items():
        plan = await sqlite_plan(sqlite_store, tmp_path / "store.db", read)
        if name in OF_ALL_USERS:  # the list is the index: its first rows are the page
            assert all(" USING " in step for step in scanned(plan)), (name, plan)
        else:
            assert scanned(plan) == [], (name, plan)
        if name in ORDERED:
            assert not any("TEMP B-TREE" in step for step in plan), (name, plan)
        if name in MERGED:
            assert not any("_by_user" in step for step in plan), (name, plan)


async def test_postgresql_finds_rows_by_an_index(postgresql_store: Store, postgresql_url: str) -> None:
    await fill(postgresql_store)
    for name, read in {**ORDERED, **MERGED, **FOUND}.items():
        plan = await postgresql_plan(postgresql_store, postgresql_url, read)
        assert not any("Seq Scan" in step for step in plan), (name, plan)
        if name in ORDERED:
            assert not any("Sort" in step for step in plan), (name, plan)


async def test_a_page_takes_no_more_steps_in_a_longer_list(
    tmp_path: Path, sqlite_store: Store, sqlite_url: str
) -> None:
    """Counted in instructions of SQLite, which don't depend on the machine's load."""
    path = tmp_path / "store.db"
    await fill(sqlite_store)
    steps = {name: await sqlite_steps(sqlite_store, path, read) for name, read in GROWING.items()}
    await fill(sqlite_store, 40)
    for name, read in GROWING.items():
        assert await sqlite_steps(sqlite_store, path, read) <= 1.1 * steps[name] + 200, name


GROWING = {name: read for name, read in {**ORDERED, **MERGED, **FOUND}.items() if not name.startswith("phone numbers")}
"""All reads but for those that read a list as a whole."""
