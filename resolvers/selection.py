"""The selection set of the field being resolved."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    value_from_ast_untyped,
)

from resolvers.field import ResolveInfo
from resolvers.strawberry_compat import variable_values

_CONDITIONS = {GraphQLSkipDirective.name: False, GraphQLIncludeDirective.name: True}
"""By directive, the value of `if` that includes a selection."""


def selected_beside(info: ResolveInfo) -> set[str]:
    """Return the names of all fields that the operation selects of the same object.

    Type conditions are ignored: the fields of fragments on other types are included.
    """
    selection_sets = [info.operation.selection_set]
    for key in info.path.as_list()[:-1]:
        if isinstance(key, str):
            fields = [each for each in _fields(info, selection_sets, set()) if _response_key(each) == key]
            selection_sets = [each.selection_set for each in fields if each.selection_set is not None]
    return {each.name.value for each in _fields(info, selection_sets, set())}


def _fields(info: ResolveInfo, selection_sets: list[SelectionSetNode], visited: set[str]) -> Iterator[FieldNode]:
    """Yield the selected fields, without fragments that were `visited`: each can be spread any number of times."""
    variables = variable_values(info)
    for selection in (each for one in selection_sets for each in one.selections if _is_included(each, variables)):
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(info, [selection.selection_set], visited)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in visited:
            visited.add(selection.name.value)
            yield from _fields(info, [info.fragments[selection.name.value].selection_set], visited)


def _is_included(selection: SelectionNode, variables: dict[str, object]) -> bool:
    return all(
        value_from_ast_untyped(argument.value, variables) is _CONDITIONS[directive.name.value]
        for directive in selection.directives or ()
        if directive.name.value in _CONDITIONS
        for argument in directive.arguments or ()
    )


def _response_key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value
