"""Counting the SQL statements that a store sends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event

from gateway.storage import Store, Transaction
from gateway.storage.prepared import Statement, Values
from gateway.storage.readers import Readers

_block: ContextVar[object] = ContextVar("block", default=None)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that are sent inside of the block, in order; one for many rows counts once."""
    with _sent(store, lambda: True) as sent:
        yield sent


@contextmanager
def everybodys_statements() -> Iterator[list[str]]:
    """Those that any store sends, but for the looks that are taken at the feed from time to time."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM feed" not in statement:
            sent.append(statement)

    def note_read(_readers: Readers[Any], statement: Statement, _values: Values) -> None:
        note(None, None, statement.sql)

    def note_sent(_transaction: Transaction, statement: str) -> None:
        note(None, None, statement)

    event.listen(Engine, "before_cursor_execute", note)
    Readers.observers.append(note_read)
    Transaction.observers.append(note_sent)
    try:
        yield sent
    finally:
        Transaction.observers.remove(note_sent)
        Readers.observers.remove(note_read)
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def own_statements(store: Store) -> Iterator[list[str]]:
    """Only those of the block itself and of tasks that it begins: what goes on beside it doesn't count."""
    block = object()
    token = _block.set(block)
    try:
        with _sent(store, lambda: _block.get() is block) as sent:
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


@contextmanager
def _sent(store: Store, counts: Callable[[], bool]) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if counts():
            sent.append(statement)

    def note_read(readers: Readers[Any], statement: Statement, _values: Values) -> None:
        if readers is store.database.readers and counts():
            sent.append(statement.sql)

    def note_sent(transaction: Transaction, statement: str) -> None:
        if transaction.engine in store.database.engines and counts():
            sent.append(statement)

    engines = [engine.sync_engine for engine in store.database.engines]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    Readers.observers.append(note_read)
    Transaction.observers.append(note_sent)
    try:
        yield sent
    finally:
        Transaction.observers.remove(note_sent)
        Readers.observers.remove(note_read)
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
