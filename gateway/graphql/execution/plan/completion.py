"""Completion of values by their types (GraphQL specification, 6.4.3), for all values of a column at once."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import chain
from types import NoneType
from typing import Any

from graphql import FieldNode

from gateway.graphql.execution.plan.run import (
    PROPAGATED,
    Column,
    ItemPlaces,
    PendingColumn,
    Places,
    Run,
    SomePlaces,
)


class Field(ABC):
    """A field of an object plan. `key` is its name in the response."""

    key: str

    @abstractmethod
    def column(self, objects: Column, places: Places, run: Run) -> PendingColumn:
        """Return the completed values of the field for all objects."""


class ObjectPlan:
    """Completes objects of one type, all that are on one level of the response.

    Its fields are compiled when the first object comes: a document may nest further than any response.
    """

    def __init__(self, compile_fields: Callable[[], Sequence[Field]]) -> None:
        self._compile_fields = compile_fields

    @cached_property
    def fields(self) -> Sequence[Field]:
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
        # A column for each key; that `zip` checks it for each row would take as long as the rest.
        rows: Column = [dict(zip(keys, values)) for values in zip(*columns, strict=True)]  # noqa: B905
        if run.errors:
            return [PROPAGATED if any(each is PROPAGATED for each in row.values()) else row for row in rows]
        return rows


async def _all(columns: Sequence[PendingColumn]) -> list[Column]:
    """Wait for the columns that are not there yet, side by side."""
    pending = [column for column in columns if not isinstance(column, list)]
    there = iter([await pending[0]] if len(pending) == 1 else await asyncio.gather(*pending))
    return [column if isinstance(column, list) else next(there) for column in columns]


class Completion(ABC):
    """Completes values that may be null, or PROPAGATED if they have failed."""

    @abstractmethod
    def complete(self, values: Column, places: Places, run: Run) -> PendingColumn:
        """Return the completed values, in their order."""


@dataclass(frozen=True, slots=True)
class Nullable(Completion):
    """The completion of a type without `!`: values that failed become null."""

    inner: "TypeCompletion"

    def complete(self, values: Column, places: Places, run: Run) -> PendingColumn:
        completed = self.inner.complete_with_nulls(values, places, run)
        if isinstance(completed, list):
            return _null_for_failed(completed, run)
        return self._later(completed, run)

    async def _later(self, completed: Awaitable[Column], run: Run) -> Column:
        return _null_for_failed(await completed, run)


@dataclass(frozen=True, slots=True)
class NonNull(Completion):
    """The completion of a type with `!`: a null is an error. Values that failed stay PROPAGATED, for the parent.

    `coordinate` is the field's, as in `Meeting.title`.
    """

    inner: "TypeCompletion"
    nodes: Sequence[FieldNode]
    coordinate: str

    def complete(self, values: Column, places: Places, run: Run) -> PendingColumn:
        completed = self.inner.complete_with_nulls(values, places, run)
        if isinstance(completed, list):
            return self._checked(completed, places, run)
        return self._later(completed, places, run)

    async def _later(self, completed: Awaitable[Column], places: Places, run: Run) -> Column:
        return self._checked(await completed, places, run)

    def _checked(self, completed: Column, places: Places, run: Run) -> Column:
        # Not `None not in completed`, which compares each value: a set of types is made without calls.
        if NoneType not in set(map(type, completed)):
            return completed
        error = TypeError(f"Cannot return null for non-nullable field {self.coordinate}.")
        return [
            run.fail(error, self.nodes, places, index) if value is None else value
            for index, value in enumerate(completed)
        ]


def _null_for_failed(completed: Column, run: Run) -> Column:
    if not run.errors:
        return completed
    return [None if value is PROPAGATED else value for value in completed]


class TypeCompletion(ABC):
    """Completes the values of one type.

    Callers use `complete_with_nulls`. Types that have to sort nulls out implement `complete`, for the other values.
    """

    @abstractmethod
    def complete(self, values: Column, places: Places, run: Run) -> PendingColumn:
        """Return completed values; PROPAGATED for one that fails. None of `values` is null."""

    def complete_with_nulls(self, values: Column, places: Places, run: Run) -> PendingColumn:
        """Complete the values that are there, and leave null and PROPAGATED as they are."""
        there = [index for index, value in enumerate(values) if value is not None and value is not PROPAGATED]
        if len(there) == len(values):
            return self.complete(values, places, run)
        completed = self.complete([values[index] for index in there], SomePlaces(places, there), run)
        if isinstance(completed, list):
            return _spread(completed, there, values)
        return self._later(completed, there, values)

    async def _later(self, completed: Awaitable[Column], there: Sequence[int], values: Column) -> Column:
        return _spread(await completed, there, values)


def _spread(completed: Column, there: Sequence[int], values: Column) -> Column:
    column = list(values)
    for index, value in zip(there, completed, strict=True):
        column[index] = value
    return column


@dataclass(frozen=True, slots=True)
class Leaf(TypeCompletion):
    """Scalars and enums. Values of the type `unchanged` are their own serialization.

    Nulls need no sorting out here: a serialized column has them at their places.
    """

    serialize: Callable[[Any], object]
    unchanged: type | None
    nodes: Sequence[FieldNode]

    def complete_with_nulls(self, values: Column, places: Places, run: Run) -> Column:
        if self.unchanged is not None and set(map(type, values)) <= {self.unchanged, NoneType}:
            return values
        serialize = self.serialize
        if not run.errors:  # then no value is PROPAGATED
            # All at once first; if a value fails, one by one: serializing twice has no effects.
            with suppress(Exception):
                return [None if value is None else serialize(value) for value in values]
        return [self._serialized(value, places, index, run) for index, value in enumerate(values)]

    def complete(self, values: Column, places: Places, run: Run) -> Column:
        return self.complete_with_nulls(values, places, run)

    def _serialized(self, value: object, places: Places, index: int, run: Run) -> object:
        if value is None or value is PROPAGATED:
            return value
        try:
            return self.serialize(value)
        except Exception as error:
            return run.fail(error, self.nodes, places, index)


@dataclass(frozen=True, slots=True)
class EnumLeaf(Leaf):
    """Members of `enum`, serialized as their `names`. Names are looked up by name: members are hashed in Python."""

    enum: type[Enum]
    names: Mapping[str, object]

    def complete_with_nulls(self, values: Column, places: Places, run: Run) -> Column:
        if not set(map(type, values)) <= {self.enum, NoneType}:
            return Leaf.complete_with_nulls(self, values, places, run)
        names = self.names
        return [None if value is None else names[value._name_] for value in values]


@dataclass(frozen=True, slots=True)
class List(TypeCompletion):
    """Lists: the items of all lists are completed together. An item that is an exception has failed."""

    item: Completion
    nodes: Sequence[FieldNode]

    def complete(self, values: Column, places: Places, run: Run) -> PendingColumn:
        lengths = list(map(len, values))
        items = list(chain.from_iterable(values))
        items_at = ItemPlaces(places, lengths)
        completed = self.item.complete(without_errors(items, self.nodes, items_at, run), items_at, run)
        if isinstance(completed, list):
            return _lists(completed, lengths, run)
        return self._lists_later(completed, lengths, run)

    async def _lists_later(self, completed: Awaitable[Column], lengths: Sequence[int], run: Run) -> Column:
        return _lists(await completed, lengths, run)


def _lists(items: Column, lengths: Sequence[int], run: Run) -> Column:
    column: Column = []
    start = 0
    for length in lengths:
        column.append(items[start : start + length])
        start += length
    if run.errors:
        return [PROPAGATED if PROPAGATED in each else each for each in column]
    return column


def without_errors(values: Column, nodes: Sequence[FieldNode], places: Places, run: Run) -> Column:
    """Record the exceptions among values; return the values with PROPAGATED in their places."""
    if not any(issubclass(each, Exception) for each in set(map(type, values))):
        return values
    return [
        run.fail(value, nodes, places, index) if isinstance(value, Exception) else value
        for index, value in enumerate(values)
    ]


@dataclass(frozen=True, slots=True)
class Object(TypeCompletion):
    """Objects of one type."""

    plan: ObjectPlan

    def complete(self, values: Column, places: Places, run: Run) -> PendingColumn:
        return self.plan.complete(values, places, run)


@dataclass(frozen=True, slots=True)
class Abstract(TypeCompletion):
    """Objects of several types, of an interface or a union. Those of one type are completed together."""

    type_of: Callable[[object], str]
    plans: Callable[[str], ObjectPlan]
    nodes: Sequence[FieldNode]

    async def complete(self, values: Column, places: Places, run: Run) -> Column:
        column: Column = [None] * len(values)
        by_type = self._by_type(values, places, run, column)
        completed = [
            self.plans(name).complete([values[index] for index in indices], SomePlaces(places, indices), run)
            for name, indices in by_type.items()
        ]
        for indices, objects in zip(by_type.values(), await _all(completed), strict=True):
            column = _spread(objects, indices, column)
        return column

    def _by_type(self, values: Column, places: Places, run: Run, column: Column) -> dict[str, list[int]]:
        by_type: dict[str, list[int]] = {}
        for index, value in enumerate(values):
            try:
                by_type.setdefault(self.type_of(value), []).append(index)
            except Exception as error:
                column[index] = run.fail(error, self.nodes, places, index)
        return by_type
