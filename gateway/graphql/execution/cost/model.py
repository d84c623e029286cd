"""Cost of an operation in points: the most that it can come to before it runs, and the actual cost of its response.

A point for each object that has an id, and the weights of fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from gateway.graphql.execution.selection_tree import SelectedField, SelectedOperation, Selection
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

    def actual(self, value: object) -> int:
        """Return what it came to, by the `value` of the field in the response."""
        objects = value if isinstance(value, list) else (value,)
        if not self.fields:
            return self.call + self.item * (len(objects) - objects.count(None))
        return self.call + sum([self.item + _actual(self.fields, each) for each in objects if each is not None])


@dataclass(frozen=True, slots=True)
class OperationCost:
    """Cost of an operation: the sum of its root fields."""

    fields: tuple[Cost, ...]

    def requested(self, variables: Variables) -> int:
        known: dict[Cost, int] = {}
        return sum(field.requested(variables, known) for field in self.fields)

    def actual(self, data: object) -> int:
        """Return what it came to, by the `data` of the response."""
        return _actual(self.fields, data)


def _actual(fields: tuple[Cost, ...], value: object) -> int:
    """Return the cost of the fields that `value` has: those that directives left out, and those of null, are free."""
    if not isinstance(value, dict):
        return 0
    # A loop and not sum(): this runs for every object of every response.
    total = 0
    for field in fields:
        if field.key in value:
            total += field.actual(value[field.key])
    return total


INTROSPECTION_COST = 20
_NODE_INTERFACE = "Node"
_UNBOUNDED_LIST = Size((10,))
"""Assumed size of a list that takes no page arguments and is in no page."""
_COUNT_ARGUMENTS = ("first", "last")
_PAGE_ARGUMENTS = (*_COUNT_ARGUMENTS, "ids")
_MAX_COUNT_DIGITS = 9
"""Longer numbers are no Int: the operation is refused when its arguments are coerced."""


class CostAnalysis:
    """Computes the costs of a valid document's operations, of each fragment once for each page that it is part of.

    `weights` are costs of calls by schema coordinate.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = weights
        self._known: dict[tuple[Selection, Size | None], tuple[Cost, ...]] = {}

    def operation(self, operation: SelectedOperation) -> OperationCost:
        return OperationCost(self._costs(operation.selection, None))

    def _costs(self, selection: Selection, page: Size | None) -> tuple[Cost, ...]:
        """Return the costs of a selection of the objects of a page of size `page`, None outside of pages."""
        known = self._known.get((selection, page))
        if known is None:
            # A dict as an ordered set: a fragment that is spread twice in one place is resolved, and paid for, once.
            costs: dict[Cost, None] = {}
            for member in selection.members:
                if isinstance(member, SelectedField):
                    costs.update(dict.fromkeys(self._field(member, page)))
                else:
                    costs.update(dict.fromkeys(self._costs(member.selection, page)))
            known = self._known[selection, page] = tuple(costs)
        return known

    def _field(self, field: SelectedField, page: Size | None) -> tuple[Cost, ...]:
        if field.is_introspection:
            return (Cost(field.key, INTROSPECTION_COST, 0, ONE, ()),) if field.selection.members else ()
        if field.parent is None or field.definition is None:
            return ()  # of a document that isn't valid
        call = self._weights.get(f"{field.parent.name}.{field.name}", 0)
        own_page = _page(field.arguments, field.definition)
        is_list = is_list_type(get_nullable_type(field.definition.type))
        size = (own_page or page or _UNBOUNDED_LIST) if is_list else ONE
        fields = self._costs(field.selection, own_page)
        item = 1 if _is_node(get_named_type(field.definition.type)) else 0
        return (Cost(field.key, call, item, size, fields),) if call or item or fields else ()


def _is_node(type: object) -> bool:
    if isinstance(type, GraphQLObjectType):
        return any(each.name == _NODE_INTERFACE for each in type.interfaces)
    return isinstance(type, GraphQLInterfaceType) and type.name == _NODE_INTERFACE


def _page(arguments: tuple[ArgumentNode, ...], definition: GraphQLField) -> Size | None:
    """Return the size of the page that the arguments request; None if the field has no such arguments."""
    if not any(name in definition.args for name in _PAGE_ARGUMENTS):
        return None
    given = [each for each in arguments if each.name.value in _PAGE_ARGUMENTS]
    variables = tuple(each.value.name.value for each in given if isinstance(each.value, VariableNode))
    return Size(tuple(number for each in given for number in _numbers(each)), variables)


def _numbers(argument: ArgumentNode) -> tuple[int, ...]:
    match argument.value:
        case IntValueNode(value=digits) if argument.name.value in _COUNT_ARGUMENTS and len(digits) <= _MAX_COUNT_DIGITS:
            return (int(digits),)
        case ListValueNode(values=values):
            return (len(values),)
        case VariableNode() | NullValueNode():
            return ()
    return (1,)
