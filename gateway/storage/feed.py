"""The change feed: events of entities, in the order of their commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Row, bindparam, delete, func, insert, select

from gateway.storage.database import Database, Transaction
from gateway.storage.tables import feed
from gateway.storage.transaction import CompiledStatement
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility

FeedKind = Literal["account", "meeting", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An event of an entity, whose key is `scope` and `external_id`. The scope of an account is its key.

    It is visible to the user `user_id`. `conversation` is the external id of a message's conversation. `seq`, assigned
    by the feed, grows in the order of commits: after a reader has seen one, no smaller one appears.
    """

    at: datetime
    kind: FeedKind
    user_id: str
    scope: str
    external_id: str = ""
    account_key: str | None = None
    conversation: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries are numbered by the one writer at a time (see `Database`): so numbers become visible in their order."""

    database: Database

    async def append(self, transaction: Transaction, entries: Sequence[FeedEntry]) -> None:
        if entries:
            rows = [_row(entry) for entry in entries]
            await transaction.change(_append(transaction.dialect.name, tuple(rows[0])), rows)

    async def after(self, visibility: Visibility, seq: int, limit: int) -> list[FeedEntry]:
        """Return the visible entries after `seq` in order, `limit` at most."""
        following = {"seq": seq, "most": limit}
        async with self.database.read() as connection:
            if visibility.user_id is None:
                rows = await connection.execute(_AFTER, following)
            else:
                rows = await connection.execute(_AFTER_OF_USER, {**following, "of_user": visibility.user_id})
        return [_model(row) for row in rows]

    async def last(self) -> int:
        """Return the number of the newest entry; 0 before the first one."""
        return await self._one(func.coalesce(func.max(feed.c.seq), 0)) or 0

    async def first(self) -> int | None:
        """Return the number of the oldest stored entry; None if there is none."""
        return await self._one(func.min(feed.c.seq))

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete entries older than `before`, but not the newest one: `last` needs its number."""
        newest = select(func.max(feed.c.seq)).scalar_subquery()
        await transaction.execute(delete(feed).where(feed.c.at < to_microseconds(before), feed.c.seq < newest))

    async def _one(self, value: ColumnElement[int | None]) -> int | None:
        async with self.database.read() as connection:
            return (await connection.execute(select(value))).scalar_one()


# Built once: the hub reads the feed after each transaction.

_AFTER = select(feed).where(feed.c.seq > bindparam("seq")).order_by(feed.c.seq).limit(bindparam("most", type_=Integer))
_AFTER_OF_USER = _AFTER.where(feed.c.user_id == bindparam("of_user"))


@cache
def _append(dialect: str, names: tuple[str, ...]) -> CompiledStatement:
    return CompiledStatement(insert(feed).inline(), dialect, names)


def _row(entry: FeedEntry) -> dict[str, Any]:
    return {
        "at": to_microseconds(entry.at),
        "kind": entry.kind,
        "user_id": entry.user_id,
        "account_key": entry.account_key,
        "scope": entry.scope,
        "external_id": entry.external_id,
        "conversation": entry.conversation,
    }


def _model(row: Row[Any]) -> FeedEntry:
    return FeedEntry(
        seq=row.seq,
        kind=row.kind,
        user_id=row.user_id,
        scope=row.scope,
        external_id=row.external_id,
        account_key=row.account_key,
        conversation=row.conversation,
        at=from_microseconds(row.at),
    )
