"""Rows of a table: read as models by key, by predicate and by page, and written by upserts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    exists,
    false,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import among_pairs
from gateway.storage.transaction import Compiled, CompiledQuery
from providers.domain.criteria import ObjectKey
from providers.domain.errors import BadUserInput
from providers.domain.pages import Page, PageRequest, Position
from providers.domain.text import is_storable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")
PairColumns = tuple[Column[Any], Column[Any]]
_Outside = tuple[bool, bool]

BATCH_ROWS = 1_000
"""Rows that one statement reads of a list that is read as a whole."""

_BIGGEST = 2**63


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of `table`'s rows by `columns`, the last of which makes a row unique.

    Pages that start at a position stay correct while rows are added and deleted, and cost the same anywhere in a list.
    """

    table: Table
    columns: tuple[Column[Any], ...]
    descending: bool = False

    def order(self, backward: bool = False) -> list[ColumnElement[Any]]:
        """Return the ORDER BY columns, with `backward` in reverse."""
        falling = self.descending != backward
        return [column.desc() if falling else column.asc() for column in self.columns]

    def between(self, request: PageRequest) -> ColumnElement[bool]:
        """Return the predicate for rows strictly between the positions of a request.

        Raise BadUserInput, which names `after` or `before`, if its position belongs to another list.
        """
        after = true() if request.after is None else self._follows(self._checked("after", request.after))
        before = true() if request.before is None else self._precedes(self._checked("before", request.before))
        return and_(after, before)

    def outside(self, request: PageRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Return the predicates for rows up to `after` and for rows from `before` on, both inclusive.

        Without such a bound the predicate is false. Call `between` first: it checks the positions.
        """
        head = false() if request.after is None else ~self._follows(request.after)
        tail = false() if request.before is None else ~self._precedes(request.before)
        return head, tail

    def position(self) -> Callable[[Row[Any]], Position]:
        """Return a function that returns a row's position."""
        names = [column.key for column in self.columns]
        return lambda row: tuple(getattr(row, name) for name in names)

    def _follows(self, position: Position) -> ColumnElement[bool]:
        row, place = tuple_(*self.columns), self._place(position)
        return row < place if self.descending else row > place

    def _precedes(self, position: Position) -> ColumnElement[bool]:
        row, place = tuple_(*self.columns), self._place(position)
        return row > place if self.descending else row < place

    def _checked(self, name: str, position: Position) -> Position:
        if len(position) != len(self.columns) or not all(map(_fits, self.columns, position)):
            raise BadUserInput(f"{name}: is no cursor of this list.", path=(name,))
        return position

    def _place(self, position: Position) -> ColumnElement[Any]:
        return tuple_(*(literal(value, column.type) for column, value in zip(self.columns, position, strict=True)))


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The rows of `keyset`'s table, converted by `model`."""

    database: Database
    keyset: Keyset
    model: Callable[[Row[Any]], T]

    async def where(self, within: ColumnElement[bool], transaction: Transaction | None = None) -> list[T]:
        """Return all rows within a predicate, with a `transaction` as it sees them."""
        statement = select(self.keyset.table).where(within).order_by(*self.keyset.order())
        async with self.database.read(transaction) as connection:
            return [self.model(row) for row in await connection.execute(statement)]

    async def sent(
        self, statement: Select[Any], parameters: Mapping[str, Any], transaction: Transaction | None = None
    ) -> list[T]:
        """Return the rows of a statement that was built before."""
        if transaction is not None:
            query = _query(statement, transaction.dialect.name, tuple(parameters))
            return [self.model(row) for row in await transaction.fetch(query, parameters)]
        async with self.database.read(transaction) as connection:
            return [self.model(row) for row in await connection.execute(statement, parameters)]

    async def by_pair(
        self,
        columns: PairColumns,
        keys: Sequence[ObjectKey],
        visible: ColumnElement[bool],
        transaction: Transaction | None = None,
    ) -> list[T | None]:
        """Return the models whose two key columns are `keys`, in that order; None if unknown or not visible."""
        statement = select(self.keyset.table).where(among_pairs(columns, keys), visible)
        async with self.database.read(transaction) as connection:
            rows = await connection.execute(statement)
        key = _pair(columns)
        found = {key(row): self.model(row) for row in rows}
        return [found.get(wanted) for wanted in keys]

    async def count(self, within: ColumnElement[bool]) -> int:
        statement = select(func.count()).select_from(self.keyset.table).where(within)
        async with self.database.read() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def all(self, within: ColumnElement[bool], batch_rows: int = BATCH_ROWS) -> list[T]:
        """Return all rows within a predicate, however many: `batch_rows` by each statement.

        Readers of a long list so leave the database to others in between.
        """
        models: list[T] = []
        request = PageRequest(limit=batch_rows)
        position = self.keyset.position()
        while True:
            statement = (
                select(self.keyset.table)
                .where(within, self.keyset.between(request))
                .order_by(*self.keyset.order())
                .limit(batch_rows)
            )
            async with self.database.read() as connection:
                rows = (await connection.execute(statement)).all()
            models += map(self.model, rows)
            if len(rows) < batch_rows:
                return models
            request = replace(request, after=position(rows[-1]))

    async def page(self, within: ColumnElement[bool], request: PageRequest) -> Page[T]:
        """Return a page, by one statement, and one more if the request has a position. Raise BadUserInput."""
        statement = (
            select(self.keyset.table)
            .where(within, self.keyset.between(request))
            .order_by(*self.keyset.order(request.backward))
            .limit(request.limit + 1)
        )
        async with self.database.read() as connection:
            rows = (await connection.execute(statement)).all()
            outside = await self._outside(connection, within, request)
        return self._page(rows, request, outside, partial(self.count, within))

    async def pages(
        self, within: ColumnElement[bool], parent: PairColumns, keys: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[T]]:
        """Return the same page for each of many parents, in the order of `keys`, by the statements of one page."""
        of_parents = and_(within, among_pairs(parent, keys))
        parent_of = _pair(parent)
        rows: dict[ObjectKey, list[Row[Any]]] = {key: [] for key in keys}
        async with self.database.read() as connection:
            for row in await connection.execute(self._numbered(of_parents, parent, request)):
                rows[parent_of(row)].append(row)
            outside = await self._outside_of_each(connection, of_parents, parent, request)
        return [
            self._page(
                rows[key], request, outside.get(key, (False, False)), partial(self._count_of, within, parent, key)
            )
            for key in keys
        ]

    async def _count_of(self, within: ColumnElement[bool], parent: PairColumns, key: ObjectKey) -> int:
        return await self.count(and_(within, among_pairs(parent, [key])))

    def _numbered(self, within: ColumnElement[bool], parent: PairColumns, request: PageRequest) -> Any:
        order = self.keyset.order(request.backward)
        place = func.row_number().over(partition_by=parent, order_by=order).label("place")
        numbered = select(self.keyset.table, place).where(within, self.keyset.between(request)).subquery()
        return select(numbered).where(numbered.c.place <= request.limit + 1).order_by(numbered.c.place)

    async def _outside(
        self, connection: AsyncConnection, within: ColumnElement[bool], request: PageRequest
    ) -> _Outside:
        if request.after is None and request.before is None:
            return False, False
        some = select(literal(1)).select_from(self.keyset.table)
        head, tail = (exists(some.where(within, part)) for part in self.keyset.outside(request))
        found = (await connection.execute(select(head, tail))).one()
        return bool(found[0]), bool(found[1])

    async def _outside_of_each(
        self, connection: AsyncConnection, within: ColumnElement[bool], parent: PairColumns, request: PageRequest
    ) -> dict[ObjectKey, _Outside]:
        if request.after is None and request.before is None:
            return {}
        head, tail = (func.count().filter(part) for part in self.keyset.outside(request))
        statement = select(parent[0], parent[1], head, tail).where(within).group_by(*parent)
        return {(row[0], row[1]): (row[2] > 0, row[3] > 0) for row in await connection.execute(statement)}

    def _page(
        self, rows: Sequence[Row[Any]], request: PageRequest, outside: _Outside, count: Callable[[], Awaitable[int]]
    ) -> Page[T]:
        head, tail = outside
        more = len(rows) > request.limit
        kept = rows[: request.limit]
        kept = kept[::-1] if request.backward else kept
        position = self.keyset.position()
        return Page(
            nodes=[self.model(row) for row in kept],
            positions=[position(row) for row in kept],
            has_next=tail or (more and not request.backward),
            has_previous=head or (more and request.backward),
            count=count,
        )


def _pair(columns: PairColumns) -> Callable[[Row[Any]], ObjectKey]:
    first, second = (column.key for column in columns)
    return lambda row: (getattr(row, first), getattr(row, second))


def narrowed(*conditions: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """Return the conjunction of the conditions that are not None."""
    return and_(*(condition for condition in conditions if condition is not None))


def _fits(column: Column[Any], value: str | int) -> bool:
    if isinstance(column.type, BigInteger):
        return isinstance(value, int) and -_BIGGEST <= value < _BIGGEST
    return isinstance(value, str) and is_storable(value)


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """The effect of a write: `entity` as it is stored now; `is_new` if it was not stored before."""

    entity: T
    is_new: bool


async def upsert(
    transaction: Transaction, table: Table, rows: Sequence[Mapping[str, Any]], keep: tuple[str, ...] = ()
) -> None:
    """Insert rows, or replace those with the same primary keys, except for the columns in `keep`."""
    if rows:
        await transaction.change(_upsert(table, transaction.dialect.name, keep, tuple(rows[0])), rows)


async def insert_new(transaction: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless it breaks a unique index; return whether it was inserted."""
    return await transaction.change(_insert_new(table, transaction.dialect.name, tuple(row)), [row]) == 1


async def next_ordinal(transaction: Transaction, table: Table) -> int:
    """Return one more than the greatest `ordinal` in the table. No other writer gets it: writers take turns."""
    greatest: int | None = (await transaction.execute(select(func.max(table.c.ordinal)))).scalar_one()
    return (greatest or 0) + 1


def _insert(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (only needed for PostgreSQL)

    return postgresql.insert(table)


@cache
def _query(statement: Select[Any], dialect: str, names: tuple[str, ...]) -> CompiledQuery:
    return CompiledQuery(statement, dialect, names)


@cache
def _insert_new(table: Table, dialect: str, names: tuple[str, ...]) -> Compiled:
    return Compiled(_insert(table, dialect).on_conflict_do_nothing(), dialect, names)


@cache
def _upsert(table: Table, dialect: str, keep: tuple[str, ...], names: tuple[str, ...]) -> Compiled:
    statement = _insert(table, dialect)
    replaced = {column.key: statement.excluded[column.key] for column in table.c if column.key not in keep}
    primary = [column.key for column in table.primary_key]
    replacing = statement.on_conflict_do_update(
        index_elements=primary, set_={name: value for name, value in replaced.items() if name not in primary}
    )
    return Compiled(replacing, dialect, names)
