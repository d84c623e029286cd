"""Entities of a table: read by key, by condition, by page, and by a page for each of many parents.

The cost of a page depends on its length and on the number of its parents, not on the length of the list: each parent's
rows are read in the order of an index, and no further than the page reaches.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from sys import getsizeof
from typing import Any, Generic, TypeVar

from gateway.storage.database import Database, Transaction
from gateway.storage.page_sql import Columns, Join, Key, PageSql, Parents, Query, Shape
from gateway.storage.prepared import Condition, Row, Statement
from gateway.storage.read_cache import Sized
from gateway.storage.rows import Keyset
from gateway.storage.schema import Column, Kind
from providers.domain.errors import BadUserInput
from providers.domain.pages import Beginning, Page, PageRequest, Position
from providers.domain.text import is_storable

T = TypeVar("T")
K = TypeVar("K", bound=Key)
R = TypeVar("R")
_Text = Callable[[Shape], str]
_Outside = tuple[bool, bool]

BATCH_ROWS = 1_000
"""Rows that one statement reads of a list that is read as a whole."""

_BIGGEST = 2**63
_NOTHING_OUTSIDE = (False, False)

_ABOVE = "\x7f"
"""Greater than every character of ids that are cut in cursors."""


class EntityTable(Generic[T]):
    """The rows of `keyset`'s table. `model` makes an entity of a row that begins with `columns`.

    `get_many`, `page` and `unordered` join each row with the row of another table that it has; `model` gets the columns
    of `join` after `columns`. `pages_with_joined` joins each parent.
    """

    def __init__(
        self,
        database: Database,
        keyset: Keyset,
        columns: Columns,
        model: Callable[[Row], T],
        join: Join | None = None,
    ) -> None:
        self.database = database
        self._keyset = keyset
        self._model = model
        self._width = len(columns)
        self._sql = PageSql(database.dialect, keyset, columns, join)
        self._position = _positions([columns.index(each) for each in keyset.columns])
        self._statements: dict[tuple[_Text, Shape], Statement] = {}

    async def where(self, *conditions: Condition, transaction: Transaction | None = None) -> list[T]:
        """Return all rows in their order, with a `transaction` as it sees them."""
        return [*map(self._model, await self._rows(self._sql.whole, Query(conditions), transaction))]

    async def get_many(
        self, unique: Columns, keys: Sequence[K], *conditions: Condition, transaction: Transaction | None = None
    ) -> Mapping[K, T]:
        """Return entities by the values of unique columns, without those that are unknown or don't fit."""
        parents = Parents(unique, keys)
        query = Query(conditions, parents)
        if transaction is not None:
            return (await self._read_by_key(query, parents, transaction)).result
        return await self._cached(query, self._read_by_key, parents)

    async def positions(self, unique: Columns, keys: Sequence[K], *conditions: Condition) -> Mapping[K, Position]:
        """Return the positions that entities have in pages, by the values of unique columns, as `get_many` does."""
        parents = Parents(unique, keys)
        rows = await self._rows(self._sql.by_key, Query(conditions, parents))
        places = self._places(parents)
        return {places[row[-1]]: self._position(row) for row in rows}

    async def unordered(self, *conditions: Condition, parents: Parents[Any] | None = None) -> Sequence[T]:
        """Return all rows in no order: for few, which an index finds by the conditions."""
        return await self._cached(Query(conditions, parents), self._read_unordered)

    async def count(self, *conditions: Condition, parents: Parents[Any] | None = None) -> int:
        """Return the number of all rows."""
        return await self._cached(Query(conditions, parents), self._read_count)

    async def _count_of(self, conditions: Sequence[Condition], columns: Columns, key: Key) -> int:
        """Return the number of all rows of one parent. Few pages are counted, so it is not prepared for each."""
        return await self.count(*conditions, parents=Parents(columns, [key]))

    async def all(self, *conditions: Condition, parents: Parents[Any] | None = None) -> list[T]:
        """Return all rows, however many: BATCH_ROWS by each statement.

        Readers of a long list so leave the database to others in between.
        """
        entities: list[T] = []
        request = PageRequest(limit=BATCH_ROWS - 1)
        while True:
            rows = await self._rows(self._sql.page, Query(conditions, parents, request))
            entities += map(self._model, rows)
            if len(rows) < BATCH_ROWS:
                return entities
            request = request._replace(after=self._position(rows[-1]))

    async def page(
        self, conditions: Sequence[Condition], request: PageRequest, parents: Parents[Any] | None = None
    ) -> Page[T]:
        """Return a page, by one statement, and one more if the request has a position. Raise BadUserInput.

        With `parents`, it is a page of the rows of all of them together.
        """
        request = self._checked(request)
        return await self._cached(Query(conditions, parents, request), self._read_page, request)

    async def pages(
        self, conditions: Sequence[Condition], request: PageRequest, parents: Parents[Any]
    ) -> list[Page[T]]:
        """Return the same page for each of many parents, in the order of their keys, by the statements of one page."""
        return [page for page, _ in await self.pages_with_joined(conditions, request, parents)]

    async def pages_with_joined(
        self,
        conditions: Sequence[Condition],
        request: PageRequest,
        parents: Parents[Any],
        of_joined: Sequence[Condition] = (),
    ) -> Sequence[tuple[Page[T], Row | None]]:
        """Return the same page for each parent, with the row joined to the parent if one fits `of_joined`."""
        request = self._checked(request)
        query = Query(conditions, parents, request, of_joined)
        return await self._cached(query, self._read_pages, parents, request)

    async def _cached(self, query: Query, read: Callable[..., Awaitable[Sized[R]]], *parts: object) -> R:
        """Return what `read` returns for a query and parts of it: the same object while nothing is committed."""
        return await self.database.cache.get((read, query.key), partial(read, query, *parts))

    async def _read_by_key(
        self, query: Query, parents: Parents[K], transaction: Transaction | None = None
    ) -> Sized[Mapping[K, T]]:
        rows = await self._rows(self._sql.by_key, query, transaction)
        places = self._places(parents)
        return _sized({places[row[-1]]: self._model(row) for row in rows}, query, rows)

    async def _read_unordered(self, query: Query) -> Sized[Sequence[T]]:
        rows = await self._rows(self._sql.unordered, query)
        return _sized([*map(self._model, rows)], query, rows)

    async def _read_count(self, query: Query) -> Sized[int]:
        rows = await self._rows(self._sql.count, query)
        return _sized(int(rows[0][0]), query, rows)

    async def _read_page(self, query: Query, request: PageRequest) -> Sized[Page[T]]:
        rows = await self._rows(self._sql.page, query)
        head, tail = await self._outside(query)
        count = partial(self.count, *query.conditions, parents=query.parents)
        return _sized(self._page(rows, request, (bool(head), bool(tail)), count), query, rows)

    async def _read_pages(
        self, query: Query, parents: Parents[Any], request: PageRequest
    ) -> Sized[Sequence[tuple[Page[T], Row | None]]]:
        places = self._places(parents)
        rows: dict[Key, list[Row]] = {key: [] for key in parents.keys}
        joined: dict[Key, Row] = {}
        found = await self._rows(self._sql.pages, query)
        for row in found:
            key = places[row[-1]]
            if row[0] is not None:
                rows[key].append(row)
            if row[self._width : -1]:
                joined[key] = row[self._width : -1]
        outside = await self._outside_of_each(query, places)
        descending = self._keyset.descending != request.backward
        pages = {
            key: self._page(
                sorted(of_parent, key=self._position, reverse=descending),
                request,
                outside.get(key, _NOTHING_OUTSIDE),
                partial(self._count_of, query.conditions, parents.columns, key),
            )
            for key, of_parent in rows.items()
        }
        return _sized([(pages[key], joined.get(key)) for key in parents.keys], query, found)

    async def _rows(self, text: _Text, query: Query, transaction: Transaction | None = None) -> Sequence[Row]:
        shape = query.shape
        statement = self._statements.get((text, shape))
        if statement is None:
            statement = self._statements[text, shape] = self.database.dialect.statement(text(shape))
        return await self.database.fetch(statement, query.values(), transaction)

    async def _outside(self, query: Query) -> Row:
        has_bound = query.shape.has_after or query.shape.has_before
        return (await self._rows(self._sql.outside, query))[0] if has_bound else _NOTHING_OUTSIDE

    async def _outside_of_each(self, query: Query, places: dict[int, Key]) -> dict[Key, _Outside]:
        if not (query.shape.has_after or query.shape.has_before):
            return {}
        rows = await self._rows(self._sql.outside_of_each, query)
        return {places[place]: (bool(head), bool(tail)) for head, tail, place in rows}

    def _places(self, parents: Parents[K]) -> dict[int, K]:
        """Return the keys by the place that the database gives them."""
        return dict(enumerate(parents.storable, self.database.dialect.first_place))

    def _page(
        self, rows: Sequence[Row], request: PageRequest, outside: _Outside, count: Callable[[], Awaitable[int]]
    ) -> Page[T]:
        head, tail = outside
        more = len(rows) > request.limit
        kept = rows[: request.limit]
        kept = kept[::-1] if request.backward else kept
        return Page(
            nodes=[*map(self._model, kept)],
            positions=[*map(self._position, kept)],
            has_next=tail or (more and not request.backward),
            has_previous=head or (more and request.backward),
            count=count,
        )

    def _checked(self, request: PageRequest) -> PageRequest:
        """Return the request with whole values in its positions.

        Raise BadUserInput, which names `after` or `before`, if one belongs to another list.
        """
        columns = self._keyset.columns
        for name, position in (("after", request.after), ("before", request.before)):
            if position is not None and not (len(position) == len(columns) and all(map(_fits, columns, position))):
                raise BadUserInput(f"{name}: is no cursor of this list.", path=(name,))
        descending = self._keyset.descending
        after, before = _whole(request.after, greater=not descending), _whole(request.before, greater=descending)
        return request._replace(after=after, before=before)


def _sized(result: R, query: Query, rows: Sequence[Row]) -> Sized[R]:
    return Sized(result, partial(_size, query, rows))


def _size(query: Query, rows: Sequence[Row]) -> int:
    return sum(map(getsizeof, chain(query.given, chain.from_iterable(rows))))


def _whole(position: Position | None, *, greater: bool) -> Position | None:
    """Return the position with a whole value in place of a Beginning.

    It excludes what begins so: it is greater than that if the rows that are read are `greater` than the position, and
    less otherwise.
    """
    if position is None or not isinstance(position[-1], Beginning):
        return position
    return *position[:-1], position[-1] + _ABOVE if greater else str(position[-1])


def _positions(places: Sequence[int]) -> Callable[[Row], Position]:
    """Return what returns a row's position, a tuple also of one value."""
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))


def _fits(column: Column, value: str | int) -> bool:
    if column.kind is Kind.BIG_INTEGER:
        return isinstance(value, int) and -_BIGGEST <= value < _BIGGEST
    return isinstance(value, str) and is_storable(value)
