"""SQL of reads of one table: each text is for one shape of arguments and all of their values."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from gateway.storage.prepared import Condition, Dialect, is_storable_row, json_text
from gateway.storage.rows import Keyset
from gateway.storage.schema import Column
from providers.domain.pages import PageRequest, Position

Key = tuple[str, ...]
K = TypeVar("K", bound=Key)
Columns = tuple[Column, ...]


@dataclass(frozen=True)
class Parents(Generic[K]):
    """The parents of rows: `columns` of a row are one of `keys`.

    An index begins with these columns and goes on with those of the list's order.
    """

    columns: Columns
    keys: Sequence[K]

    @cached_property
    def storable(self) -> Sequence[K]:
        """The keys that a row can have, each once."""
        return [key for key in dict.fromkeys(self.keys) if is_storable_row(key)]


class Join(NamedTuple):
    """Columns of another table that are read with the rows: of the row that `on` selects, if there is one."""

    columns: Columns
    on: str


class Shape(NamedTuple):
    """All that the text of a statement depends on."""

    conditions: tuple[str, ...]
    parents: Columns = ()
    has_after: bool = False
    has_before: bool = False
    backward: bool = False
    of_joined: tuple[str, ...] = ()


class Query(NamedTuple):
    """The rows of a list within `conditions`, and the part of it that a page is made from.

    `of_joined` are the conditions for the rows that are joined to the parents.
    """

    conditions: Sequence[Condition]
    parents: Parents[Any] | None = None
    request: PageRequest | None = None
    of_joined: Sequence[Condition] = ()

    @property
    def shape(self) -> Shape:
        conditions = tuple([each.sql for each in self.conditions])
        parents = () if self.parents is None else self.parents.columns
        request = self.request
        if request is None:
            return Shape(conditions, parents)
        of_joined = tuple([each.sql for each in self.of_joined])
        has_after, has_before = request.after is not None, request.before is not None
        return Shape(conditions, parents, has_after, has_before, request.backward, of_joined)

    @property
    def key(self) -> Hashable:
        """The values that the rows depend on, without the columns that are read."""
        parents = () if self.parents is None else tuple(self.parents.keys)
        return self.shape, parents, self.request, self._of_conditions

    @property
    def given(self) -> Iterable[object]:
        """The values in the key, each of any length."""
        parents = () if self.parents is None else self.parents.keys
        request = self.request or PageRequest(0)
        return chain(self._of_conditions, chain.from_iterable(parents), request.after or (), request.before or ())

    @property
    def _of_conditions(self) -> tuple[object, ...]:
        values = [each.values for each in (*self.conditions, *self.of_joined)]
        return tuple([value for each in values for value in each.values()])

    def values(self) -> dict[str, Any]:
        """Return the values of the statement's parameters."""
        values: dict[str, Any] = {}
        for each in (*self.conditions, *self.of_joined):
            values.update(each.values)
        if self.parents is not None:
            values["parents"] = json_text(self.parents.storable)
        if self.request is not None:
            values["limit"] = self.request.limit + 1
            _add_position(values, "after", self.request.after)
            _add_position(values, "before", self.request.before)
        return values


