"""The judge of plans: graphql-core executes the same declarations, field by field and value by value."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    execute,
    is_abstract_type,
    subscribe,
    value_from_ast_untyped,
)
from graphql.pyutils import Path

from gateway.graphql.execution.plan.fields import BatchResolver, EarlyResolver
from resolvers.context import Context
from resolvers.schema import schema
from resolvers.strawberry_compat import Attribute, FieldInfo, Function, core_schema, python_arguments, resolver_of

SCHEMA = core_schema(schema)
_CONDITIONS = {"skip": False, "include": True}


async def judged(document: DocumentNode, variables: dict[str, Any], context: Context) -> ExecutionResult:
    """Return graphql-core's result of a query or a mutation."""
    result = execute(SCHEMA, document, context_value=context, variable_values=variables)
    return await result if isinstance(result, Awaitable) else result


async def judged_events(
    document: DocumentNode, variables: dict[str, Any], context: Context
) -> AsyncIterator[ExecutionResult]:
    """Yield graphql-core's results of a subscription; the one with its errors if it can't start."""
    results = subscribe(SCHEMA, document, context_value=context, variable_values=variables)
    results = await results if isinstance(results, Awaitable) else results
    if isinstance(results, ExecutionResult):
        yield results
        return
    async for result in results:
        yield result


@dataclass(frozen=True)
class _Declared:
    """The resolver for graphql-core of a field with a declaration of our own."""

    field: GraphQLField
    resolver: Any

    async def __call__(self, source: object, info: GraphQLResolveInfo[Context], **values: Any) -> object:
        of_field = FieldInfo(info.context, [resolver_of(info.parent_type.fields[name]) for name in _beside(info)])
        if isinstance(self.resolver, EarlyResolver):
            return await self.resolver.read(info.context)
        if not isinstance(self.resolver, BatchResolver):
            return self.resolver(source, of_field)
        found = self.resolver.resolve_many([source], of_field, **python_arguments(schema, self.field, values))
        (value,) = await found if isinstance(found, Awaitable) else found
        if isinstance(value, Exception):
            raise value
        return value


def _declare() -> None:
    for each_type in SCHEMA.type_map.values():
        for field in (
            each_type.fields.values() if isinstance(each_type, GraphQLObjectType) and each_type.name[:2] != "__" else ()
        ):
            resolver = resolver_of(field)
            if not isinstance(resolver, Attribute | Function):
                field.resolve = _Declared(field, resolver)


_declare()


def _beside(info: GraphQLResolveInfo[Context]) -> set[str]:
    """Return the names of all fields that the operation selects of the same object, by the document."""
    root = SCHEMA.get_root_type(info.operation.operation)
    assert root is not None
    sets: list[SelectionSetNode] = [info.operation.selection_set]
    path: list[Path] = []
    place: Path | None = info.path
    while place is not None:
        path.append(place)
        place = place.prev
    for step in reversed(path[1:]):
        if isinstance(step.key, str):
            fields = [each for each in _fields(info, sets, step.typename) if _response_key(each) == step.key]
            sets = [each.selection_set for each in fields if each.selection_set is not None]
    names = {each.name.value for each in _fields(info, sets, info.parent_type.name)}
    return names & set(info.parent_type.fields)


def _fields(
    info: GraphQLResolveInfo[Context], sets: list[SelectionSetNode], type_name: str | None
) -> Iterator[FieldNode]:
    for selection in (each for one in sets for each in one.selections if _is_included(each, info)):
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            if selection.type_condition is None or _applies(selection.type_condition.name.value, type_name):
                yield from _fields(info, [selection.selection_set], type_name)
        elif isinstance(selection, FragmentSpreadNode):
            fragment = info.fragments[selection.name.value]
            if _applies(fragment.type_condition.name.value, type_name):
                yield from _fields(info, [fragment.selection_set], type_name)


def _applies(condition: str, type_name: str | None) -> bool:
    on, own = SCHEMA.type_map[condition], SCHEMA.type_map[type_name or ""]
    return on is own or (is_abstract_type(on) and isinstance(own, GraphQLObjectType) and SCHEMA.is_sub_type(on, own))


def _is_included(selection: SelectionNode, info: GraphQLResolveInfo[Context]) -> bool:
    variables: Any = info.variable_values
    return all(
        value_from_ast_untyped(argument.value, getattr(variables, "coerced", variables))
        is _CONDITIONS[directive.name.value]
        for directive in selection.directives or ()
        if directive.name.value in _CONDITIONS
        for argument in directive.arguments or ()
    )


def _response_key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value
