"""Places: where in the response the values of a column are. Paths are made for errors alone."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


class Places(ABC):
    """The places of values, in their order."""

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
    """Those of other places that have the given indices."""

    of: Places
    indices: Sequence[int]

    def path(self, index: int) -> list[str | int]:
        return self.of.path(self.indices[index])
