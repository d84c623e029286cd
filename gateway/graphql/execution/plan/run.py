"""One execution of a plan: its columns, its errors, and the places of values in the response."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, TypeAlias

from graphql import FieldNode, GraphQLError, VariableValues, located_error

Column: TypeAlias = list[Any]
"""The values of one field for all objects of a level, in their order."""

PendingColumn: TypeAlias = Column | Awaitable[Column]
"""A column, or what returns it later.

Most columns wait for nothing. A coroutine for each of them would cost more than the column, so callers ask
`isinstance(column, list)` and await the others only.
"""


NO_VARIABLES: Final = VariableValues({}, {})
"""The coerced variables of an operation that declares none."""


class _Propagated:
    def __repr__(self) -> str:
        return "PROPAGATED"


PROPAGATED: Final = _Propagated()
"""The value of a field that failed. `Nullable` replaces it by null; behind `NonNull` its whole parent is PROPAGATED.

It is in a column only if the run has errors: code without errors needn't look for it.
"""


class Places(ABC):
    """The places of the values of a column, in their order. Paths are made for errors alone."""

    @abstractmethod
    def path(self, index: int) -> list[str | int]:
        """Return the path of the value at `index`: response keys, and indices of lists."""


class Root(Places):
    """The place of the whole response."""

    def path(self, index: int) -> list[str | int]:  # noqa: ARG002
        return []


@dataclass(frozen=True, slots=True)
class FieldPlaces(Places):
    """The places of the values of a field, one for each of its objects."""

    objects: Places
    key: str

    def path(self, index: int) -> list[str | int]:
        return [*self.objects.path(index), self.key]


@dataclass(frozen=True, slots=True)
class ItemPlaces(Places):
    """The places of the items of lists, which have the given lengths, one list after the other."""

    lists: Places
    lengths: Sequence[int]

    def path(self, index: int) -> list[str | int]:
        ends = list(accumulate(self.lengths))
        number = bisect_right(ends, index)
        return [*self.lists.path(number), index - (ends[number] - self.lengths[number])]


@dataclass(frozen=True, slots=True)
class SomePlaces(Places):
    """A selection of other places, by their indices: of the values that aren't null, or of one type."""

    of: Places
    indices: Sequence[int]

    def path(self, index: int) -> list[str | int]:
        return self.of.path(self.indices[index])


@dataclass(slots=True)
class Run:
    """The state of one execution.

    `arguments` has those that were coerced from variables, by their field, and `early` the values that were read before
    all others, by their resolver.
    """

    context: Any
    variables: VariableValues
    errors: list[GraphQLError] = field(default_factory=list)
    arguments: dict[object, dict[str, Any] | Exception] = field(default_factory=dict)
    early: dict[object, object] = field(default_factory=dict)

    def fail(self, error: Exception, nodes: Sequence[FieldNode], places: Places, index: int) -> _Propagated:
        """Record the error of the value at a place, and return PROPAGATED. The root's has no path."""
        self.errors.append(located_error(error, list(nodes), places.path(index) or None))
        return PROPAGATED
