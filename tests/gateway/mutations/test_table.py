"""The table of mutations agrees with the schema, and everything that lists mutations agrees with the table."""

from dataclasses import fields

import pytest
from strawberry.types.base import StrawberryObjectDefinition

from gateway.graphql.execution.cost.weights import WEIGHTS
from gateway.mutations.table import MUTATIONS, NAMES
from resolvers.schema import schema


def test_the_table_has_the_mutations_of_the_schema() -> None:
    mutation_type = schema._schema.mutation_type

    assert mutation_type is not None
    assert set(MUTATIONS) == set(mutation_type.fields)


def test_a_command_belongs_to_one_mutation() -> None:
    assert len(NAMES) == len(MUTATIONS)


def test_each_mutation_has_the_weight_of_the_table() -> None:
    weights = {name: WEIGHTS[f"Mutation.{name}"] for name in MUTATIONS}

    assert weights == {name: mutation.cost for name, mutation in MUTATIONS.items()}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_command_has_the_fields_of_its_input(name: str) -> None:
    """The journal stores commands under these names, as it stored inputs before there were commands."""
    command = MUTATIONS[name].command
    given = schema.get_type_by_name(f"{command.__name__}Input")

    assert isinstance(given, StrawberryObjectDefinition)
    assert {field.name for field in fields(command)} == {field.python_name for field in given.fields}
