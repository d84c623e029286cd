from graphql import OperationDefinitionNode, build_schema, get_variable_values, parse, validate
from graphql.execution.values import VariableValues

from gateway.graphql.execution.cost.analysis import INTROSPECTION_COST, CostAnalysis
from gateway.graphql.execution.cost.model import OperationCost
from gateway.graphql.execution.selection_tree import selection_tree

SCHEMA = build_schema("""
    interface Node { id: ID! }
    type User implements Node { id: ID!, name: String, tags: [Tag], friends(first: Int, last: Int): UserConnection }
    type Tag { name: String }
    type UserConnection { nodes: [User], edges: [UserEdge], totalCount: Int }
    type UserEdge { cursor: String, node: User }
    type Query { me: User, users(first: Int, last: Int): UserConnection, nodes(ids: [ID!]!): [Node], all: [User] }
""")
WEIGHTS = {"Query.users": 5, "User.friends": 3, "UserConnection.totalCount": 2}


def cost_of(source: str) -> OperationCost:
    document = parse(source)
    assert validate(SCHEMA, document) == []
    (operation,) = selection_tree(SCHEMA, document)
    return CostAnalysis(WEIGHTS).operation(operation)


def cost(source: str, **variables: object) -> int:
    """Return what is charged for variables as a client sends them."""
    operation = parse(source).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), variables)
    assert isinstance(values, VariableValues)
    return cost_of(source).requested(values.coerced)


def test_an_object_costs_a_point_and_its_values_nothing() -> None:
    assert cost("{ me { id name tags { name } } }") == 1


def test_a_page_costs_its_call_and_as_many_objects_as_it_may_have() -> None:
    assert cost("{ users(first: 7) { nodes { id } } }") == 5 + 7
    assert cost("{ users(last: 7) { edges { cursor node { id } } totalCount } }") == 5 + 7 + 2
    assert cost("{ users { nodes { id } } }") == 5 + 20
    assert cost("{ users(first: null) { nodes { id } } }") == 5 + 20


def test_pages_in_pages_multiply() -> None:
    assert cost("{ users(first: 10) { nodes { friends(first: 4) { nodes { id } } } } }") == 5 + 10 * (1 + 3 + 4)


def test_sizes_may_be_variables_with_defaults() -> None:
    source = "query ($n: Int = 3) { users(first: $n) { nodes { id } } }"
    assert [cost(source), cost(source, n=9), cost(source, n=None)] == [5 + 3, 5 + 9, 5 + 20]


def test_a_size_out_of_range_is_left_to_the_resolver_that_refuses_it() -> None:
    source = "query ($n: Int) { users(first: $n) { nodes { id } } }"
    assert [cost(source, n=n) for n in (-1, 10**9)] == [5, 5 + 100]


def test_a_size_costs_the_same_however_it_is_written() -> None:
    source = "query ($n: Int) { users(first: $n) { nodes { friends(last: $n) { nodes { id } } } } }"
    assert [cost(source, n=n) for n in (100, 100.0, 1e2)] == [5 + 100 * (1 + 3 + 100)] * 3
    assert cost(source.replace("Int", "Int = 100")) == cost(source, n=100)


def test_a_size_without_a_value_leaves_the_page_to_the_other_argument() -> None:
    source = "query ($n: Int, $m: Int) { users(first: $n, last: $m) { nodes { id } } }"
    assert [cost(source, m=90), cost(source, n=None, m=90), cost(source)] == [5 + 90, 5 + 90, 5 + 20]
    assert cost(source.replace("$m)", "90)").replace(", $m: Int", "")) == 5 + 90


def test_one_id_in_place_of_a_list_costs_one_object() -> None:
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids="a") == 1


def test_ids_are_as_many_objects() -> None:
    assert cost('{ nodes(ids: ["a", "b"]) { id } }') == 2
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 5) == 5


def test_a_list_of_unknown_length_counts_as_ten() -> None:
    assert cost("{ all { id } }") == 10


def test_a_fragment_costs_what_its_fields_cost() -> None:
    plain = cost("{ users(first: 7) { nodes { friends { nodes { id } } } } }")
    assert plain == cost("""
        { ...A }
        fragment A on Query { users(first: 7) { ...B } }
        fragment B on UserConnection { ... { nodes { ... on User { friends { nodes { id } } } } } }
    """)


def test_nested_fragments_that_double_are_charged_once() -> None:
    chain = " ".join(f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
    assert cost(f"{{ me {{ ...F0 }} }} {chain} fragment F100 on User {{ friends {{ nodes {{ id }} }} }}") == 1 + 3 + 20


def test_introspection_has_a_cost() -> None:
    assert cost("{ __typename __schema { types { name } } }") == INTROSPECTION_COST


def test_the_actual_cost_counts_the_objects_of_the_response() -> None:
    operation = cost_of("{ a: users { nodes { id friends { nodes { id } } } } me @skip(if: true) { id } }")
    friends = {"nodes": [{"id": "3"}, None]}
    assert operation.actual({"a": {"nodes": [{"id": "1", "friends": friends}, {"id": "2", "friends": None}]}}) == (
        5 + 2 + 3 + 3 + 1
    )
    assert operation.actual({"a": None}) == 5
    assert operation.actual(None) == 0
