import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_introspection_query,
    parse,
)

from gateway.graphql.execution.complexity import check_complexity
from gateway.graphql.execution.document_cache import Documents, InvalidDocument
from gateway.graphql.limits import Limits

LIMITS = Limits(depth=3, aliases=2, root_fields=2, directives=2)

SCHEMA = build_schema("type Query { a: Query, b: Query, leaf: Int, list: [Query] }")


def excesses(source: str, limits: Limits = LIMITS) -> list[str]:
    return [error.message for error in check_complexity(parse(source), limits)]


def errors(source: str, limits: Limits) -> list[str]:
    with pytest.raises(InvalidDocument) as invalid:
        Documents(SCHEMA, limits, {}).get(source)
    return [error.message for error in invalid.value.errors]


FITTING = [
    "{ a { b { leaf } } }",
    "{ x: a { y: leaf } b { leaf } }",
    "{ a @skip(if: false) { leaf @include(if: true) } }",
    "query @x { ...F } fragment F on Query { a { ...G } } fragment G on Query { b { leaf } }",
]


@pytest.mark.parametrize("source", FITTING)
def test_an_operation_within_the_limits_fits(source: str) -> None:
    assert excesses(source) == []


EXCESSIVE = [
    ("{ a { a { a { leaf } } } }", "3 levels of fields, and this has 4"),
    ("{ a { ...F } } fragment F on Query { a { ...G } } fragment G on Query { a { leaf } }", "3 levels of fields"),
    ("{ a { ... on Query { ... { a { a { leaf } } } } } }", "3 levels of fields, and this has 4"),
    ("{ x: a { y: leaf z: leaf } }", "2 aliases, and this has 3"),
    ("{ a { ...F } b { ...F } } fragment F on Query { x: leaf y: leaf }", "2 aliases, and this has 4"),
    ("{ a { leaf } b { leaf } leaf }", "2 root fields, and this has 3"),
    ("{ ...F ...F } fragment F on Query { a { leaf } leaf }", "2 root fields, and this has 4"),
    ("query @x { a @x { leaf @x } }", "2 directives, and this has 3"),
    ("query { ...F @x ...F @x } fragment F on Query { leaf @x }", "2 directives, and this has 4"),
    ("query Small { leaf } query Large { a { a { a { leaf } } } }", "3 levels of fields, and this has 4"),
]


@pytest.mark.parametrize(("source", "excess"), EXCESSIVE)
def test_fragments_and_further_operations_do_not_evade_a_limit(source: str, excess: str) -> None:
    assert [message for message in excesses(source) if excess in message]


def test_fragments_that_double_a_hundred_times_are_counted_at_once() -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
    assert excesses(f"{{ ...F0 }} {chain} fragment F100 on Query {{ leaf }}") == [
        f"An operation may have 2 root fields, and this has {2**100}."
    ]


@pytest.mark.parametrize("source", ["{ ...F } fragment F on Query { a { ...F } }", "{ ...Unknown }"])
def test_a_document_without_an_operation_is_left_to_validation(source: str) -> None:
    assert excesses(source) == []
    assert len(errors(source, LIMITS)) == 1


INTROSPECTION = get_introspection_query(
    descriptions=True, specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
)


def test_full_introspection_is_within_the_limits() -> None:
    Documents(SCHEMA, Limits(), {}).get(INTROSPECTION)


def test_circular_introspection_is_rejected() -> None:
    circles = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
    assert "Maximum introspection depth exceeded" in errors(circles, Limits())


def test_without_introspection_no_error_reveals_the_schema() -> None:
    limits = Limits(introspection=False, suggestions=False)
    assert all("introspection has been disabled" in message for message in errors(INTROSPECTION, limits))
    assert len(errors('{ __type(name: "Query") { name } }', limits)) >= 1
    Documents(SCHEMA, limits, {}).get("{ __typename a { __typename } }")


def test_suggestions_are_made_only_if_enabled() -> None:
    assert "Did you mean" in errors("{ leav }", Limits())[0]
    assert errors("{ leav }", Limits(suggestions=False)) == ["Cannot query field 'leav' on type 'Query'."]


UNFIT = ["{ leav }", "{ a }", "{ a { leav } }", "{ leaf { a } }", "{ a(of: 1) { leaf } }", "{ ... on Leaf { leaf } }"]


@pytest.mark.parametrize("source", UNFIT)
def test_without_introspection_and_suggestions_errors_name_no_part_of_the_schema(source: str) -> None:
    assert errors(source, Limits(introspection=False, suggestions=False)) == ["This doesn't fit the schema."]


def test_a_scalars_own_message_is_returned_for_a_hidden_schema() -> None:
    def refuse(_: object) -> None:
        raise ValueError("That is odd.")

    argument = GraphQLArgument(GraphQLScalarType("Even", parse_value=refuse))
    schema = GraphQLSchema(GraphQLObjectType("Query", {"leaf": GraphQLField(GraphQLInt, {"of": argument})}))
    with pytest.raises(InvalidDocument) as invalid:
        Documents(schema, Limits(introspection=False, suggestions=False), {}).get("{ leaf(of: 1) }")
    assert [str(error.original_error) for error in invalid.value.errors] == ["That is odd."]


@pytest.mark.parametrize("repeated", ["a { leaf } ", "... { a { leaf } } "])
def test_a_field_may_be_repeated_but_not_hundreds_of_times(repeated: str) -> None:
    Documents(SCHEMA, Limits(), {}).get(f"{{ b {{ {repeated * 30} }} }}")
    assert errors(f"{{ b {{ {repeated * 280} }} }}", Limits()) == ["Validation aborted."]
