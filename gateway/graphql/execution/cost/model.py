"""What operations cost: at most, before they are run, and by what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

Variables = Mapping[str, object]
"""Coerced values: defaults are among them, and an Int that was sent as 100.0 is the 100 that resolvers get."""


@dataclass(frozen=True, slots=True)
class Size:
    """The most objects that a field returns: the largest of `numbers` and of the values of `variables`.

    A variable without a value counts for nothing. Without any number a page has its default size; pages over the
    largest one are refused when the field is resolved.
    """

    numbers: tuple[int, ...] = ()
    variables: tuple[str, ...] = ()

    def of(self, variables: Variables) -> int:
        values = [_count(variables.get(name)) for name in self.variables]
        counts = [*self.numbers, *(count for count in values if count is not None)]
        return max(0, min(max(counts), MAX_PAGE_SIZE)) if counts else DEFAULT_PAGE_SIZE


def _count(value: object) -> int | None:
    """The number that a coerced value of a size stands for: a list of ids stands for its length."""
    if isinstance(value, list):
        return len(value)
    return value if isinstance(value, int) else None


ONE = Size((1,))


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Of a field: `call` once, and for each of its objects `item` and the price of the fields that are asked of it."""

    key: str
    call: int
    item: int
    size: Size
    fields: tuple["Cost", ...]

    def requested(self, variables: Variables, known: dict["Cost", int]) -> int:
        """The most that it can come to. `known` keeps what was counted, as fragments occur in many places."""
        if self not in known:
            inner = sum(field.requested(variables, known) for field in self.fields)
            known[self] = self.call + self.size.of(variables) * (self.item + inner)
        return known[self]

    def actual(self, value: object) -> int:
        """What it came to, by the `value` that was answered."""
        objects = value if isinstance(value, list) else (value,)
        if not self.fields:
            return self.call + self.item * (len(objects) - objects.count(None))
        return self.call + sum([self.item + actual_cost(self.fields, each) for each in objects if each is not None])


@dataclass(frozen=True, slots=True)
class OperationCost:
    """Of a whole operation."""

    fields: tuple[Cost, ...]

    def requested(self, variables: Variables) -> int:
        known: dict[Cost, int] = {}
        return sum(field.requested(variables, known) for field in self.fields)

    def actual(self, data: object) -> int:
        return actual_cost(self.fields, data)


def actual_cost(fields: tuple[Cost, ...], answer: object) -> int:
    """What was left out, and null where there should be an object, costs nothing."""
    if not isinstance(answer, dict):
        return 0
    total = 0
    for field in fields:
        if field.key in answer:
            total += field.actual(answer[field.key])
    return total
