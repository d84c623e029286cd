"""Object plans: the fields that are selected of the objects of one type."""

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.graphql.execution.plan.places import Places
from gateway.graphql.execution.plan.run import PROPAGATED, Column, PendingColumn, Run

if TYPE_CHECKING:
    from gateway.graphql.execution.plan.fields import Field


class ObjectPlan:
    """Completes objects of one type, all that are on one level of the response.

    Its fields are compiled when the first object comes: a document may nest further than any response.
    """

    def __init__(self, compile_fields: Callable[[], "Sequence[Field]"]) -> None:
        self._compile_fields = compile_fields

    @cached_property
    def fields(self) -> "Sequence[Field]":
        """The fields, in the order of the response."""
        return self._compile_fields()

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        return tuple(field.key for field in self.fields)

    def complete(self, objects: Column, places: Places, run: Run) -> PendingColumn:
        """Return a dict for each object, or PROPAGATED if a field that must not be null has failed."""
        columns = [field.column(objects, places, run) for field in self.fields]
        for column in columns:
            if not isinstance(column, list):
                return self._complete_later(columns, len(objects), run)
        return self._rows(columns, len(objects), run)

    async def complete_serially(self, objects: Column, places: Places, run: Run) -> Column:
        """Complete one field after the other, until one that must not be null fails: for mutations."""
        columns: list[Column] = []
        for field in self.fields:
            column = field.column(objects, places, run)
            columns.append(column if isinstance(column, list) else await column)
            if PROPAGATED in columns[-1]:
                return [PROPAGATED] * len(objects)
        return self._rows(columns, len(objects), run)

    async def _complete_later(self, columns: Sequence[PendingColumn], count: int, run: Run) -> Column:
        return self._rows(await _all(columns), count, run)

    def _rows(self, columns: Sequence[PendingColumn], count: int, run: Run) -> Column:
        keys = self._keys
        if not columns:
            return [{} for _ in range(count)]
        rows: Column = [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]
        if run.errors:
            return [PROPAGATED if any(each is PROPAGATED for each in row.values()) else row for row in rows]
        return rows


async def _all(columns: Sequence[PendingColumn]) -> list[Column]:
    """Wait for the columns that are not there yet, side by side."""
    pending = [column for column in columns if not isinstance(column, list)]
    there = iter([await pending[0]] if len(pending) == 1 else await asyncio.gather(*pending))
    return [column if isinstance(column, list) else next(there) for column in columns]
