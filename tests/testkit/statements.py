"""Counting the SQL statements that stores send."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import Any

from gateway.storage import Store, Transaction
from gateway.storage.migrate import REWRITE_VERSION
from gateway.storage.prepared import Row, Statement, Values
from gateway.storage.readers import Readers

_block: ContextVar[object] = ContextVar("block", default=None)


async def send(transaction: Transaction, sql: str, **values: object) -> list[Row]:
    """Send SQL that no repository has; return its rows."""
    return await transaction.fetch(transaction.dialect.statement(sql), values)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that are sent inside of the block, in order; one for many rows counts once."""
    senders = _senders(store)
    with _sent(lambda sender, _: sender in senders) as sent:
        yield sent


@contextmanager
def statements_of_all_stores() -> Iterator[list[str]]:
    """Those that any store sends, without the reads of the feed that the hub makes from time to time."""
    with _sent(lambda _, statement: "FROM feed" not in statement) as sent:
        yield sent


async def commit_to(sqlite_url: str) -> None:
    """Commit to a store as another process does, a change that changes nothing: then no result is cached.

    In a thread, since the gateway of the test may be writing.
    """
    await asyncio.to_thread(_commit, sqlite_url.removeprefix("sqlite:///"))


def _commit(path: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(REWRITE_VERSION)


@contextmanager
def own_statements(store: Store) -> Iterator[list[str]]:
    """Only those of the block itself and of tasks that it begins: others that run at the same time don't count."""
    store.database.cache.clear()
    block = object()
    senders = _senders(store)
    token = _block.set(block)
    try:
        with _sent(lambda sender, _: sender in senders and _block.get() is block) as sent:
            yield sent
    finally:
        _block.reset(token)


@contextmanager
def reads(store: Store) -> Iterator[list[tuple[Statement, Values]]]:
    """The prepared reads that are sent inside of the block, with their values."""
    sent: list[tuple[Statement, Values]] = []

    def note(readers: Readers[Any], statement: Statement, values: Values) -> None:
        if readers is store.database.readers:
            sent.append((statement, values))

    Readers.observers.append(note)
    try:
        yield sent
    finally:
        Readers.observers.remove(note)


def _senders(store: Store) -> list[object]:
    return [store.database.readers, store.database.dialect]


@contextmanager
def _sent(counts: Callable[[object, str], bool]) -> Iterator[list[str]]:
    """Those that count, by their sender, which is a pool of readers or the dialect of a transaction, and their text."""
    sent: list[str] = []

    def note(sender: object, statement: str) -> None:
        # Whether something was committed is looked up for many reads together.
        if counts(sender, statement) and "pg_current_snapshot" not in statement:
            sent.append(statement)

    def note_read(readers: Readers[Any], statement: Statement, _values: Values) -> None:
        note(readers, statement.sql)

    def note_sent(transaction: Transaction, statement: str) -> None:
        note(transaction.dialect, statement)

    Readers.observers.append(note_read)
    Transaction.observers.append(note_sent)
    try:
        yield sent
    finally:
        Transaction.observers.remove(note_sent)
        Readers.observers.remove(note_read)
