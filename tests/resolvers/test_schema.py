from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_enum_type,
    is_non_null_type,
    is_scalar_type,
    is_specified_scalar_type,
)
from graphql.type import GraphQLInputObjectType, is_introspection_type

from gateway.graphql.execution.plan.fields import BatchResolver
from providers.domain.commands import Unreadable
from resolvers.field import EdgeOf, SemanticNonNull
from resolvers.meeting_detail import Detail
from resolvers.schema import schema
from resolvers.strawberry_compat import ENUMS_GROW, Function, StrawberryField, core_schema, resolver_of

TYPES = [
    graphql_type
    for graphql_type in core_schema(schema).type_map.values()
    if not (is_introspection_type(graphql_type) or is_specified_scalar_type(graphql_type))
]


def test_the_schema_file_is_up_to_date() -> None:
    assert (Path(__file__).parents[2] / "schema.graphql").read_text() == schema.as_str() + "\n"


@pytest.mark.parametrize("graphql_type", TYPES, ids=str)
def test_everything_public_is_described(graphql_type: GraphQLNamedType) -> None:
    parts = {"": graphql_type}
    for name, field in getattr(graphql_type, "fields", {}).items():
        parts[name] = field
        parts |= {f"{name}({argument}:)": value for argument, value in getattr(field, "args", {}).items()}
    if is_enum_type(graphql_type):
        parts |= graphql_type.values

    assert [name for name, part in parts.items() if not part.description] == []


@pytest.mark.parametrize("graphql_type", TYPES, ids=str)
def test_optional_arguments_promise_no_default_in_the_schema(graphql_type: GraphQLNamedType) -> None:
    for field in getattr(graphql_type, "fields", {}).values():
        for value in (field, *getattr(field, "args", {}).values()):
            assert getattr(value, "default_value", "none") is not None


@pytest.mark.parametrize("scalar", [each for each in TYPES if is_scalar_type(each)], ids=str)
def test_a_scalar_of_our_own_names_its_specification(scalar: GraphQLScalarType) -> None:
    assert (scalar.specified_by_url or "").startswith("https://")


@pytest.mark.parametrize("enum", [each for each in TYPES if is_enum_type(each)], ids=str)
def test_an_enum_says_that_it_grows(enum: GraphQLEnumType) -> None:
    assert (enum.description or "").endswith(ENUMS_GROW)


NULL_IS_LEGAL = {
    "Query.node",
    "Query.provider",
    "Query.account",
    "Query.meeting",
    "Query.contact",
    "Query.conversation",
    "Query.message",
    "Query.phoneNumbers",
    "Account.calendarAuthorizationUrl",
    "Meeting.account",
    "Conversation.contact",
    "Conversation.lastMessage",
    "Conversation.lastActivityAt",
    "Conversation.readUntil",
    "Account.unreadConversations",
    "Conversation.cannotSendReason",
    "Connection.totalCount",
}
"""Nullable fields that are loaded, and null also for what doesn't exist."""


def test_a_nullable_field_says_whether_null_is_an_error() -> None:
    """A field that is loaded is null if that fails. It says so, if it isn't null for another reason too."""
    assert _loaded_nullable() - _semantic_non_null() == NULL_IS_LEGAL
    assert _semantic_non_null() <= _loaded_nullable()


def test_every_nullable_connection_is_null_with_an_error_alone() -> None:
    connections = {
        f"{parent}.{name}"
        for parent, name, field in _fields()
        if isinstance(field.type, GraphQLObjectType) and field.type.name.endswith("Connection")
    }
    assert len(connections) > 5
    assert connections <= _semantic_non_null()


def test_the_schema_declares_the_directive() -> None:
    assert "\ndirective @semanticNonNull(levels: [Int!]! = [0]) on FIELD_DEFINITION\n" in schema.as_str()


def _fields() -> Iterator[tuple[str, str, GraphQLField]]:
    for graphql_type in TYPES:
        if isinstance(graphql_type, GraphQLObjectType):
            for name, field in graphql_type.fields.items():
                yield graphql_type.name, name, field


def _loaded_nullable() -> set[str]:
    """The nullable fields that a resolver loads, but for details of meetings, which may be null, and edges."""
    found = set()
    for parent, name, field in _fields():
        resolver = resolver_of(field)
        is_loaded = isinstance(resolver, Function | BatchResolver) and not isinstance(resolver, Detail | EdgeOf)
        if is_loaded and not is_non_null_type(field.type):
            found.add(f"{'Connection' if parent.endswith('Connection') else parent}.{name}")
    return found


def _semantic_non_null() -> set[str]:
    return {
        f"{parent}.{name}"
        for parent, name, field in _fields()
        if any(isinstance(each, SemanticNonNull) for each in field.extensions["strawberry-definition"].directives)
    }


INPUTS = [graphql_type for graphql_type in TYPES if isinstance(graphql_type, GraphQLInputObjectType)]


@pytest.mark.parametrize("graphql_type", INPUTS, ids=str)
def test_an_input_expects_values_that_its_scalars_cannot_parse(graphql_type: GraphQLInputObjectType) -> None:
    hints = get_type_hints(graphql_type.extensions["strawberry-definition"].origin)
    for field in graphql_type.fields.values():
        declared = field.extensions["strawberry-definition"]
        assert isinstance(declared, StrawberryField)
        if get_named_type(field.type).name in {"DateTime", "LocalDateTime", "Date", "TimeZone"}:
            assert Unreadable in get_args(hints[declared.python_name]), declared.python_name


@pytest.mark.parametrize("graphql_type", TYPES, ids=str)
def test_no_argument_is_of_a_scalar_that_may_be_unreadable(graphql_type: GraphQLNamedType) -> None:
    """Inputs alone are checked for such values."""
    for field in getattr(graphql_type, "fields", {}).values():
        for argument in getattr(field, "args", {}).values():
            assert get_named_type(argument.type).name not in {"DateTime", "LocalDateTime", "Date", "TimeZone"}
