"""Paths of variables' faults from the root of a field's arguments, as clients get those of literals."""

from collections.abc import Iterator

from graphql import GraphQLError, ListValueNode, ObjectValueNode, ValueNode, VariableNode

from gateway.graphql.execution.selection_tree import SelectedField, SelectedOperation, Selection
from providers.domain.errors import BadUserInput
from resolvers.value_error import value_fault

_Path = tuple[str, ...]


def at_argument(error: GraphQLError, operation: SelectedOperation) -> GraphQLError:
    """Return the error of a variable's value with the path from the argument that the variable is first used in.

    The path begins with the variable if no argument of a field uses it.
    """
    fault = value_fault(error)
    if fault is None or not fault.path:
        return error
    name, *below = fault.path
    path = next(_uses(operation.selection, name, set()), (name,))
    located = BadUserInput(fault.message, path=(*path, *below))
    return GraphQLError(error.message, error.nodes, original_error=located)


def _uses(selection: Selection, name: str, visited: set[Selection]) -> Iterator[_Path]:
    if selection in visited:
        return
    visited.add(selection)
    for member in selection.members:
        if isinstance(member, SelectedField):
            for argument in member.arguments:
                yield from _paths(argument.value, name, (argument.name.value,))
        yield from _uses(member.selection, name, visited)


def _paths(value: ValueNode, name: str, path: _Path) -> Iterator[_Path]:
    match value:
        case VariableNode() if value.name.value == name:
            yield path
        case ListValueNode(values=values):
            for index, each in enumerate(values):
                yield from _paths(each, name, (*path, str(index)))
        case ObjectValueNode(fields=fields):
            for member in fields:
                yield from _paths(member.value, name, (*path, member.name.value))
