"""Variables with values that their types can't parse, in fields of inputs that take `Unreadable` for them.

graphql-core refuses the whole operation for such a value of a built-in scalar or an enum. If the input of a mutation
takes `Unreadable`, the mutation reports the field with the other faults of its input, as it does for custom scalars.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNamedType,
    VariableValues,
    get_named_type,
)

from gateway.graphql.execution.argument_paths import Use, uses
from gateway.graphql.execution.operation import JsonObject
from gateway.graphql.execution.selection_tree import SelectedOperation
from providers.domain.commands import Unreadable
from resolvers.strawberry_compat import takes
from resolvers.value_error import path_in_variable

_Path: TypeAlias = tuple[str, ...]
_Coerced: TypeAlias = VariableValues | list[GraphQLError]


def with_unreadable(
    operation: SelectedOperation,
    errors: Sequence[GraphQLError],
    variables: JsonObject,
    coerce: Callable[[JsonObject], _Coerced],
) -> _Coerced:
    """Return the coerced variables with `Unreadable` in place of the values that `errors` are about.

    Return the errors if a field takes no `Unreadable` for one of the values. `coerce` returned them for `variables`.
    """
    types = {path: _type_of(operation, path) for path in map(path_in_variable, errors)}
    mended = deepcopy(variables)
    for path, named in types.items():
        if named is None:
            return list(errors)
        _put(mended, path, _stand_in(named))
    coerced = coerce(mended)
    if isinstance(coerced, list):
        return list(errors)
    try:
        for path, named in types.items():
            _put(coerced.coerced, path, Unreadable(_reason(named)))
    except (LookupError, TypeError):  # a single object in place of a list of them is coerced to a list
        return list(errors)
    return coerced


def _type_of(operation: SelectedOperation, path: _Path) -> GraphQLNamedType | None:
    """Return the type of the value at a path in a variable; None unless every use of it takes `Unreadable`."""
    if not path:
        return None
    name, *below = path
    found = {_type_at(Use(use.field, (*use.path, *below))) for use in uses(operation, name)}
    return found.pop() if len(found) == 1 else None


def _type_at(use: Use) -> GraphQLNamedType | None:
    """Return the type of the enum or Int that is used in a field of an input; None if that takes no `Unreadable`."""
    argument, *steps = use.path
    named, is_taken = get_named_type(use.field.args[argument].type), False
    for step in steps:
        field = named.fields.get(step) if isinstance(named, GraphQLInputObjectType) else None
        if field is not None:
            named, is_taken = get_named_type(field.type), takes(field, Unreadable)
    return named if is_taken and (isinstance(named, GraphQLEnumType) or named is GraphQLInt) else None


def _stand_in(named: GraphQLNamedType) -> object:
    """Return a value in JSON that the type can parse."""
    return next(iter(named.values)) if isinstance(named, GraphQLEnumType) else 0


def _reason(named: GraphQLNamedType | None) -> str:
    return f"is not one of {', '.join(named.values)}." if isinstance(named, GraphQLEnumType) else "is not an integer."


def _put(values: Any, path: _Path, value: object) -> None:
    *steps, last = [int(step) if step.isdigit() else step for step in path]
    for step in steps:
        values = values[step]
    values[last] = value
