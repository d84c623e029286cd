from pathlib import Path

import pytest
from graphql import GraphQLNamedType, is_enum_type, is_specified_scalar_type
from graphql.type import is_introspection_type

from resolvers.schema import schema

TYPES = [
    graphql_type
    for graphql_type in schema._schema.type_map.values()
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
def test_no_default_is_promised_where_an_argument_may_be_left_out(graphql_type: GraphQLNamedType) -> None:
    for field in getattr(graphql_type, "fields", {}).values():
        for value in (field, *getattr(field, "args", {}).values()):
            assert getattr(value, "default_value", "none") is not None
