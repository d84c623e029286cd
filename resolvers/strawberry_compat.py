"""Strawberry's private parts: every attribute and import path of it that its documentation doesn't promise.

The rest of the project imports Strawberry's public names alone. tests/resolvers/test_strawberry_compat.py pins each
assumption that is made here, so that an upgrade that breaks one names it.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeAlias, TypeGuard, cast

import strawberry
from graphql import (
    Executor,
    GraphQLField,
    GraphQLInputField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.nodes import get_variable_values
from strawberry.types.scalar import ScalarDefinition

__all__ = [
    "STRAWBERRY_RULES",
    "ScalarDefinition",
    "StrawberryField",
    "core_schema",
    "describe_enum",
    "direct_field",
    "executor_class",
    "is_awaitable",
    "lazy_type",
    "remove_null_defaults",
    "remove_type_checks",
    "set_direct_resolvers",
    "variable_values",
]

IsAwaitable: TypeAlias = Callable[[object], TypeGuard[Awaitable[object]]]

STRAWBERRY_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)
"""The validation rules that Strawberry adds to those of graphql-core."""

is_awaitable = cast("IsAwaitable", optimized_is_awaitable)
"""graphql-core's check with a fast path for scalars and lists. Strawberry declares no TypeGuard."""

_DEFINITION = "strawberry-definition"
_RESOLVER = "direct_resolver"


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the schema of graphql-core, which Strawberry has no public name for."""
    return schema._schema


def executor_class(schema: strawberry.Schema) -> type[Executor[Any]]:
    """Return the executor class of graphql-core that Strawberry executes `schema` with."""
    return schema.execution_context_class


def variable_values(info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    """Return the coerced variables of the operation.

    Strawberry's executor replaces graphql-core's `VariableValues` by a plain dict.
    """
    return get_variable_values(info)


def lazy_type(name: str, module: str) -> LazyType[str, str]:
    """Return a reference to a type that is imported when the schema is built.

    The public `strawberry.lazy` works in annotations alone, and not as a `graphql_type`.
    """
    return LazyType(name, module)


def direct_field(resolve: Callable[[Any, Any], object], *, type: object, description: str) -> StrawberryField:
    """Return a field without arguments. After `set_direct_resolvers`, graphql-core calls `resolve` itself."""
    field: StrawberryField = strawberry.field(graphql_type=type, description=description, metadata={_RESOLVER: resolve})
    return field


def set_direct_resolvers(schema: strawberry.Schema) -> None:
    """Set the functions of `direct_field`s as resolvers of graphql-core.

    Strawberry's own resolver handles arguments, which costs as much as the rest of a field.
    """
    for field in _fields(schema):
        definition = field.extensions.get(_DEFINITION)
        if isinstance(definition, StrawberryField) and _RESOLVER in definition.metadata:
            cast("GraphQLField", field).resolve = definition.metadata[_RESOLVER]


def remove_null_defaults(schema: strawberry.Schema) -> None:
    """Remove `= null` from optional arguments and input fields, which Strawberry adds and which means nothing."""
    for field in _fields(schema):
        for value in (field, *getattr(field, "args", {}).values()):
            if getattr(value, "default_value", Undefined) is None:
                value.default_value = Undefined


def remove_type_checks(schema: strawberry.Schema) -> None:
    """Remove `is_type_of` from types that implement interfaces.

    Strawberry's checks that each value is an instance of its own class; resolvers return entities. An interface has to
    have a `resolve_type`.
    """
    for graphql_type in core_schema(schema).type_map.values():
        if isinstance(graphql_type, GraphQLObjectType):
            graphql_type.is_type_of = None


def describe_enum(enum: type[Enum], description: str, values: Mapping[str, str]) -> None:
    """Make `enum` a GraphQL enum with a description of each value. Raise KeyError for a value without one."""
    definition: StrawberryEnumDefinition = vars(strawberry.enum(enum, description=description))[
        "__strawberry_definition__"
    ]
    for value in definition.values:
        value.description = values[value.name]


def _fields(schema: strawberry.Schema) -> Iterator[GraphQLField | GraphQLInputField]:
    for graphql_type in core_schema(schema).type_map.values():
        yield from getattr(graphql_type, "fields", {}).values()
