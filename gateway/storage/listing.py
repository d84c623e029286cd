"""Reading an entity's rows as models: by key, by predicate, by page, and a page for each of many parents."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Row, Select, and_, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.database import Database, Transaction
from gateway.storage.keyset import Keyset
from gateway.storage.matching import among_pairs
from providers.domain.criteria import ObjectKey
from providers.domain.pages import Page, PageRequest

T = TypeVar("T")
PairColumns = tuple[Column[Any], Column[Any]]
_Outside = tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Rows in the order of `keyset`, made into models by `model`."""

    database: Database
    keyset: Keyset
    model: Callable[[Row[Any]], T]

    async def where(self, within: ColumnElement[bool], transaction: Transaction | None = None) -> list[T]:
        """All rows within a predicate, as `transaction` sees them where one is given."""
        statement = select(self.keyset.table).where(within).order_by(*self.keyset.order())
        async with self.database.read(transaction) as connection:
            return [self.model(row) for row in await connection.execute(statement)]

    async def sent(
        self, statement: Select[Any], parameters: Mapping[str, Any], transaction: Transaction | None = None
    ) -> list[T]:
        """What a statement that was built beforehand finds."""
        async with self.database.read(transaction) as connection:
            return [self.model(row) for row in await connection.execute(statement, parameters)]

    async def by_pair(
        self,
        columns: PairColumns,
        keys: Sequence[ObjectKey],
        visible: ColumnElement[bool],
        transaction: Transaction | None = None,
    ) -> list[T | None]:
        """The models whose two key columns are `keys`, in that order; None where there is none to be seen."""
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

    async def page(self, within: ColumnElement[bool], request: PageRequest) -> Page[T]:
        """One statement, and one more where the request has a position."""
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
        """The same page for each of many parents, in the order of `keys`, for the price of one."""
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
    """All of the conditions that somebody set."""
    return and_(*(condition for condition in conditions if condition is not None))
