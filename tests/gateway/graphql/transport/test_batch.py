from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.config import GraphqlLimits
from tests.gateway.graphql.conftest import serve


@pytest.fixture
async def batching() -> AsyncIterator[httpx.AsyncClient]:
    async with serve(GraphqlLimits(batching=True, batch=3)) as server, server.client() as client:
        yield client


async def test_batches_are_refused_unless_batching_is_on(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=[{"query": "{ user }"}])
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
        400,
        "Batching is disabled. Send one operation in each request.",
    )


async def test_a_batch_is_answered_in_order_and_each_failure_stays_alone(batching: httpx.AsyncClient) -> None:
    batch = [{"query": "mutation { setValue(value: 7) }"}, {"query": "{ nothing }"}, {"query": "{ user }"}]
    answer = await batching.post("/graphql", json=batch)
    assert answer.status_code == 200
    done, failed, read = answer.json()
    assert (done, read) == ({"data": {"setValue": 7}}, {"data": {"user": "ada"}})
    assert failed["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_malformed_operation_fails_alone(batching: httpx.AsyncClient) -> None:
    answer = await batching.post("/graphql", json=[7, {"query": "subscription { valueChanged }"}])
    assert [each["errors"][0]["extensions"]["code"] for each in answer.json()] == ["BAD_USER_INPUT"] * 2


async def test_a_batch_has_a_largest_size_and_is_not_empty(batching: httpx.AsyncClient) -> None:
    for size in (0, 4):
        answer = await batching.post("/graphql", json=[{"query": "{ user }"}] * size)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
            400,
            "A batch must have from 1 to 3 operations.",
        )
