"""The change feed: what happened to entities, in the order in which it was committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select

from gateway.storage.database import Database, Transaction
from gateway.storage.tables import feed
from gateway.storage.timestamps import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility

FeedKind = Literal["account", "meeting", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """Something that happened to an entity: an account's `scope` is its key. `user_id` is who may learn of it.

    `conversation` is the external id of a message's conversation. `seq`, given by the feed, grows in the order of
    commits: whoever has seen one never meets a smaller one later.
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
    """Numbered while the writer has its turn (see `Database`): so numbers become visible in their order."""

    database: Database

    async def append(self, transaction: Transaction, entries: Sequence[FeedEntry]) -> None:
        if entries:
            await transaction.execute(insert(feed), [_row(entry) for entry in entries])

    async def after(self, visibility: Visibility, seq: int, limit: int) -> list[FeedEntry]:
        """At most `limit` entries behind `seq`, in order."""
        within = and_(feed.c.seq > seq, visibility.visible(feed))
        async with self.database.read() as connection:
            rows = await connection.execute(select(feed).where(within).order_by(feed.c.seq).limit(limit))
        return [_model(row) for row in rows]

    async def last(self) -> int:
        """The number of the newest entry; 0 before the first one."""
        return await self._one(func.coalesce(func.max(feed.c.seq), 0)) or 0

    async def first(self) -> int | None:
        """The number of the oldest entry that is kept: of what came before it nothing is known."""
        return await self._one(func.min(feed.c.seq))

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Drops what happened before a time, but for the newest entry: it tells how far the numbers went."""
        newest = select(func.max(feed.c.seq)).scalar_subquery()
        await transaction.execute(delete(feed).where(feed.c.at < to_microseconds(before), feed.c.seq < newest))

    async def _one(self, value: ColumnElement[int | None]) -> int | None:
        async with self.database.read() as connection:
            return (await connection.execute(select(value))).scalar_one()


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
