"""Predicates over any number of values in one parameter, and over parts of text, for both databases alike."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Boolean, ColumnElement, Text, bindparam, false, literal, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import TableValuedAlias
from sqlalchemy.sql.functions import FunctionElement

from gateway.storage.text import folded
from providers.domain.text import is_storable


class _JsonRows(FunctionElement[Any]):
    """The elements of a JSON array as rows with a column `value`."""

    inherit_cache = True


class _JsonItem(FunctionElement[str]):
    """The text at an index of a JSON array."""

    type = Text()
    inherit_cache = True


class _Holds(FunctionElement[bool]):
    """Whether the first text has the second one in it."""

    type = Boolean()
    inherit_cache = True


@compiles(_JsonRows, "sqlite")
def _sqlite_rows(element: _JsonRows, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_JsonRows, "postgresql")
def _postgresql_rows(element: _JsonRows, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS json))"


@compiles(_JsonItem, "sqlite")
def _sqlite_item(element: _JsonItem, compiler: SQLCompiler, **kw: Any) -> str:
    value, index = element.clauses
    return f"json_extract({compiler.process(value, **kw)}, '$[' || {compiler.process(index, **kw)} || ']')"


@compiles(_JsonItem, "postgresql")
def _postgresql_item(element: _JsonItem, compiler: SQLCompiler, **kw: Any) -> str:
    value, index = element.clauses
    return f"({compiler.process(value, **kw)} ->> CAST({compiler.process(index, **kw)} AS integer))"


@compiles(_Holds, "sqlite")
def _sqlite_holds(element: _Holds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)}) > 0"


@compiles(_Holds, "postgresql")
def _postgresql_holds(element: _Holds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)}) > 0"


def json_rows(rows: Iterable[Sequence[str | int | None]]) -> TableValuedAlias:
    """Rows handed over as one parameter: a statement stays the same for any number of them. Read with `json_item`."""
    return _JsonRows(bindparam(None, orjson.dumps([*rows]).decode(), Text)).table_valued("value")


def named_rows(name: str) -> TableValuedAlias:
    """Rows that a statement is given when it is sent, under a name, as what `rows_text` makes of them."""
    return _JsonRows(bindparam(name, type_=Text)).table_valued("value")


def rows_text(rows: Iterable[Sequence[str]]) -> str:
    """Those of the rows that can be in the store, for `named_rows`."""
    return orjson.dumps([row for row in rows if all(map(is_storable, row))]).decode()


def json_item(rows: TableValuedAlias, index: int) -> ColumnElement[str]:
    """The text at `index` of each of the rows."""
    return _JsonItem(rows.c.value, literal(index))


def among(column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Whether a text column is one of `values`."""
    rows = json_rows((value,) for value in values if is_storable(value))
    return column.in_(select(json_item(rows, 0)))


def among_pairs(
    columns: tuple[ColumnElement[Any], ColumnElement[Any]], pairs: Iterable[tuple[str, str]]
) -> ColumnElement[bool]:
    """Whether two text columns are, together, one of `pairs`."""
    rows = json_rows(pair for pair in pairs if all(map(is_storable, pair)))
    return tuple_(*columns).in_(select(json_item(rows, 0), json_item(rows, 1)))


def holds(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a column of folded text has `text` in it, cleaned and folded like the column. It has no wildcards."""
    wanted = folded(text)
    return _Holds(column, literal(wanted, Text)) if wanted or not text else false()
