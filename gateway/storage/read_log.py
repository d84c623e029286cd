"""The read log: when each fetch was last made, for all processes."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from gateway.storage.database import Database, Transaction
from gateway.storage.messages import parts_of_source
from gateway.storage.prepared import Statement, rows_text
from gateway.storage.values import from_microseconds, to_microseconds
from providers.domain.text import is_storable


class Span(Protocol):
    """The key of a fetch: a provider's source, from `start` to `end`, or all of it if there are no times."""

    @property
    def provider(self) -> str: ...
    @property
    def kind(self) -> Enum: ...
    @property
    def source(self) -> str: ...
    @property
    def start(self) -> datetime | None: ...
    @property
    def end(self) -> datetime | None: ...


S = TypeVar("S", bound=Span)

_NEWEST = """
    SELECT given.key, max(read_log.read_at)
    FROM rows(:spans) AS given CROSS JOIN read_log
    WHERE read_log.provider = item(given, 0) AND read_log.kind = item(given, 1) AND read_log.source = item(given, 2)
    AND {fits}
    GROUP BY given.key
"""
_COVERS = (
    "read_log.start_time <= CAST(item(given, 3) AS bigint) AND read_log.end_time >= CAST(item(given, 4) AS bigint)"
)
_OVERLAPS = (
    "read_log.start_time < CAST(item(given, 4) AS bigint) AND read_log.end_time > CAST(item(given, 3) AS bigint)"
)


class ReadLog:
    """The times of fetches. `ReadVersions` writes them, with their digests."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._covering = database.dialect.statement(_NEWEST.format(fits=_COVERS))
        self._overlapping = database.dialect.statement(_NEWEST.format(fits=_OVERLAPS))

    async def read_at(self, spans: Sequence[S]) -> dict[S, datetime]:
        """Return when each span was last fetched, by itself or in a longer one, without those that never were."""
        return await self._newest(spans, self._covering)

    async def read_in_part_at(self, spans: Sequence[S]) -> dict[S, datetime]:
        """Return when any part of each span was last fetched, without those of which none was."""
        return await self._newest(spans, self._overlapping)

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete entries older than `before`."""
        await transaction.change(_FORGET, {"before": to_microseconds(before)})

    async def _newest(self, spans: Sequence[S], statement: Statement) -> dict[S, datetime]:
        storable = [span for span in spans if is_storable(span.source)]
        rows = await self.database.fetch(
            statement, {"spans": rows_text(tuple(key_of(each).values()) for each in storable)}
        )
        first = self.database.dialect.first_place
        return {storable[place - first]: from_microseconds(read_at) for place, read_at in rows}


async def drop_parts(transaction: Transaction, reads: Sequence[tuple[Span, datetime]]) -> None:
    """Delete earlier entries for parts of spans of time that were read."""
    rows = [
        {**key_of(span), "read_at": to_microseconds(read_at)}
        for span, read_at in reads
        if span.start is not None or span.end is not None
    ]
    if rows:
        await transaction.change(_DROP_PARTS, *rows)


async def date_reads(transaction: Transaction, reads: Sequence[tuple[Span, datetime]]) -> None:
    """Date the lists that were read, where their owners are stored: lists of many find by it those that are due."""
    for kind, dated in _DATED.items():
        rows = [_dated_row(span, read_at) for span, read_at in reads if span.kind.value == kind]
        if rows:
            await transaction.change(dated, *rows)


def _dated_row(span: Span, read_at: datetime) -> dict[str, Any]:
    account_key, conversation = parts_of_source(span.source)
    bounds = {"first": to_microseconds(span.start) or 0, "last": to_microseconds(span.end) or 0}
    return {"of_account": account_key, "of_conversation": conversation, "at": to_microseconds(read_at), **bounds}


def _dated_list(name: str) -> str:
    """Return the statement that dates the last read of a list of an account; a date never goes back."""
    return f"UPDATE accounts SET {name} = :at WHERE key = :of_account AND {name} < :at"


_DATED = {
    "phone_numbers": _dated_list("phone_numbers_read_at"),
    "contacts": _dated_list("contacts_read_at"),
    "conversations": _dated_list("conversations_read_at"),
    "messages": """
        UPDATE conversations SET messages_read_at = :at
        WHERE account_key = :of_account AND external_id = :of_conversation AND messages_read_at < :at
    """,
    "meetings": """
        UPDATE accounts SET meetings_read_at = :at, meetings_read_from = :first, meetings_read_to = :last
        WHERE key = :of_account AND meetings_read_at < :at
    """,
}
"""By the kind of a fetch, whose source is an account's key, for messages followed by a slash and a conversation.

A list of meetings that is not an account's has another source: its accounts stay due.
"""

_DROP_PARTS = """
    DELETE FROM read_log
    WHERE provider = :provider AND kind = :kind AND source = :source
    AND start_time >= :start_time AND end_time <= :end_time AND read_at <= :read_at
"""
_FORGET = "DELETE FROM read_log WHERE read_at < :before"


def key_of(span: Span) -> dict[str, Any]:
    """Return the primary key of a span's entry."""
    return {
        "provider": span.provider,
        "kind": str(span.kind.value),
        "source": span.source,
        "start_time": to_microseconds(span.start) or 0,
        "end_time": to_microseconds(span.end) or 0,
    }
