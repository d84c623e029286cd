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
    validate,
)

from gateway.config import GraphqlLimits
from gateway.graphql.execution.complexity import check_complexity
from gateway.graphql.execution.document_cache import DocumentCache, InvalidDocument
from gateway.graphql.execution.plan.compiler import PlanCompiler
from gateway.graphql.execution.selection_tree import selection_tree
from tests.gateway.graphql.schema import schema as served

LIMITS = GraphqlLimits(depth=3, aliases=2, root_fields=2, directives=2)

COMPILER = PlanCompiler(served, hide_suggestions=False)
SCHEMA = build_schema("type Query { a: Query, b: Query, leaf: Int, list: [Query] }")


def excesses(source: str, limits: GraphqlLimits = LIMITS) -> list[str]:
    return [error.message for error in check_complexity(selection_tree(SCHEMA, parse(source)), limits)]


def errors(source: str, limits: GraphqlLimits) -> list[str]:
    with pytest.raises(InvalidDocument) as invalid:
        DocumentCache(SCHEMA, COMPILER, limits, {}).get(source)
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
    ("{ a { a { a { leaf } } } }", "3 levels of fields; this one has 4"),
    ("{ a { ...F } } fragment F on Query { a { ...G } } fragment G on Query { a { leaf } }", "3 levels of fields"),
    ("{ a { ... on Query { ... { a { a { leaf } } } } } }", "3 levels of fields; this one has 4"),
    ("{ x: a { y: leaf z: leaf } }", "2 aliases; this one has 3"),
    ("{ a { ...F } b { ...F } } fragment F on Query { x: leaf y: leaf }", "2 aliases; this one has 4"),
    ("{ a { leaf } b { leaf } leaf }", "2 root fields; this one has 3"),
    ("{ ...F ...F } fragment F on Query { a { leaf } leaf }", "2 root fields; this one has 4"),
    ("query @x { a @x { leaf @x } }", "2 directives; this one has 3"),
    ("query { ...F @x ...F @x } fragment F on Query { leaf @x }", "2 directives; this one has 4"),
    ("query Small { leaf } query Large { a { a { a { leaf } } } }", "3 levels of fields; this one has 4"),
]


@pytest.mark.parametrize(("source", "excess"), EXCESSIVE)
def test_fragments_and_further_operations_count_towards_a_limit(source: str, excess: str) -> None:
    assert [message for message in excesses(source) if excess in message]


def test_fragments_that_double_a_hundred_times_are_counted_at_once() -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
    assert excesses(f"{{ ...F0 }} {chain} fragment F100 on Query {{ leaf }}") == [
        f"An operation may have at most 2 root fields; this one has {2**100}."
    ]


@pytest.mark.parametrize("spread", ["...F{}", "a {{ ...F{} }}", "... {{ ...F{} }}"])
def test_fragments_that_spread_each_other_thousands_deep_are_refused(spread: str) -> None:
    chain = " ".join(f"fragment F{n} on Query {{ {spread.format(n + 1)} }}" for n in range(3_000))
    document = f"{{ ...F0 }} {chain} fragment F3000 on Query {{ leaf }}"
    limits = GraphqlLimits(tokens=100_000, depth=10_000)
    assert errors(document, limits) == ["The fragments of the document are nested too deeply."]


@pytest.mark.parametrize("source", ["{ ...F } fragment F on Query { a { ...F } }", "{ ...Unknown }"])
def test_cycles_and_unknown_fragments_are_left_to_the_rules_of_graphql(source: str) -> None:
    assert excesses(source) == []
    assert len(errors(source, LIMITS)) == 1


INTROSPECTION = get_introspection_query(
    descriptions=True, specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
)


def test_the_introspection_query_of_clients_is_within_the_limits() -> None:
    DocumentCache(SCHEMA, COMPILER, GraphqlLimits(), {}).get(INTROSPECTION)


def test_introspection_can_not_be_nested_in_circles() -> None:
    circles = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
    assert "Maximum introspection depth exceeded" in errors(circles, GraphqlLimits())


def test_without_introspection_no_document_reads_the_schema() -> None:
    limits = GraphqlLimits(introspection=False, suggestions=False)
    assert all("introspection has been disabled" in message for message in errors(INTROSPECTION, limits))
    assert len(errors('{ __type(name: "Query") { name } }', limits)) >= 1
    DocumentCache(SCHEMA, COMPILER, limits, {}).get("{ __typename a { __typename } }")


def test_suggestions_are_made_only_if_they_are_on() -> None:
    assert "Did you mean" in errors("{ leav }", GraphqlLimits())[0]
    assert errors("{ leav }", GraphqlLimits(suggestions=False)) == ["Cannot query field 'leav' on type 'Query'."]


UNFIT = ["{ leav }", "{ a }", "{ a { leav } }", "{ leaf { a } }", "{ a(of: 1) { leaf } }", "{ ... on Leaf { leaf } }"]


@pytest.mark.parametrize("source", UNFIT)
def test_errors_have_no_details_if_introspection_and_suggestions_are_off(source: str) -> None:
    assert errors(source, GraphqlLimits(introspection=False, suggestions=False)) == [
        "The document doesn't match the schema."
    ]


def test_an_error_of_a_scalar_stays_available_when_details_are_hidden() -> None:
    def refuse(_: object) -> None:
        raise ValueError("That is odd.")

    argument = GraphQLArgument(GraphQLScalarType("Even", parse_value=refuse))
    schema = GraphQLSchema(GraphQLObjectType("Query", {"leaf": GraphQLField(GraphQLInt, {"of": argument})}))
    with pytest.raises(InvalidDocument) as invalid:
        DocumentCache(schema, COMPILER, GraphqlLimits(introspection=False, suggestions=False), {}).get(
            "{ leaf(of: 1) }"
        )
    assert [str(error.original_error) for error in invalid.value.errors] == ["That is odd."]


@pytest.mark.parametrize("repeated", ["a { leaf } ", "... { a { leaf } } "])
def test_a_field_may_be_repeated_but_not_hundreds_of_times(repeated: str) -> None:
    DocumentCache(SCHEMA, COMPILER, GraphqlLimits(), {}).get(f"{{ b {{ {repeated * 30} }} }}")
    assert errors(f"{{ b {{ {repeated * 280} }} }}", GraphqlLimits()) == ["Validation aborted."]


def test_the_budget_of_the_overlap_rule_leaves_that_of_other_validators_alone() -> None:
    source = f"{{ b {{ {'a { leaf } ' * 280} }} }}"
    assert errors(source, GraphqlLimits()) == ["Validation aborted."]
    assert validate(SCHEMA, parse(source, max_tokens=10_000)) == []
