import pytest
from graphql import build_schema, parse

from gateway.graphql.execution.selection_tree import SelectedField, SelectedFragment, Selection, selection_tree

SCHEMA = build_schema("""
    type Query { me: User, users: [User!]! }
    type User { name: String, friend: User }
    union Any = User | Query
    input Name { me: String }
""")


def selections(source: str) -> list[Selection]:
    return [operation.selection for operation in selection_tree(SCHEMA, parse(source))]


def fields(selection: Selection) -> list[SelectedField]:
    return [member for member in selection.members if isinstance(member, SelectedField)]


def fragments(selection: Selection) -> list[SelectedFragment]:
    return [member for member in selection.members if isinstance(member, SelectedFragment)]


def test_a_field_has_its_definition_its_parent_and_its_key_in_the_response() -> None:
    (selection,) = selections("{ all: users { name @skip(if: false) } }")
    (users,) = fields(selection)
    (name,) = fields(users.selection)

    query, user = SCHEMA.query_type, SCHEMA.get_type("User")
    assert query is not None
    assert (users.parent, users.definition) == (query, query.fields["users"])
    assert (users.name, users.key, users.has_alias, users.directives) == ("users", "all", True, 0)
    assert (name.parent, name.key, name.has_alias, name.directives) == (user, "name", False, 1)
    assert name.selection.members == ()


def test_an_inline_fragment_without_a_type_is_on_the_type_around_it() -> None:
    (selection,) = selections("{ me { ... @include(if: true) { name } } }")
    (fragment,) = fragments(fields(selection)[0].selection)

    assert fragment.directives == 1
    assert fields(fragment.selection)[0].parent is SCHEMA.get_type("User")


def test_a_fragment_that_is_spread_in_two_operations_is_one_selection() -> None:
    one, other = selections("query A { me { ...F } } query B { me { ...F } } fragment F on User { name }")

    assert fragments(fields(one)[0].selection)[0].selection is fragments(fields(other)[0].selection)[0].selection


def test_a_cycle_of_fragments_ends_where_it_closes() -> None:
    (selection,) = selections("{ me { ...F } } fragment F on User { friend { ...G } } fragment G on User { ...F }")
    (spread_of_f,) = fragments(fields(selection)[0].selection)
    (spread_of_g,) = fragments(fields(spread_of_f.selection)[0].selection)

    assert [fragment.selection.members for fragment in fragments(spread_of_g.selection)] == [()]


@pytest.mark.parametrize(
    "source",
    [
        "{ nothing { name } }",
        "{ name: __typename }",
        "{ ... on Unknown { name } }",
        "{ ... on Name { me } }",
        "{ ... on Any { me } }",
        "mutation { me }",
    ],
)
def test_a_field_that_the_schema_does_not_define_has_no_definition(source: str) -> None:
    (selection,) = selections(source)
    every = [*fields(selection), *[field for each in fragments(selection) for field in fields(each.selection)]]

    assert [field.definition for field in every] == [None]


def test_a_fragment_that_the_document_does_not_define_is_empty() -> None:
    (selection,) = selections("{ ...Unknown }")

    assert fragments(selection)[0].selection.members == ()
