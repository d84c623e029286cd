"""Issued API keys, by their hashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, and_, insert, true, update

from gateway.storage.database import Database, Transaction
from gateway.storage.rows import Keyset, OrderedRows
from gateway.storage.tables import api_keys
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key. `id` is not secret: it identifies the key for revocation."""

    id: str
    user_id: str
    scopes: frozenset[str]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class ApiKeys:
    """Keys are stored as their SHA-256, which is enough for 256 random bits and can be looked up."""

    def __init__(self, database: Database) -> None:
        self._list = OrderedRows(database, Keyset(api_keys, (api_keys.c.created_at, api_keys.c.id)), _model)
        self._revoked_here: set[str] = set()

    async def create(self, transaction: Transaction, key: ApiKey, hash: str) -> None:
        await transaction.execute(insert(api_keys), {**_row(key), "hash": hash})

    async def find_by_hash(self, hash: str) -> ApiKey | None:
        """Return a key; None if it is unknown or was revoked."""
        found = await self._list.where(and_(api_keys.c.hash == hash, api_keys.c.revoked_at.is_(None)))
        return found[0] if found else None

    async def list(self, visibility: Visibility) -> list[ApiKey]:
        """Return keys, oldest first, including revoked ones."""
        return await self._list.where(and_(true(), visibility.visible(api_keys)))

    async def revoke(self, transaction: Transaction, id: str, at: datetime) -> bool:
        """Revoke a key; return False if it is unknown or was revoked before."""
        self._revoked_here.add(id)
        live = and_(api_keys.c.id == id, api_keys.c.revoked_at.is_(None))
        revoked = await transaction.execute(update(api_keys).where(live).values(revoked_at=to_microseconds(at)))
        return revoked.rowcount == 1

    def was_revoked_here(self, id: str) -> bool:
        """Return whether this process has tried to revoke a key: then only the store knows whether it is valid."""
        return id in self._revoked_here

    async def touch(self, transaction: Transaction, id: str, at: datetime) -> None:
        """Record that a key was used."""
        used = update(api_keys).where(api_keys.c.id == id).values(last_used_at=to_microseconds(at))
        await transaction.execute(used)


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "user_id": key.user_id,
        "scopes": orjson.dumps(sorted(key.scopes)).decode(),
        "created_at": to_microseconds(key.created_at),
        "last_used_at": to_microseconds(key.last_used_at),
        "revoked_at": to_microseconds(key.revoked_at),
    }


def _model(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        user_id=row.user_id,
        scopes=frozenset(orjson.loads(row.scopes)),
        created_at=from_microseconds(row.created_at),
        last_used_at=from_microseconds(row.last_used_at),
        revoked_at=from_microseconds(row.revoked_at),
    )
