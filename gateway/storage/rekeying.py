"""Key rotation: values that were encrypted with other keys are encrypted with the first one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, func, literal, select, true, tuple_, update

from gateway.storage.cipher import KEY_ID_BYTES, Cipher, CipherError
from gateway.storage.database import Database, Transaction
from gateway.storage.tables import credentials, journal, meetings

_BATCH = 200
_Place = tuple[Any, ...]
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """An encrypted column. Its values are bound to `name` and to the row's primary key."""

    column: Column[Any]
    name: str

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def key(self) -> list[Column[Any]]:
        return list(self.table.primary_key)

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
        statement = select(_key_id(sealed)).where(sealed.column.is_not(None)).limit(1)
        async with self._database.read() as connection:
            return [bytes(row[0]) for row in await connection.execute(statement)]

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
                return Rekeyed(f"{sealed.table.name}.{sealed.column.name}", count, unreadable)
            last = _place(rows[-1])

    async def _batch(self, transaction: Transaction, sealed: SealedColumn, last: _Place | None) -> list[_Row]:
        statement = (
            select(*sealed.key, sealed.column)
            .where(self._other_key(sealed), true() if last is None else _beyond(sealed, last))
            .order_by(*sealed.key)
            .limit(_BATCH)
        )
        return [tuple(row) for row in await transaction.execute(statement)]

    def _other_key(self, sealed: SealedColumn) -> ColumnElement[bool]:
        return and_(sealed.column.is_not(None), _key_id(sealed) != self._cipher.key_id)

    def _resealed(self, sealed: SealedColumn, rows: list[_Row]) -> dict[_Place, bytes]:
        resealed = {}
        for row in rows:
            bound_to = sealed.bound_to(_place(row))
            try:
                text = self._cipher.decrypt(row[-1], *bound_to)
            except CipherError:
                continue
            resealed[_place(row)] = self._cipher.encrypt(text, *bound_to)
        return resealed


def _key_id(sealed: SealedColumn) -> ColumnElement[Any]:
    return func.substr(sealed.column, 1, KEY_ID_BYTES, type_=sealed.column.type)


def _place(row: _Row) -> _Place:
    return row[:-1]


def _beyond(sealed: SealedColumn, last: _Place) -> ColumnElement[bool]:
    return tuple_(*sealed.key) > tuple_(*map(literal, last))


async def _replace(transaction: Transaction, sealed: SealedColumn, resealed: dict[_Place, bytes]) -> None:
    for place, secret in resealed.items():
        row = and_(*(column == value for column, value in zip(sealed.key, place, strict=True)))
        await transaction.execute(update(sealed.table).where(row).values({sealed.column.name: secret}))
