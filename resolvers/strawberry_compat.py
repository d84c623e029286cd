"""Strawberry's private parts: every attribute and import path of it that its documentation doesn't promise.

The rest of the project imports Strawberry's public names alone. tests/resolvers/test_strawberry_compat.py pins each
assumption that is made here, so that an upgrade that breaks one names it.
"""

import builtins
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar, cast, get_args

import strawberry
from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.arguments import convert_arguments
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.scalar import ScalarDefinition

__all__ = [
    "ENUMS_GROW",
    "STRAWBERRY_RULES",
    "Attribute",
    "FieldInfo",
    "Function",
    "ScalarDefinition",
    "StrawberryField",
    "core_schema",
    "declared_field",
    "describe_enum",
    "enum_class",
    "lazy_type",
    "python_arguments",
    "remove_null_defaults",
    "remove_type_checks",
    "resolver_of",
    "takes",
    "type_resolver",
]

C = TypeVar("C")


STRAWBERRY_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)
"""The validation rules that Strawberry adds to those of graphql-core."""

ENUMS_GROW = "Clients must expect further values: new versions add them."

_DEFINITION = "strawberry-definition"
_RESOLVER = "resolver"


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the schema of graphql-core, which Strawberry has no public name for."""
    return schema._schema


def lazy_type(name: str, module: str) -> LazyType[str, str]:
    """Return a reference to a type that is imported when the schema is built.

    The public `strawberry.lazy` works in annotations alone, and not as a `graphql_type`.
    """
    return LazyType(name, module)


@dataclass(frozen=True, slots=True)
class FieldInfo(Generic[C]):
    """The `info` of a resolver: the operation's context, and the resolvers of all fields selected of its object."""

    context: C
    siblings: Collection[object]


def no_arguments() -> None:
    """Declare no arguments. A field with a function is not set by the constructor of its class."""


def declared_field(
    resolver: object,
    *,
    arguments: Callable[..., None] = no_arguments,
    type: object,
    description: str,
    directives: Sequence[object] = (),
) -> StrawberryField:
    """Return a field that `resolver_of` finds `resolver` for, with the arguments of the function `arguments`."""
    declaring: Any = arguments
    field: StrawberryField = strawberry.field(
        declaring,
        graphql_type=type,
        description=description,
        directives=directives,
        metadata={_RESOLVER: resolver},
    )
    return field


@dataclass(frozen=True, slots=True)
class Attribute:
    """The resolver of a field that is an attribute of its object."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """The resolver of a field that is a function, with the names of the parameters that aren't arguments."""

    function: Callable[..., object]
    takes_self: bool
    parent: str | None
    info: str | None

    def call(self, source: object, info: FieldInfo[Any], arguments: Mapping[str, object]) -> object:
        reserved: dict[str, object] = {}
        if self.parent is not None:
            reserved[self.parent] = source
        if self.info is not None:
            reserved[self.info] = info
        return self.function(*((source,) if self.takes_self else ()), **reserved, **arguments)


def resolver_of(field: GraphQLField) -> object:
    """Return an `Attribute`, a `Function` or what `declared_field` was given."""
    definition = field.extensions[_DEFINITION]
    if _RESOLVER in definition.metadata:
        return definition.metadata[_RESOLVER]
    resolver = definition.base_resolver
    if resolver is None:
        return Attribute(definition.python_name)
    parent, info = resolver.parent_parameter or resolver.root_parameter, resolver.info_parameter
    return Function(
        function=resolver,
        takes_self=resolver.self_parameter is not None,
        parent=None if parent is None else parent.name,
        info=None if info is None else info.name,
    )


def enum_class(type: GraphQLEnumType) -> builtins.type[Enum]:
    """Return the enum in Python that a GraphQL enum is made of."""
    return cast("builtins.type[Enum]", cast("CustomGraphQLEnumType", type).wrapped_cls)


def type_resolver(type: GraphQLAbstractType) -> Callable[[object], str]:
    """Return the function that finds the name of the type of a value. The interface's class has to declare it."""
    resolve = type.resolve_type
    return lambda value: cast("Any", resolve)(value, None, type)


def python_arguments(schema: strawberry.Schema, field: GraphQLField, values: dict[str, Any]) -> dict[str, Any]:
    """Return coerced arguments as resolvers take them: by their Python names, inputs as instances of their classes."""
    return convert_arguments(
        values,
        field.extensions[_DEFINITION].arguments,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )


def takes(field: GraphQLInputField, type: builtins.type[object]) -> bool:
    """Return whether the attribute of an input's field is annotated with a type, as one of several."""
    definition = field.extensions[_DEFINITION]
    return type in get_args(definition.origin.__annotations__.get(definition.python_name))


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
    """Make `enum` a GraphQL enum with a description of each value. Raise KeyError for a value without one.

    The description of the enum says that it grows.
    """
    definition: StrawberryEnumDefinition = vars(strawberry.enum(enum, description=f"{description} {ENUMS_GROW}"))[
        "__strawberry_definition__"
    ]
    for value in definition.values:
        value.description = values[value.name]


def _fields(schema: strawberry.Schema) -> Iterator[GraphQLField | GraphQLInputField]:
    for graphql_type in core_schema(schema).type_map.values():
        yield from getattr(graphql_type, "fields", {}).values()
