from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from graphql import GraphQLNamedType, get_named_type, is_enum_type, is_scalar_type, is_specified_scalar_type
from graphql.type import GraphQLInputObjectType, is_introspection_type

from providers.domain.commands import Unreadable
from resolvers.schema import schema
from resolvers.strawberry_compat import StrawberryField, core_schema

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


@pytest.mark.parametrize("name", ["DateTime", "Date", "TimeZone", "JSON"])
def test_a_scalar_of_our_own_names_its_specification(name: str) -> None:
    scalar = core_schema(schema).type_map[name]

    assert is_scalar_type(scalar)
    assert (scalar.specified_by_url or "").startswith("https://")


INPUTS = [graphql_type for graphql_type in TYPES if isinstance(graphql_type, GraphQLInputObjectType)]


@pytest.mark.parametrize("graphql_type", INPUTS, ids=str)
def test_an_input_expects_values_that_its_scalars_cannot_parse(graphql_type: GraphQLInputObjectType) -> None:
    hints = get_type_hints(graphql_type.extensions["strawberry-definition"].origin)
    for field in graphql_type.fields.values():
        declared = field.extensions["strawberry-definition"]
        assert isinstance(declared, StrawberryField)
        if get_named_type(field.type).name in {"DateTime", "Date", "TimeZone"}:
            assert Unreadable in get_args(hints[declared.python_name]), declared.python_name


@pytest.mark.parametrize("graphql_type", TYPES, ids=str)
def test_no_argument_is_of_a_scalar_that_may_be_unreadable(graphql_type: GraphQLNamedType) -> None:
    """Inputs alone are checked for such values."""
    for field in getattr(graphql_type, "fields", {}).values():
        for argument in getattr(field, "args", {}).values():
            assert get_named_type(argument.type).name not in {"DateTime", "Date", "TimeZone"}
