"""Cost of a document's operations: a point for each object that has an id, and the weights of fields."""

from collections.abc import Mapping

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

from gateway.graphql.execution.cost.model import ONE, Cost, OperationCost, Size
from gateway.graphql.execution.selection_tree import SelectedField, SelectedOperation, Selection

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
