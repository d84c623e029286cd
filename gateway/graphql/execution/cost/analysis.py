"""The prices of a document's operations: a point for each object that has an id, and the schema's weights of fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from gateway.graphql.execution.cost.model import ONE, Cost, OperationCost, Size

INTROSPECTION = 20
_OBJECT = "Node"
_WHOLE_LIST = Size((10,))
_COUNTS = ("first", "last")
_PAGE_ARGUMENTS = (*_COUNTS, "ids")
_MAX_COUNT_DIGITS = 9
"""In digits: what is longer is refused when it is run."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a selection stands: on a type, in a page of `page` objects if in any."""

    type: GraphQLNamedType
    page: Size | None = None


class CostAnalysis:
    """Prices the operations of a valid document; each fragment once for each page that it is part of.

    `weights` are what the calls of fields cost, by schema coordinate.
    """

    def __init__(self, schema: GraphQLSchema, weights: Mapping[str, int], document: DocumentNode) -> None:
        self._schema = schema
        self._weights = weights
        definitions = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in definitions}
        self._priced: dict[tuple[str, Size | None], tuple[Cost, ...]] = {}

    def operation(self, operation: OperationDefinitionNode) -> OperationCost:
        root = self._schema.get_root_type(operation.operation)
        return OperationCost(self._selections(operation.selection_set, Scope(root)) if root else ())

    def _selections(self, selection_set: SelectionSetNode | None, scope: Scope) -> tuple[Cost, ...]:
        prices: dict[Cost, None] = {}
        for selection in selection_set.selections if selection_set else ():
            prices.update(dict.fromkeys(self._selection(selection, scope)))
        return tuple(prices)

    def _selection(self, selection: object, scope: Scope) -> Iterable[Cost]:
        match selection:
            case FieldNode():
                return self._field(selection, scope)
            case FragmentSpreadNode():
                return self._fragment(selection.name.value, scope.page)
            case InlineFragmentNode():
                condition = selection.type_condition
                type_name = condition.name.value if condition else scope.type.name
                return self._on(type_name, selection.selection_set, scope.page)
        return ()

    def _fragment(self, name: str, page: Size | None) -> tuple[Cost, ...]:
        if (name, page) not in self._priced:
            fragment = self._fragments[name]
            self._priced[name, page] = self._on(fragment.type_condition.name.value, fragment.selection_set, page)
        return self._priced[name, page]

    def _on(self, type_name: str, selection_set: SelectionSetNode | None, page: Size | None) -> tuple[Cost, ...]:
        return self._selections(selection_set, Scope(self._schema.type_map[type_name], page))

    def _field(self, node: FieldNode, scope: Scope) -> Iterable[Cost]:
        name, key = node.name.value, (node.alias or node.name).value
        if name.startswith("__"):
            return [Cost(key, INTROSPECTION, 0, ONE, ())] if node.selection_set else []
        field: GraphQLField = getattr(scope.type, "fields")[name]  # noqa: B009 (valid documents select of such types)
        call = self._weights.get(f"{scope.type.name}.{name}", 0)
        page = _page(node, field)
        size = (page or scope.page or _WHOLE_LIST) if is_list_type(get_nullable_type(field.type)) else ONE
        of_type = get_named_type(field.type)
        fields = self._on(of_type.name, node.selection_set, page)
        item = 1 if _is_object(of_type) else 0
        return [Cost(key, call, item, size, fields)] if call or item or fields else []


def _is_object(type: object) -> bool:
    if isinstance(type, GraphQLObjectType):
        return any(each.name == _OBJECT for each in type.interfaces)
    return isinstance(type, GraphQLInterfaceType) and type.name == _OBJECT


def _page(node: FieldNode, field: GraphQLField) -> Size | None:
    """The size of the page that the arguments request; None if the field has no such arguments."""
    if not any(name in field.args for name in _PAGE_ARGUMENTS):
        return None
    given = [each for each in node.arguments or () if each.name.value in _PAGE_ARGUMENTS]
    variables = tuple(each.value.name.value for each in given if isinstance(each.value, VariableNode))
    return Size(tuple(number for each in given for number in _numbers(each)), variables)


def _numbers(argument: ArgumentNode) -> tuple[int, ...]:
    match argument.value:
        case IntValueNode(value=digits) if argument.name.value in _COUNTS and len(digits) <= _MAX_COUNT_DIGITS:
            return (int(digits),)
        case ListValueNode(values=values):
            return (len(values),)
        case VariableNode() | NullValueNode():
            return ()
    return (1,)