@dataclass(frozen=True, slots=True, eq=False)
class PageSql:
    """The texts for the rows of `keyset`'s table, of which `columns` are read, and those of `join` with them."""

    dialect: Dialect
    keyset: Keyset
    columns: Columns
    join: Join | None

    def whole(self, shape: Shape) -> str:
        """All rows, in order."""
        return f"SELECT {self._columns} FROM {self._table} {_where(shape.conditions)} ORDER BY {self._order()}"

    def by_key(self, shape: Shape) -> str:
        """The rows of the parents, each with its parent's place: a parent is a unique key."""
        found = self.dialect.all_of_each(self._table, _joint((*self._of_parent(shape), *shape.conditions)))
        joined = "" if self.join is None else self.dialect.one_joined(self._joined_table, self.join.on)
        return f"{self._selected}, given.key FROM rows(:parents) AS given {found} {joined}"

    def count(self, shape: Shape) -> str:
        """The number of rows."""
        return f"SELECT count(*) {self._all_from(shape, shape.conditions)}"

    def unordered(self, shape: Shape) -> str:
        """All rows, in no order: an index of the conditions is used, and not one of the order."""
        if shape.parents and self.join is None:
            found = self.dialect.all_of_each(self._table, _joint((*self._of_parent(shape), *shape.conditions)))
            return f"{self._selected} FROM rows(:parents) AS given {found}"
        within = _where((*self._of_parent(shape), *shape.conditions, *self._joined))
        given = "rows(:parents) AS given CROSS JOIN " if shape.parents else ""
        return f"{self._selected} FROM {given}{self._table}{self._cross_join} {within}"

    def page(self, shape: Shape) -> str:
        """The first rows in order, of all parents together."""
        ordered = f"ORDER BY {self._order(shape.backward)} LIMIT :limit"
        if not shape.parents:
            within = _where((*shape.conditions, *self._bounds(shape), *self._joined))
            return f"{self._selected} FROM {self._table}{self._cross_join} {within} {ordered}"
        firsts = self.dialect.first_of_each(self._table, self._first_rows(shape), keep_given=False)
        within = _where(self._joined)
        return f"{self._selected} FROM rows(:parents) AS given {firsts}{self._cross_join} {within} {ordered}"

    def pages(self, shape: Shape) -> str:
        """The first rows of each parent, with the row joined to the parent and the parent's place, in no order."""
        joined = ""
        if self.join is not None:
            on = _joint((self.join.on, *shape.of_joined))
            joined = self.dialect.one_joined(self._joined_table, on, keep_given=True)
        firsts = self.dialect.first_of_each(self._table, self._first_rows(shape), keep_given=self.join is not None)
        return f"{self._selected}, given.key FROM rows(:parents) AS given {joined} {firsts}"

    def outside(self, shape: Shape) -> str:
        """Whether there are rows up to `after`, and from `before` on, both inclusive."""
        head, tail = (
            f"EXISTS (SELECT 1 {self._all_from(shape, (*shape.conditions, bound))})" for bound in self._outsides(shape)
        )
        return f"SELECT {head}, {tail}"

    def outside_of_each(self, shape: Shape) -> str:
        """The same for each parent, with its place."""
        head, tail = (
            f"EXISTS (SELECT 1 FROM {self._table} {_where((*self._of_parent(shape), *shape.conditions, bound))})"
            for bound in self._outsides(shape)
        )
        return f"SELECT {head}, {tail}, given.key FROM rows(:parents) AS given"

    @property
    def _table(self) -> str:
        return self.keyset.table.name

    @property
    def _columns(self) -> str:
        return ", ".join(map(str, self.columns))

    @property
    def _joined_table(self) -> str:
        return "" if self.join is None else self.join.columns[0].table.name

    @property
    def _selected(self) -> str:
        joined = () if self.join is None else self.join.columns
        return f"SELECT {', '.join(map(str, (*self.columns, *joined)))}"

    @property
    def _cross_join(self) -> str:
        # To SQLite it says that the rows come first, and for each of them the joined one.
        return "" if self.join is None else f" CROSS JOIN {self._joined_table}"

    @property
    def _joined(self) -> tuple[str, ...]:
        return () if self.join is None else (self.join.on,)

    def _all_from(self, shape: Shape, conditions: Sequence[str]) -> str:
        if not shape.parents:
            return f"FROM {self._table} {_where(conditions)}"
        within = _where((*self._of_parent(shape), *conditions))
        return f"FROM rows(:parents) AS given CROSS JOIN {self._table} {within}"

    def _first_rows(self, shape: Shape) -> str:
        """Return what selects the first rows of a given parent."""
        within = _where((*self._of_parent(shape), *shape.conditions, *self._bounds(shape)))
        return f"FROM {self._table} {within} ORDER BY {self._order(shape.backward)} LIMIT :limit"

    def _of_parent(self, shape: Shape) -> list[str]:
        return [f"{column} = item(given, {place})" for place, column in enumerate(shape.parents)]

    def _order(self, backward: bool = False) -> str:
        way = "DESC" if self.keyset.descending != backward else "ASC"
        return ", ".join(f"{column} {way}" for column in self.keyset.columns)

    def _bounds(self, shape: Shape) -> Iterable[str]:
        """Return the predicates for rows strictly between `after` and `before`."""
        follows, precedes = ("<", ">") if self.keyset.descending else (">", "<")
        if shape.has_after:
            yield self._compared(follows, "after")
        if shape.has_before:
            yield self._compared(precedes, "before")

    def _outsides(self, shape: Shape) -> tuple[str, str]:
        """Return the predicates for rows up to `after` and for rows from `before` on; never true without those."""
        until, since = (">=", "<=") if self.keyset.descending else ("<=", ">=")
        head = self._compared(until, "after") if shape.has_after else "1 = 0"
        return head, self._compared(since, "before") if shape.has_before else "1 = 0"

    def _compared(self, operator: str, name: str) -> str:
        columns = self.keyset.columns
        place = ", ".join(f":{name}_{number}" for number in range(len(columns)))
        return f"({', '.join(map(str, columns))}) {operator} ({place})"


def _where(conditions: Iterable[str]) -> str:
    joined = _joint(conditions)
    return f"WHERE {joined}" if joined else ""


def _joint(conditions: Iterable[str]) -> str:
    return " AND ".join(f"({each})" for each in conditions)


def _add_position(values: dict[str, Any], name: str, position: Position | None) -> None:
    for number, value in enumerate(position or ()):
        values[f"{name}_{number}"] = value
