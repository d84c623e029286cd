"""Issued API keys, by their hashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.prepared import Condition, Row, all_of
from gateway.storage.rows import Keyset, insert
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


_COLUMNS = (
    api_keys.c.id,
    api_keys.c.user_id,
    api_keys.c.scopes,
    api_keys.c.created_at,
    api_keys.c.last_used_at,
    api_keys.c.revoked_at,
)
_LIVE = Condition("api_keys.revoked_at IS NULL")
_REVOKE = "UPDATE api_keys SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL"
_TOUCH = "UPDATE api_keys SET last_used_at = :at WHERE id = :id"


class ApiKeys:
    """Keys are stored as their SHA-256, which is enough for 256 random bits and can be looked up."""

    def __init__(self, database: Database) -> None:
        keyset = Keyset(api_keys, (api_keys.c.created_at, api_keys.c.id))
        self._table = EntityTable(database, keyset, _COLUMNS, _model)
        self._revoked_here: set[str] = set()

    async def create(self, transaction: Transaction, key: ApiKey, hash: str) -> None:
        await insert(transaction, api_keys, [{**_row(key), "hash": hash}])

    async def find_by_hash(self, hash: str) -> ApiKey | None:
        """Return a key; None if it is unknown or was revoked."""
        found = await self._table.where(Condition("api_keys.hash = :hash", {"hash": hash}), _LIVE)
        return found[0] if found else None

    async def list(self, visibility: Visibility) -> list[ApiKey]:
        """Return keys, oldest first, including revoked ones."""
        return await self._table.where(*all_of(visibility.condition(api_keys)))

    async def revoke(self, transaction: Transaction, id: str, at: datetime) -> bool:
        """Revoke a key; return False if it is unknown or was revoked before."""
        self._revoked_here.add(id)
        return await transaction.change(_REVOKE, {"id": id, "at": to_microseconds(at)}) == 1

    def was_revoked_here(self, id: str) -> bool:
        """Return whether this process has tried to revoke a key: then only the store knows whether it is valid."""
        return id in self._revoked_here

    async def touch(self, transaction: Transaction, id: str, at: datetime) -> None:
        """Record that a key was used."""
        await transaction.change(_TOUCH, {"id": id, "at": to_microseconds(at)})


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "user_id": key.user_id,
        "scopes": orjson.dumps(sorted(key.scopes)).decode(),
        "created_at": to_microseconds(key.created_at),
        "last_used_at": to_microseconds(key.last_used_at),
        "revoked_at": to_microseconds(key.revoked_at),
    }


def _model(row: Row) -> ApiKey:
    key, user_id, scopes, created_at, last_used_at, revoked_at = row
    return ApiKey(
        id=key,
        user_id=user_id,
        scopes=frozenset(orjson.loads(scopes)),
        created_at=from_microseconds(created_at),
        last_used_at=from_microseconds(last_used_at),
        revoked_at=from_microseconds(revoked_at),
    )
