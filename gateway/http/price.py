"""What operations cost: at most, before they are run, and by what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_PAGE = 20
LARGEST_PAGE = 100

Variables = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    """How many objects there may be at most: a number, or what the variable holds. Larger pages are refused later."""

    number: int = 1
    variable: str | None = None

    def of(self, variables: Variables) -> int:
        value = self.number if self.variable is None else variables.get(self.variable)
        count = len(value) if isinstance(value, list) else value
        return max(0, min(count, LARGEST_PAGE)) if isinstance(count, int) else DEFAULT_PAGE


ONE = Size()


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """Of a field: `call` once, and for each of its objects `item` and the price of the fields that are asked of it."""

    key: str
    call: int
    item: int
    size: Size
    fields: tuple["Price", ...]

    def requested(self, variables: Variables, known: dict["Price", int]) -> int:
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
class OperationPrice:
    """Of a whole operation. `defaults` are those of its variables, whose values are `variables`."""

    fields: tuple[Price, ...]
    defaults: Variables

    def requested(self, variables: Variables | None) -> int:
        known: dict[Price, int] = {}
        values = {**self.defaults, **(variables or {})}
        return sum(field.requested(values, known) for field in self.fields)

    def actual(self, data: object) -> int:
        return actual_cost(self.fields, data)


def actual_cost(fields: tuple[Price, ...], answer: object) -> int:
    """What was left out, and null where there should be an object, costs nothing."""
    if not isinstance(answer, dict):
        return 0
    total = 0
    for field in fields:
        if field.key in answer:
            total += field.actual(answer[field.key])
    return total
