"""The change feed: events of entities, in the order of their commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.storage.database import Database, Transaction
from gateway.storage.prepared import Row
from gateway.storage.rows import insert
from gateway.storage.tables import feed
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.changes import ChangeKind

FeedKind = Literal["account", "meeting", "contact", "conversation", "message"]

_CHANGES = {each.value: each for each in ChangeKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An event of an entity, whose key is `scope` and `external_id`. The scope of an account is its key.

    It is visible to the user `user_id`. `conversation` is the external id of a message's conversation. `seq`, assigned
    by the feed, grows in the order of commits: after a reader has seen one, no smaller one appears.

    `previous` is what the entity was before (see `gateway.storage.previous`): of a meeting that was changed and of a
    contact that was removed. Entries of earlier versions have neither that nor a change: a message was added by each of
    them, and any other entity counts as changed.
    """

    at: datetime
    kind: FeedKind
    user_id: str
    scope: str
    external_id: str = ""
    account_key: str | None = None
    conversation: str | None = None
    change: ChangeKind = ChangeKind.CHANGED
    previous: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries are numbered by the one writer at a time (see `Database`): so numbers become visible in their order."""

    database: Database

    async def append(self, transaction: Transaction, entries: Sequence[FeedEntry]) -> None:
        await insert(transaction, feed, [_row(entry) for entry in entries])

    async def after(self, visibility: Visibility, seq: int, limit: int) -> list[FeedEntry]:
        """Return the visible entries after `seq` in order, `limit` at most."""
        following = {"seq": seq, "most": limit}
        if visibility.user_id is None:
            return [*map(_model, await self.database.select(_AFTER, following))]
        return [*map(_model, await self.database.select(_AFTER_OF_USER, {**following, "user": visibility.user_id}))]

    async def last(self) -> int:
        """Return the number of the newest entry; 0 before the first one."""
        ((number,),) = await self.database.select("SELECT coalesce(max(seq), 0) FROM feed")
        return int(number)

    async def first(self) -> int | None:
        """Return the number of the oldest stored entry; None if the feed is empty."""
        ((number,),) = await self.database.select("SELECT min(seq) FROM feed")
        return None if number is None else int(number)

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete entries older than `before`, but not the newest one: `last` needs its number."""
        await transaction.change(_FORGET, {"before": to_microseconds(before)})


_COLUMNS = "seq, kind, user_id, scope, external_id, account_key, conversation, at, change, previous"
_AFTER = f"SELECT {_COLUMNS} FROM feed WHERE seq > :seq ORDER BY seq LIMIT :most"
_AFTER_OF_USER = f"SELECT {_COLUMNS} FROM feed WHERE user_id = :user AND seq > :seq ORDER BY seq LIMIT :most"
_FORGET = "DELETE FROM feed WHERE at < :before AND seq < (SELECT max(seq) FROM feed)"


def _row(entry: FeedEntry) -> dict[str, Any]:
    return {
        "at": to_microseconds(entry.at),
        "kind": entry.kind,
        "user_id": entry.user_id,
        "account_key": entry.account_key,
        "scope": entry.scope,
        "external_id": entry.external_id,
        "conversation": entry.conversation,
        "change": entry.change.value,
        "previous": entry.previous,
    }


def _model(row: Row) -> FeedEntry:
    seq, kind, user_id, scope, external_id, account_key, conversation, at, change, previous = row
    unsaid = ChangeKind.ADDED if kind == "message" else ChangeKind.CHANGED
    return FeedEntry(
        seq=seq,
        kind=kind,
        user_id=user_id,
        scope=scope,
        external_id=external_id,
        account_key=account_key,
        conversation=conversation,
        at=from_microseconds(at),
        change=unsaid if change is None else _CHANGES[change],
        previous=previous,
    )
