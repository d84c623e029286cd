"""Requests that schemathesis generates from the schema: none crashes the gateway or exposes its internals."""

import asyncio
from typing import Any

import pytest
import schemathesis
from graphql import REMOVE, ArgumentNode, Visitor, VisitorAction, build_schema, parse, print_ast, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.graphql import nodes
from schemathesis.specs.graphql.schemas import GraphQLSchema
from schemathesis.specs.openapi.checks import negative_data_rejection, response_schema_conformance

from tests.testkit.client import Client, Json
from tests.testkit.forked import ROOT
from tests.testkit.server import Server

CHECKS = [not_a_server_error, negative_data_rejection, response_schema_conformance]
INTERNALS = ("Traceback", ".py", "site-packages", "sqlite", str(ROOT))

# Every field of a list is asked for with all of these, of which few go together.
PAGES = st.sampled_from([{"after", "before", "last"}, {"after", "before", "first"}, set[str]()])

SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
OPERATIONS = {
    f"{root.name}.{name}": field
    for root in (SCHEMA.query_type, SCHEMA.mutation_type)
    if root is not None
    for name, field in root.fields.items()
}


@pytest.fixture(scope="module")
def fuzzed(server: Server) -> GraphQLSchema:
    """Return the gateway's schema; ids and texts are often generated from stored objects."""
    ids, texts = asyncio.run(furnish(server.url))
    for scalar, known in (("ID", ids), ("String", [*texts, "local"]), ("TimeZone", ["Europe/Vienna", "UTC"])):
        values = st.sampled_from(known) | st.text(max_size=20)
        schemathesis.graphql.scalar(scalar, values.map(nodes.String))
    schemathesis.graphql.scalar("Int", (st.integers(1, 100) | st.integers(-(2**31), 2**31 - 1)).map(nodes.Int))
    return schemathesis.graphql.from_url(f"{server.url}/graphql")


async def furnish(url: str) -> tuple[list[str], list[str]]:
    """Makes something of every kind; the ids of all, and the telephone numbers."""
    async with Client(url) as client:
        selection = "account { id phoneNumbers { id number } }"
        ann, bob = [(await client.do("connectAccount", selection, provider="local"))["account"] for _ in range(2)]
        (anns_number,), (bobs_number,) = ann["phoneNumbers"], bob["phoneNumbers"]
        tea = {"title": "Tea", "startTime": "2030-05-06T16:00:00+02:00", "durationMinutes": 30}
        bobs_name = {"firstName": "Bob", "lastName": "Baker", "number": bobs_number["number"]}
        meeting = (await client.do("scheduleMeeting", "meeting { id }", accountId=ann["id"], **tea))["meeting"]
        contact = (await client.do("createContact", "contact { id }", accountId=ann["id"], **bobs_name))["contact"]
        between = {"contactId": contact["id"], "fromNumber": anns_number["number"]}
        conversation = (await client.do("createConversation", "conversation { id }", **between))["conversation"]
        text = {"conversationId": conversation["id"], "text": "Tea?"}
        message = (await client.do("sendMessage", "message { id }", **text))["message"]
        everything = (ann, bob, anns_number, bobs_number, meeting, contact, conversation, message)
    return [each["id"] for each in everything], [anns_number["number"], bobs_number["number"]]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_requests_that_fit_the_schema_are_answered_without_an_internal_error(
    fuzzed: GraphQLSchema, operation: str
) -> None:
    answers: list[Json] = []

    @bounded(12)
    @given(case=cases(fuzzed, operation, GenerationMode.POSITIVE), unwanted=PAGES)
    def ask(case: Case[Any], unwanted: set[str]) -> None:
        case.body = print_ast(visit(parse(str(case.body)), Without(unwanted)))
        answers.append(answer_to(case))

    ask()
    assert any(answer.get("data") for answer in answers)


@pytest.mark.parametrize("operation", [each for each, field in OPERATIONS.items() if field.args])
def test_requests_that_violate_the_schema_are_refused_without_an_internal_error(
    fuzzed: GraphQLSchema, operation: str
) -> None:
    answers: list[Json] = []

    @bounded(4)
    @given(case=cases(fuzzed, operation, GenerationMode.NEGATIVE))
    def ask(case: Case[Any]) -> None:
        answers.append(answer_to(case))

    ask()
    assert answers
    assert all("data" not in answer for answer in answers)


def bounded(examples: int) -> settings:
    """The same examples each time, so many of them."""
    slow = [HealthCheck.too_slow]
    return settings(max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=slow)


def cases(schema: GraphQLSchema, operation: str, mode: GenerationMode) -> st.SearchStrategy[Case[Any]]:
    found = schema.find_operation_by_label(operation)
    assert found is not None
    return found.as_strategy(mode)


def answer_to(case: Case[Any]) -> Json:
    """Return the response, after a check that it exposes no internals of the gateway."""
    response = case.call_and_validate(checks=CHECKS)
    assert response.status_code < 500
    assert [each for each in INTERNALS if each in response.text] == []
    answer: Json = response.json()
    assert "INTERNAL" not in {error["extensions"]["code"] for error in answer.get("errors", [])}
    return answer


class Without(Visitor):
    """Leaves arguments out."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names

    def enter_argument(self, node: ArgumentNode, *_: object) -> VisitorAction:
        return REMOVE if node.name.value in self.names else None
