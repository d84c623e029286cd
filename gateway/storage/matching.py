"""Matching: how texts and telephone numbers are compared, and predicates for both databases.

A predicate takes any number of values as one parameter. Conditions are for prepared reads, expressions for the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import normalize

import orjson
from sqlalchemy import ColumnElement, Text, bindparam, literal, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import TableValuedAlias
from sqlalchemy.sql.functions import FunctionElement

from gateway.storage.prepared import NEVER, Condition
from providers.domain.phone import HOME_REGION, e164
from providers.domain.text import content, is_storable

_SORTED_CHARACTERS = 100
"""Characters of a name that are sorted by: PostgreSQL's index rows are limited to 2,704 bytes."""


class _JsonRows(FunctionElement[Any]):
    """SQL for the elements of a JSON array as rows with a column `value`."""

    inherit_cache = True


class _JsonItem(FunctionElement[str]):
    """SQL for the text at an index of a JSON array."""

    type = Text()
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


def json_rows(rows: Iterable[Sequence[str | int | None]]) -> TableValuedAlias:
    """Return rows as one parameter: the statement is the same for any number of them. Read them with `json_item`."""
    return _JsonRows(bindparam(None, orjson.dumps([*rows]).decode(), Text)).table_valued("value")


def named_rows(name: str) -> TableValuedAlias:
    """Return rows as a named parameter, whose value is made by `rows_text` when the statement is executed."""
    return _JsonRows(bindparam(name, type_=Text)).table_valued("value")


def json_item(rows: TableValuedAlias, index: int) -> ColumnElement[str]:
    """Return the text at `index` of each of the rows."""
    return _JsonItem(rows.c.value, literal(index))


def among(column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Return the predicate for a text column that is one of `values`."""
    rows = json_rows((value,) for value in values if is_storable(value))
    return column.in_(select(json_item(rows, 0)))


def among_pairs(
    columns: tuple[ColumnElement[Any], ColumnElement[Any]], pairs: Iterable[tuple[str, str]]
) -> ColumnElement[bool]:
    """Return the predicate for two text columns that are, together, one of `pairs`."""
    rows = json_rows(pair for pair in pairs if all(map(is_storable, pair)))
    return tuple_(*columns).in_(select(json_item(rows, 0), json_item(rows, 1)))


def holds(column: str, text: str) -> Condition:
    """Return the condition for a column of folded text that contains `text`, which has no wildcards."""
    wanted = folded(text)
    return Condition(f"contains({column}, :text)", {"text": wanted}) if wanted or not text else NEVER


def same_number(e164_column: str, digits_column: str, number: str) -> Condition:
    """Return the condition for rows with the telephone number, however it is written.

    Numbers are compared in E.164, and by their digits if one of them can't be parsed.
    """
    wanted = digits(number)
    if not wanted:
        return NEVER
    parsed = e164(number, HOME_REGION)
    if parsed is None:
        return Condition(f"{digits_column} = :digits", {"digits": wanted})
    return Condition(f"{e164_column} = :e164 OR {digits_column} = :digits", {"e164": parsed, "digits": wanted})


def digits(number: str) -> str:
    """Return the decimal digits of a number, as ASCII."""
    return "".join(str(int(character)) for character in number if character.isdecimal())


def folded(*parts: str | None) -> str:
    """Return the text that is searched in, and for: without regard to case and to how characters are composed."""
    return normalize("NFKC", content(" ".join(part for part in parts if part)).casefold())


def sort_key(name: str | None) -> str:
    """Return the text that a name is sorted by, the same on every database."""
    return folded(name)[:_SORTED_CHARACTERS]
