"""Positions in an ordered table, as SQL: pages stay right while rows come and go, and cost the same anywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Row, Table, and_, false, literal, true, tuple_

from providers.domain.pages import PageRequest, Position
from providers.domain.text import is_storable

_BIGGEST = 2**63


class ForeignPosition(ValueError):
    """A position that is of no row of this list: another list's, or nobody's."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of a list of `table`'s rows: by `columns`, of which the last one makes a row unique."""

    table: Table
    columns: tuple[Column[Any], ...]
    descending: bool = False

    def order(self, backward: bool = False) -> list[ColumnElement[Any]]:
        """The list's order, or the reverse of it."""
        falling = self.descending != backward
        return [column.desc() if falling else column.asc() for column in self.columns]

    def between(self, request: PageRequest) -> ColumnElement[bool]:
        """Rows strictly between the positions of the request; ForeignPosition where they can't be compared."""
        after = true() if request.after is None else self._follows(request.after)
        before = true() if request.before is None else self._precedes(request.before)
        return and_(after, before)

    def outside(self, request: PageRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Rows up to `after`, and rows from `before` on, both inclusive: none where the request has no such bound."""
        head = false() if request.after is None else ~self._follows(request.after)
        tail = false() if request.before is None else ~self._precedes(request.before)
        return head, tail

    def position(self) -> Callable[[Row[Any]], Position]:
        """Reads a row's position off it."""
        names = [column.key for column in self.columns]
        return lambda row: tuple(getattr(row, name) for name in names)

    def _follows(self, position: Position) -> ColumnElement[bool]:
        row, place = tuple_(*self.columns), self._place(position)
        return row < place if self.descending else row > place

    def _precedes(self, position: Position) -> ColumnElement[bool]:
        row, place = tuple_(*self.columns), self._place(position)
        return row > place if self.descending else row < place

    def _place(self, position: Position) -> ColumnElement[Any]:
        if len(position) != len(self.columns) or not all(map(_fits, self.columns, position)):
            raise ForeignPosition("This position belongs to another list.")
        return tuple_(*(literal(value, column.type) for column, value in zip(self.columns, position, strict=True)))


def _fits(column: Column[Any], value: str | int) -> bool:
    if isinstance(column.type, BigInteger):
        return isinstance(value, int) and -_BIGGEST <= value < _BIGGEST
    return isinstance(value, str) and is_storable(value)
