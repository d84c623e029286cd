"""Prepared reads: SQL that is written once for both databases, with named parameters.

Building an expression for each read takes longer than the read. So a read has a text for each shape of its arguments,
and its values are parameters. Where the databases differ, the text has one of these forms:

    rows(:keys)         the rows of a JSON array of arrays (see `rows_text`); name them `given`
    item(given, 0)      the text at an index of such a row; the row's own place is `given.key`
    contains(a, b)      whether text `a` contains text `b`
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson

from providers.domain.text import is_storable

Row = Sequence[Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate as SQL, the same text for all values of its parameters."""

    sql: str
    values: Values = field(default_factory=dict)


def all_of(*conditions: Condition | None) -> tuple[Condition, ...]:
    """Return the conditions that are not None."""
    return tuple(each for each in conditions if each is not None)


NEVER = Condition("1 = 0")


def among(column: str, name: str, values: Iterable[str]) -> Condition:
    """Return the condition that a text column is one of `values`, which become the parameter `name`."""
    chosen = f"{column} IN (SELECT item(given, 0) FROM rows(:{name}) AS given)"
    return Condition(chosen, {name: rows_text((value,) for value in values)})


def rows_text(rows: Iterable[Sequence[str | int | None]]) -> str:
    """Return the value of a parameter of `rows`, without rows that can't be stored anyway."""
    return json_text([row for row in rows if is_storable_row(row)])


def json_text(rows: Sequence[Sequence[str | int | None]]) -> str:
    """Return the same for rows that can all be stored."""
    return orjson.dumps(rows).decode()


def is_storable_row(row: Sequence[str | int | None]) -> bool:
    """Return whether every text of a row can be stored."""
    return all(not isinstance(value, str) or is_storable(value) for value in row)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as one database takes it. `names` are those of its positional parameters; None if they are named."""

    sql: str
    names: tuple[str, ...] | None

    def arguments(self, values: Values) -> Any:
        """Return the driver's parameters."""
        return values if self.names is None else tuple(values[name] for name in self.names)


class Dialect(ABC):
    """A database's SQL."""

    first_place: ClassVar[int]
    """The place of the first of the rows of `rows`."""

    _forms: ClassVar[Mapping[str, str]]

    def statement(self, sql: str) -> Statement:
        """Prepare a text (see the module)."""
        for form, own in self._forms.items():
            sql = re.sub(form, own, sql)
        return self._numbered(sql)

    @abstractmethod
    def first_of_each(self, table: str, rows: str, *, keep_given: bool) -> str:
        """Return the join of given rows with rows of `table` that a subquery selects for each of them.

        `rows` is all of that subquery after SELECT. With `keep_given`, a row for which it selects nothing stays.
        """

    @abstractmethod
    def all_of_each(self, table: str, on: str) -> str:
        """Return the join of given rows with all rows of `table` that a predicate selects for each: few."""

    @abstractmethod
    def one_joined(self, table: str, on: str, *, keep_given: bool = False) -> str:
        """Return the join of rows with the one row of `table` that a predicate selects for each.

        With `keep_given`, a row for which it selects none stays.
        """

    def _numbered(self, sql: str) -> Statement:
        return Statement(sql, None)


class Sqlite(Dialect):
    """SQLite has no LATERAL, but its table-valued functions may depend on the tables before them."""

    first_place = 0
    _forms: ClassVar[Mapping[str, str]] = {
        r"\brows\((:\w+)\)": r"json_each(\1)",
        r"\bitem\((\w+), (\d)\)": r"json_extract(\1.value, '$[\2]')",
        r"\bcontains\(([\w.]+), (:\w+)\)": r"instr(\1, \2) > 0",
    }

    def first_of_each(self, table: str, rows: str, *, keep_given: bool) -> str:
        # CROSS JOIN is SQLite's way to say which table comes first. A shorter `rowid IN (...)` would make it scan a
        # table that it takes for small.
        join = "LEFT JOIN" if keep_given else "CROSS JOIN"
        first = f"SELECT json_group_array(place) FROM (SELECT {table}.rowid AS place {rows})"
        return f"{join} json_each(({first})) AS found {join} {table} ON {table}.rowid = found.value"

    def all_of_each(self, table: str, on: str) -> str:
        return f"CROSS JOIN {table} ON {on}"

    def one_joined(self, table: str, on: str, *, keep_given: bool = False) -> str:
        return f"{'LEFT' if keep_given else 'CROSS'} JOIN {table} ON {on}"


class Postgresql(Dialect):
    """PostgreSQL takes any JSON array for one of a hundred rows, and would rather scan a table than look those up.

    A subquery with LIMIT or OFFSET is run for each of the given rows.
    """

    first_place = 1
    _forms: ClassVar[Mapping[str, str]] = {
        r"\brows\((:\w+)\) AS (\w+)": r"json_array_elements(CAST(\1 AS json)) WITH ORDINALITY AS \2(value, key)",
        r"\bitem\((\w+), (\d)\)": r"(\1.value ->> \2)",
        r"\bcontains\(([\w.]+), (:\w+)\)": r"strpos(\1, \2) > 0",
    }

    def first_of_each(self, table: str, rows: str, *, keep_given: bool) -> str:
        join = "LEFT JOIN" if keep_given else "JOIN"
        return f"{join} LATERAL (SELECT {table}.* {rows}) AS {table} ON TRUE"

    def all_of_each(self, table: str, on: str) -> str:
        return f"CROSS JOIN LATERAL (SELECT {table}.* FROM {table} WHERE {on} OFFSET 0) AS {table}"

    def one_joined(self, table: str, on: str, *, keep_given: bool = False) -> str:
        join = "LEFT JOIN" if keep_given else "JOIN"
        return f"{join} LATERAL (SELECT {table}.* FROM {table} WHERE {on} LIMIT 1) AS {table} ON TRUE"

    def _numbered(self, sql: str) -> Statement:
        names: dict[str, int] = {}
        numbered = re.sub(r":(\w+)", lambda found: f"${names.setdefault(found[1], len(names) + 1)}", sql)
        return Statement(numbered, tuple(names))
