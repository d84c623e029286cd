"""Key rotation: values that were encrypted with other keys are encrypted with the first one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.storage.cipher import KEY_ID_BYTES, Cipher, CipherError
from gateway.storage.database import Database, Transaction
from gateway.storage.prepared import Row, Values
from gateway.storage.schema import Column
from gateway.storage.tables import credentials, journal, meetings

_BATCH = 200
_Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """An encrypted column. Its values are bound to `name` and to the row's primary key."""

    column: Column
    name: str

    @property
    def key(self) -> tuple[Column, ...]:
        return self.column.table.primary_key

    @property
    def key_id(self) -> str:
        """SQL for the id of the key that a value was encrypted with."""
        return f"substr({self.column}, 1, {KEY_ID_BYTES})"

    def bound_to(self, place: _Place) -> tuple[str, ...]:
        return (self.name, *place)


SEALED = (
    SealedColumn(credentials.c.secret, "credentials"),
    SealedColumn(meetings.c.secret, "meetings"),
    SealedColumn(journal.c.request, "request"),
    SealedColumn(journal.c.outcome, "outcome"),
)
"""All encrypted columns."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many values of a column were encrypted again. Those that no configured key decrypts stay as they were."""

    column: str
    count: int
    unreadable: int


class Rekeying:
    """Works in short transactions while gateways read and write with the same keys."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def check(self) -> None:
        """Raise CipherError if there are encrypted values, and no configured key for any of them."""
        samples = [sample for sealed in SEALED for sample in await self._sample(sealed)]
        if samples and not any(map(self._cipher.knows, samples)):
            raise CipherError(
                "The store was encrypted with another key: put it into store.encryption_keys, or its .key file back."
            )

    async def _sample(self, sealed: SealedColumn) -> list[bytes]:
        """Return the key id of one of the ciphertexts, if there is one."""
        table, column = sealed.column.table.name, sealed.column
        sample = f"SELECT {sealed.key_id} FROM {table} WHERE {column} IS NOT NULL LIMIT 1"
        return [bytes(row[0]) for row in await self._database.select(sample)]

    async def run(self) -> list[Rekeyed]:
        """Encrypt all values with the first key. If none was unreadable, it is then the only one needed."""
        return [await self._column(sealed) for sealed in SEALED]

    async def _column(self, sealed: SealedColumn) -> Rekeyed:
        count = unreadable = 0
        last: _Place | None = None
        while True:
            async with self._database.write() as transaction:
                rows = await self._batch(transaction, sealed, last)
                resealed = self._resealed(sealed, rows)
                await _replace(transaction, sealed, resealed)
            count, unreadable = count + len(resealed), unreadable + len(rows) - len(resealed)
            if len(rows) < _BATCH:
                return Rekeyed(str(sealed.column), count, unreadable)
            last = _place(rows[-1])

    async def _batch(self, transaction: Transaction, sealed: SealedColumn, last: _Place | None) -> Sequence[Row]:
        key, column = ", ".join(map(str, sealed.key)), sealed.column
        beyond = "" if last is None else f"AND ({key}) > ({', '.join(_names(sealed))})"
        values = {"key_id": self._cipher.key_id, "most": _BATCH, **({} if last is None else _values(sealed, last))}
        return await self._database.select(
            f"""
            SELECT {key}, {column} FROM {column.table.name}
            WHERE {column} IS NOT NULL AND {sealed.key_id} <> :key_id {beyond}
            ORDER BY {key} LIMIT :most
            """,
            values,
            transaction,
        )

    def _resealed(self, sealed: SealedColumn, rows: Sequence[Row]) -> dict[_Place, bytes]:
        resealed = {}
        for row in rows:
            bound_to = sealed.bound_to(_place(row))
            try:
                text = self._cipher.decrypt(row[-1], *bound_to)
            except CipherError:
                continue
            resealed[_place(row)] = self._cipher.encrypt(text, *bound_to)
        return resealed


def _place(row: Row) -> _Place:
    return tuple(row)[:-1]


def _names(sealed: SealedColumn) -> list[str]:
    """Return the parameters for the values of a key."""
    return [f":{column.name}" for column in sealed.key]


def _values(sealed: SealedColumn, place: _Place) -> Values:
    return {column.name: value for column, value in zip(sealed.key, place, strict=True)}


async def _replace(transaction: Transaction, sealed: SealedColumn, resealed: dict[_Place, bytes]) -> None:
    column, key = sealed.column, ", ".join(column.name for column in sealed.key)
    replacing = (
        f"UPDATE {column.table.name} SET {column.name} = :resealed WHERE ({key}) = ({', '.join(_names(sealed))})"
    )
    rows = [{**_values(sealed, place), "resealed": secret} for place, secret in resealed.items()]
    if rows:
        await transaction.change(replacing, *rows)
