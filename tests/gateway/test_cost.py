"""Query costs: weights, `extensions.cost`, the limit of an operation and the rate limit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import GraphQLObjectType

from gateway.graphql.execution.cost.weights import WEIGHTS
from resolvers.schema import schema
from resolvers.strawberry_compat import core_schema
from tests.testkit.client import SHOW_COST, Client
from tests.testkit.served import served
from tests.testkit.token import REQUIRED, token_of

ACCOUNTS = "{ accounts(first: 50) { nodes { id } } }"


@pytest.fixture
async def ada(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Client]:
    """A viewer with a bucket of 60 points that are restored slowly."""
    limits = "[limits]\ncost = 100\ncost_bucket = 60\ncost_restore_rate = 1\n"
    configuration = f'{REQUIRED}\n{limits}\n[store]\nurl = "{sqlite_url}"'
    async with served(tmp_path, configuration) as gateway, gateway.client(token_of("ada")) as client:
        yield client


def test_the_weights_are_of_fields_that_exist() -> None:
    types = core_schema(schema).type_map.values()
    coordinates = {f"{each.name}.{field}" for each in types for field in getattr(each, "fields", {})}
    assert WEIGHTS.keys() <= coordinates


def test_every_mutation_and_every_list_has_a_weight() -> None:
    types, mutation = core_schema(schema).type_map.values(), core_schema(schema).mutation_type
    assert mutation is not None
    objects = [each for each in types if isinstance(each, GraphQLObjectType)]
    lists = [f"{each}.{name}" for each in objects for name, field in each.fields.items() if "first" in field.args]
    assert {*lists, *(f"Mutation.{name}" for name in mutation.fields)} <= WEIGHTS.keys()


async def test_a_response_reports_its_cost_in_the_form_of_shopify_if_the_request_wants_it(ada: Client) -> None:
    answer = await ada.ask(ACCOUNTS, SHOW_COST)
    assert answer["extensions"]["cost"] == {
        "requestedQueryCost": 52,
        "actualQueryCost": 2,
        "throttleStatus": {"maximumAvailable": 60, "currentlyAvailable": 58, "restoreRate": 1},
    }


@pytest.mark.parametrize("headers", [None, {"x-cost": "0"}, {"x-cost": ""}], ids=str)
async def test_a_response_does_not_report_its_cost_unless_the_request_wants_it(
    ada: Client, headers: dict[str, str] | None
) -> None:
    assert "extensions" not in await ada.ask(ACCOUNTS, headers)


async def test_a_response_reports_its_cost_when_less_than_three_quarters_of_the_bucket_are_left(ada: Client) -> None:
    connect = 'mutation { connectAccount(input: { provider: "local" }) { account { id } } }'
    assert "extensions" not in await ada.ask(connect)
    answer = await ada.ask(connect)
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] < 45


@pytest.mark.parametrize(
    ("payload", "headers"), [({"x-cost": "1"}, {}), (None, SHOW_COST)], ids=["connection_init", "handshake"]
)
async def test_operations_on_a_websocket_report_their_cost_if_it_was_opened_so(
    ada: Client, payload: dict[str, str] | None, headers: dict[str, str]
) -> None:
    for said, reported in ((payload, True), (None, bool(headers))):
        async with ada.websocket(said, headers=headers) as socket:
            await socket.say(id="1", type="subscribe", payload={"query": ACCOUNTS})
            assert ("cost" in (await socket.event()).get("extensions", {})) is reported


async def test_a_query_over_server_sent_events_reports_its_cost_if_the_request_wants_it(ada: Client) -> None:
    for headers in ({}, SHOW_COST):
        accept = {"accept": "text/event-stream", **headers}
        response = await ada.http.post("/graphql", json={"query": ACCOUNTS}, headers=accept)
        assert ("actualQueryCost" in response.text) is bool(headers)


async def test_an_operation_above_the_maximum_cost_is_refused_before_it_runs(ada: Client) -> None:
    answer = await ada.ask(
        'mutation { connectAccount(input: { provider: "local" }) { account { contacts(first: 90) { nodes { id } } } } }'
    )
    assert "data" not in answer
    assert answer["errors"][0]["extensions"] == {"code": "MAX_COST_EXCEEDED", "cost": 106, "maxCost": 100}
    assert (await ada.data("{ accounts { totalCount } }"))["accounts"]["totalCount"] == 0


async def test_a_viewer_without_points_has_to_wait_and_others_do_not(ada: Client) -> None:
    for _ in range(5):
        await ada.data('mutation { connectAccount(input: { provider: "local" }) { account { id } } }')
    answer = await ada.http.post(
        "/graphql", json={"query": ACCOUNTS}, headers={"accept": "application/graphql-response+json"}
    )
    assert answer.status_code == 429
    refusal = answer.json()["errors"][0]["extensions"]
    assert (refusal["code"], refusal["cost"], refusal["retryable"]) == ("RATE_LIMITED", 52, True)
    assert 0 < refusal["retryAfterSeconds"] <= 52
    async with Client(ada.url, token_of("bob")) as bob:
        await bob.data(ACCOUNTS)


async def test_operations_of_an_open_gateway_are_free(tmp_path: Path, sqlite_url: str) -> None:
    configuration = f'[limits]\ncost_bucket = 1\n[store]\nurl = "{sqlite_url}"'
    async with served(tmp_path, configuration) as gateway, gateway.client() as client:
        assert "extensions" not in await client.ask(ACCOUNTS)
        answer = await client.ask(ACCOUNTS, SHOW_COST)
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 1


@pytest.mark.parametrize("document", ["{ nodes(ids: 1%s) { id } }", "{ accounts(first: 1%s) { totalCount } }"])
async def test_a_number_of_thousands_of_digits_is_no_unexpected_error(ada: Client, document: str) -> None:
    answer = await ada.ask(document % ("0" * 5_000))
    assert {error["extensions"]["code"] for error in answer.get("errors", [])} <= {"BAD_USER_INPUT"}


async def test_a_number_in_place_of_ids_is_one_id(ada: Client) -> None:
    answer = await ada.ask("{ nodes(ids: 1000000) { id } }")
    assert answer["data"] == {"nodes": [None]}


@pytest.mark.parametrize("size", [b"100", b"100.0", b"1e2"])
async def test_a_size_costs_the_same_however_json_writes_it(ada: Client, size: bytes) -> None:
    document = b"query ($n: Int) { accounts(first: $n) { nodes { contacts(first: $n) { nodes { id } } } } }"
    body = b'{"query": "' + document + b'", "variables": {"n": ' + size + b"}}"

    answer = (await ada.http.post("/graphql", content=body, headers={"content-type": "application/json"})).json()

    assert answer["errors"][0]["extensions"] == {"code": "MAX_COST_EXCEEDED", "cost": 10_602, "maxCost": 100}
