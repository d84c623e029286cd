"""Strawberry's schemas behave as they do when Strawberry itself executes them."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated

import orjson
import pytest
import strawberry
from graphql import GraphQLError
from strawberry import Info, relay
from strawberry.extensions import QueryDepthLimiter

from gateway.graphql.execution.engine import Engine, OperationFailed
from gateway.graphql.execution.operation import Operation
from gateway.graphql.limits import Limits

MAY_END = asyncio.Event()
DONE: list[str] = []


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = "g"


@strawberry.type
class Leaf(relay.Node):
    id: relay.NodeID[str]
    colour: Colour

    @classmethod
    def resolve_node(cls, node_id: str, *, info: Info, required: bool = False) -> "Leaf":  # noqa: ARG003
        return Leaf(id=node_id, colour=Colour.GREEN)


@strawberry.type
class Root:
    depth: int


Part = Annotated[Leaf | Root, strawberry.union("Part")]


@strawberry.input(one_of=True)
class Where:
    depth: strawberry.Maybe[int]
    colour: strawberry.Maybe[Colour]


@strawberry.type
class Query:
    node: relay.Node = relay.node()

    @strawberry.field
    async def parts(self) -> list[Part]:
        return [Leaf(id="1", colour=Colour.RED), Root(depth=3)]

    @strawberry.field
    def found(self, where: Where) -> str:
        return f"{where.depth} {where.colour}"

    @strawberry.field
    def at(self, at: datetime) -> datetime:
        return at

    @strawberry.field
    def told(self, info: Info[str, None], extra: int | None = strawberry.UNSET) -> list[str]:
        asked = [info.variable_values, info.input_extensions, info.selected_fields, info.path, info.python_name]
        return [info.context, str(extra), *map(str, asked)]

    @strawberry.field
    async def never(self) -> int:
        future: asyncio.Future[int] = asyncio.Future()
        return await future

    @strawberry.field
    def many(self) -> list[int]:
        return list(range(5))


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def last(self, info: Info[str, None]) -> int:
        await MAY_END.wait()
        DONE.append(info.context)
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def never_begins(self) -> AsyncGenerator[int, None]:
        future: asyncio.Future[AsyncGenerator[int, None]] = asyncio.Future()
        return await future

    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[Part, None]:
        for depth in range(to):
            yield Root(depth=depth)

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise GraphQLError("No.", extensions={"code": "FORBIDDEN"})
        yield 1

    @strawberry.subscription
    async def refused_at_once(self) -> AsyncGenerator[int, None]:
        raise GraphQLError("No.", extensions={"code": "FORBIDDEN"})


schema = strawberry.Schema(Query, Mutation, Subscription, types=[Leaf])


def told(error: GraphQLError) -> dict[str, object]:
    return {**error.formatted}


def nothing(_context: str) -> Mapping[str, object]:
    return {}


@pytest.fixture
def executor() -> Engine[str]:
    return Engine(schema, format_error=told, extensions=nothing, limits=Limits())


OPERATIONS = [
    Operation(query="{ parts { __typename ... on Leaf { id colour } ... on Root { depth } } many }"),
    Operation(query='{ node(id: "TGVhZjo3") { __typename id ... on Leaf { colour } } }'),
    Operation(query='{ at(at: "2026-03-01T10:00:00+01:00") }'),
    Operation(query="query Q($where: Where!) { found(where: $where) }", variables={"where": {"colour": "RED"}}),
    Operation(
        query="query A($e: Int, $no: Boolean = false) { told(extra: $e) many @include(if: $no) } query B { many }",
        name="A",
        variables={"e": 4},
        extensions={"trace": "x"},
    ),
    Operation(query="{ told }", variables={}, extensions={}),
    Operation(query="{ __schema { types { name fields { name args { name defaultValue } } } } }"),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_operation_comes_to_the_same(executor: Engine[str], operation: Operation) -> None:
    own = orjson.loads(await executor.execute(executor.prepare(operation), "context"))
    theirs = await schema.execute(
        operation.query,
        operation.variables,
        context_value="context",
        operation_name=operation.name,
        operation_extensions=operation.extensions,
    )

    assert theirs.errors is None
    assert own == {"data": orjson.loads(orjson.dumps(theirs.data))}


@pytest.mark.parametrize(
    "query",
    ["{ found(where: {depth: 1, colour: RED}) }", "{ found(where: {depth: null}) }", "{ found(where: {}) }"],
)
async def test_a_value_that_strawberry_rejects_is_rejected(executor: Engine[str], query: str) -> None:
    theirs = await schema.execute(query)
    with pytest.raises(OperationFailed) as own:
        executor.prepare(Operation(query=query))

    assert [error["message"] for error in own.value.errors] == [error.message for error in theirs.errors or []]


def test_a_document_is_parsed_once(executor: Engine[str]) -> None:
    first, second = (executor.prepare(Operation(query="{ many }", variables={"n": n})) for n in range(2))

    assert first.document is second.document


async def test_a_subscription_sends_each_yielded_value(executor: Engine[str]) -> None:
    prepared = executor.prepare(Operation(query="subscription { count(to: 2) { ... on Root { depth } } }"))
    results = [orjson.loads(result) async for result in await executor.stream(prepared, "context")]

    assert results == [{"data": {"count": {"depth": depth}}} for depth in range(2)]


async def test_an_error_of_a_subscription_has_its_code(executor: Engine[str]) -> None:
    prepared = executor.prepare(Operation(query="subscription { refused }"))
    results = await executor.stream(prepared, "context")
    with pytest.raises(OperationFailed) as failed:
        await anext(results)

    assert failed.value.errors == [{"message": "No.", "extensions": {"code": "FORBIDDEN"}}]


async def test_a_subscription_that_is_refused_at_once_never_begins(executor: Engine[str]) -> None:
    prepared = executor.prepare(Operation(query="subscription { refusedAtOnce }"))
    with pytest.raises(OperationFailed) as failed:
        await executor.stream(prepared, "context")

    assert failed.value.errors[0]["extensions"] == {"code": "FORBIDDEN"}


def test_schema_extensions_which_would_not_be_run_are_refused() -> None:
    @strawberry.type
    class Query:
        depth: int

    extended = strawberry.Schema(Query, extensions=[lambda: QueryDepthLimiter(3)])
    with pytest.raises(ValueError, match="not run"):
        Engine(extended, format_error=told, extensions=nothing, limits=Limits())


async def test_there_is_nothing_to_drain_at_rest(executor: Engine[str]) -> None:
    async with asyncio.timeout(1):
        await executor.drain()


async def failure(executor: Engine[str], query: str) -> tuple[int, object]:
    with pytest.raises(OperationFailed) as failed:
        await executor.stream(executor.prepare(Operation(query=query)), "late")
    return failed.value.status, failed.value.errors[0]["extensions"]


@pytest.mark.parametrize("query", ["{ never }", "subscription { neverBegins }"])
async def test_an_operation_that_takes_too_long_is_cancelled(query: str) -> None:
    executor = Engine(schema, format_error=told, extensions=nothing, limits=Limits(seconds=0.01))

    assert await failure(executor, query) == (504, {"code": "UNAVAILABLE", "retryable": True})


async def test_a_mutation_that_takes_too_long_is_answered_and_continues() -> None:
    executor = Engine(schema, format_error=told, extensions=nothing, limits=Limits(seconds=0.01))

    assert await failure(executor, "mutation { last }") == (504, {"code": "OUTCOME_UNKNOWN", "retryable": True})
    assert DONE == []
    MAY_END.set()
    await executor.drain()
    assert DONE == ["late"]
