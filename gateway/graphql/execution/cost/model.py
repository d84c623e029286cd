"""Cost of an operation in points: the most that it can come to before it runs, and the actual cost of its response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from providers.domain.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

Variables = Mapping[str, object]
"""Coerced values: defaults are among them, and an Int that was sent as 100.0 is the 100 that resolvers get."""


@dataclass(frozen=True, slots=True)
class Size:
    """The most objects that a field returns: the largest of `numbers` and of the values of `variables`.

    A variable without a value is ignored. Without any number it is the default page size; a page above the maximum
    size is refused when the field is resolved.
    """

    numbers: tuple[int, ...] = ()
    variables: tuple[str, ...] = ()

    def of(self, variables: Variables) -> int:
        values = [_count(variables.get(name)) for name in self.variables]
        counts = [*self.numbers, *(count for count in values if count is not None)]
        return max(0, min(max(counts), MAX_PAGE_SIZE)) if counts else DEFAULT_PAGE_SIZE


def _count(value: object) -> int | None:
    """Return the number that a coerced value of a size stands for: a list of ids stands for its length."""
    if isinstance(value, list):
        return len(value)
    return value if isinstance(value, int) else None


ONE = Size((1,))


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Cost of a field: `call` once, and for each of its objects `item` and the costs of `fields`.

    `key` is the field's name in the response.
    """

    key: str
    call: int
    item: int
    size: Size
    fields: tuple["Cost", ...]

    def requested(self, variables: Variables, known: dict["Cost", int]) -> int:
        """Return the most that it can come to. `known` memoizes, because a fragment occurs in many places."""
        if self not in known:
            inner = sum(field.requested(variables, known) for field in self.fields)
            known[self] = self.call + self.size.of(variables) * (self.item + inner)
        return known[self]

    def actual(self, values: Sequence[object]) -> int:
        """Return what it came to, by the `values` of the field in all objects of the response that have it."""
        objects = [each for value in values for each in (value if isinstance(value, list) else (value,))]
        returned = [each for each in objects if each is not None] if None in objects else objects
        return self.call * len(values) + self.item * len(returned) + _actual(self.fields, returned)


@dataclass(frozen=True, slots=True)
class OperationCost:
    """Cost of an operation: the sum of its root fields."""

    fields: tuple[Cost, ...]

    def requested(self, variables: Variables) -> int:
        known: dict[Cost, int] = {}
        return sum(field.requested(variables, known) for field in self.fields)

    def actual(self, data: object) -> int:
        """Return what it came to, by the `data` of the response."""
        return _actual(self.fields, [data])


def _actual(fields: tuple[Cost, ...], objects: Sequence[object]) -> int:
    """Return the cost of the fields that objects have: those that directives left out, and those of null, are free.

    It goes level by level, as plans do: a call for each object would take longer.
    """
    total = 0
    for field in fields:
        key = field.key
        total += field.actual([each[key] for each in objects if isinstance(each, dict) and key in each])
    return total
