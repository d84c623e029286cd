"""The read log: when each fetch was last made, for all processes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, bindparam, cast, delete, func, select

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import json_item, json_rows
from gateway.storage.rows import upsert
from gateway.storage.tables import read_log
from gateway.storage.values import from_microseconds, to_microseconds


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
_Fitting = Callable[[ColumnElement[int], ColumnElement[int]], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class ReadLog:
    database: Database

    async def record(self, transaction: Transaction, span: Span, read_at: datetime) -> None:
        """Record that a span was fetched, instead of earlier entries for parts of it."""
        row = {**_bounds(span), "read_at": to_microseconds(read_at)}
        await transaction.execute(_DROP_PARTS, {f"new_{name}": value for name, value in row.items()})
        await upsert(transaction, read_log, [row])

    async def read_at(self, spans: Sequence[S]) -> dict[S, datetime]:
        """Return when each span was last fetched, by itself or in a longer one, without those that never were."""
        return await self._newest(spans, _covering)

    async def read_in_part_at(self, spans: Sequence[S]) -> dict[S, datetime]:
        """Return when any part of each span was last fetched, without those of which none was."""
        return await self._newest(spans, _overlapping)

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete entries older than `before`."""
        await transaction.execute(delete(read_log).where(read_log.c.read_at < to_microseconds(before)))

    async def _newest(self, spans: Sequence[S], fitting: _Fitting) -> dict[S, datetime]:
        wanted = json_rows((place, *_bounds(span).values()) for place, span in enumerate(spans))
        place, provider, kind, source, start, end = (json_item(wanted, index) for index in range(6))
        fits = and_(
            read_log.c.provider == provider,
            read_log.c.kind == kind,
            read_log.c.source == source,
            fitting(cast(start, BigInteger), cast(end, BigInteger)),
        )
        number = cast(place, Integer)
        newest = select(number, func.max(read_log.c.read_at)).select_from(wanted).join(read_log, fits).group_by(number)
        async with self.database.read() as connection:
            rows = await connection.execute(newest)
        return {spans[index]: from_microseconds(read_at) for index, read_at in rows}


def _covering(start: ColumnElement[int], end: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(read_log.c.start_time <= start, read_log.c.end_time >= end)


def _overlapping(start: ColumnElement[int], end: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(read_log.c.start_time < end, read_log.c.end_time > start)


_DROP_PARTS = delete(read_log).where(
    read_log.c.provider == bindparam("new_provider"),
    read_log.c.kind == bindparam("new_kind"),
    read_log.c.source == bindparam("new_source"),
    read_log.c.start_time >= bindparam("new_start_time"),
    read_log.c.end_time <= bindparam("new_end_time"),
    read_log.c.read_at <= bindparam("new_read_at"),
)


def _bounds(span: Span) -> dict[str, Any]:
    return {
        "provider": span.provider,
        "kind": str(span.kind.value),
        "source": span.source,
        "start_time": to_microseconds(span.start) or 0,
        "end_time": to_microseconds(span.end) or 0,
    }
