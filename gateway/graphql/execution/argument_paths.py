"""Uses of variables in arguments, and the paths of variables' faults from there, as clients get those of literals."""

from collections.abc import Iterator
from typing import NamedTuple

from graphql import GraphQLError, GraphQLField, ListValueNode, ObjectValueNode, ValueNode, VariableNode

from gateway.graphql.execution.selection_tree import SelectedField, SelectedOperation, Selection
from providers.domain.errors import BadUserInput
from resolvers.value_error import value_fault

_Path = tuple[str, ...]


class Use(NamedTuple):
    """The place of a variable: a field, and the path from the root of its arguments."""

    field: GraphQLField
    path: _Path


def at_argument(error: GraphQLError, operation: SelectedOperation) -> GraphQLError:
    """Return the error of a variable's value with the path from the argument that the variable is first used in.

    The path begins with the variable if no argument of a field uses it.
    """
    fault = value_fault(error)
    if fault is None or not fault.path:
        return error
    name, *below = fault.path
    use = next(uses(operation, name), None)
    located = BadUserInput(fault.message, path=(*((name,) if use is None else use.path), *below))
    # An error within an error, as graphql-core's own of variables are: it is not one of a resolver.
    cause = GraphQLError(fault.message, original_error=located)
    return GraphQLError(error.message, error.nodes, original_error=cause)


def uses(operation: SelectedOperation, name: str) -> Iterator[Use]:
    """Yield the uses of a variable in the order of the operation, those in a fragment once."""
    return _uses(operation.selection, name, set())


def _uses(selection: Selection, name: str, visited: set[Selection]) -> Iterator[Use]:
    if selection in visited:
        return
    visited.add(selection)
    for member in selection.members:
        if isinstance(member, SelectedField) and member.definition is not None:
            for argument in member.arguments:
                for path in _paths(argument.value, name, (argument.name.value,)):
                    yield Use(member.definition, path)
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
