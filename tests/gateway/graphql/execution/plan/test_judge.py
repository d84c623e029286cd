"""Plans answer as graphql-core does: for generated documents, variables and failures.

Each runs a few hundred documents; `make judge` runs 10,000.
"""

import os
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, validate
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, queries

from gateway.graphql.execution.document_cache import RULES
from resolvers.errors import format_error
from tests.gateway.graphql.execution.plan.documents import (
    SCALARS,
    Generated,
    as_subscription,
    events_as_queries,
    varied,
)
from tests.gateway.graphql.execution.plan.judge import SCHEMA, judged, judged_events
from tests.gateway.graphql.execution.plan.ports import IDS, Ports
from tests.testkit.plans import execute, subscribe

EVENTS = events_as_queries(SCHEMA)
DOCUMENTS = int(os.environ.get("SWITCHBOARD_TEST_DOCUMENTS", "150"))
SETTINGS = settings(
    max_examples=DOCUMENTS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@SETTINGS
@given(queries(SCHEMA, custom_scalars=SCALARS), st.integers(0, 10**9))
async def test_a_query_is_answered_as_by_graphql_core(source: str, seed: int) -> None:
    await check(source, seed)


@SETTINGS
@given(mutations(SCHEMA, custom_scalars=SCALARS), st.integers(0, 10**9))
async def test_a_mutation_is_answered_as_by_graphql_core(source: str, seed: int) -> None:
    await check(source, seed)


@SETTINGS
@given(queries(EVENTS, custom_scalars=SCALARS), st.integers(0, 10**9))
async def test_events_are_answered_as_by_graphql_core(source: str, seed: int) -> None:
    random = Random(seed)
    generated = as_subscription(varied(EVENTS, source, IDS, random), random)
    assume(not validate(SCHEMA, generated.document, RULES))
    judge = await until_failure(judged_events(generated.document, generated.variables, Ports(seed).context()))
    plan = await until_failure(planned_events(generated, seed))

    assert [each.data for each in plan] == [each.data for each in judge]
    for own, theirs in zip(plan, judge, strict=True):
        assert_same_errors(own, theirs)


async def planned_events(generated: Generated, seed: int) -> AsyncIterator[ExecutionResult]:
    results = await subscribe(SCHEMA, generated.document, Ports(seed).context(), generated.variables)
    if isinstance(results, ExecutionResult):
        yield results
        return
    async for result in results:
        yield result


async def until_failure(results: AsyncIterator[ExecutionResult]) -> list[ExecutionResult]:
    """Return all results. The failure of their source is the last one, without a place in the response."""
    found = []
    try:
        async for result in results:
            found.append(result)
    except Exception as error:
        found.append(ExecutionResult(errors=[GraphQLError(str(error))]))
    return found


async def check(source: str, seed: int) -> None:
    generated = varied(SCHEMA, source, IDS, Random(seed))
    assume(not validate(SCHEMA, generated.document, RULES))
    judge = await judged(generated.document, generated.variables, Ports(seed).context())
    plan = await planned(generated, seed)

    assert orjson.dumps(plan.data) == orjson.dumps(judge.data)
    assert_same_errors(plan, judge)


async def planned(generated: Generated, seed: int) -> ExecutionResult:
    return await execute(SCHEMA, generated.document, Ports(seed).context(), generated.variables)


def assert_same_errors(plan: ExecutionResult, judge: ExecutionResult) -> None:
    """Of several errors that make one place null, the specification leaves open which are reported (6.4.4)."""
    own, theirs = _by_nulled_place(plan), _by_nulled_place(judge)
    assert own.keys() == theirs.keys()
    for place, errors in theirs.items():
        assert [each for each in own[place] if each in errors] != [] or not _is_exact(place, errors)


def _by_nulled_place(result: ExecutionResult) -> dict[tuple[str | int, ...], list[dict[str, Any]]]:
    """Return the errors as clients see them, by the place in the response that each made null."""
    by_place: dict[tuple[str | int, ...], list[dict[str, Any]]] = {}
    for error in result.errors or ():
        formatted = orjson.loads(orjson.dumps(format_error(error, lambda _: "reference")))
        by_place.setdefault(_nulled_place(result.data, error.path or []), []).append(formatted)
    return by_place


def _nulled_place(data: Any, path: Sequence[str | int]) -> tuple[str | int, ...]:
    for depth, step in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[step]
    return tuple(path)


def _is_exact(place: tuple[str | int, ...], errors: Sequence[dict[str, Any]]) -> bool:
    """Return whether an error is that of the place itself, which both engines have to report."""
    return any(tuple(error.get("path") or ()) == place for error in errors)
