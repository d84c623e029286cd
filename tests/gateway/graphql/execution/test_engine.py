"""The engine executes Strawberry's schemas as Strawberry does."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import Enum
from itertools import product

import orjson
import pytest
import strawberry
from graphql import GraphQLError
from strawberry import Info
from strawberry.extensions import QueryDepthLimiter

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine, OperationFailed
from gateway.graphql.execution.operation import Operation
from gateway.graphql.execution.plan.operation import OperationPlan
from gateway.observability.instrumentation import Outcome

MAY_END = asyncio.Event()
DONE: list[str] = []


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = "g"


@strawberry.interface
class Part:
    name: str

    @classmethod
    def resolve_type(cls, value: object, _info: object, _type: object) -> str:
        return value.__class__.__name__


@strawberry.type
class Leaf(Part):
    colour: Colour


@strawberry.type
class Root(Part):
    depth: int


@strawberry.input(one_of=True)
class Where:
    depth: strawberry.Maybe[int]
    colour: strawberry.Maybe[Colour]


@strawberry.type
class Query:
    @strawberry.field
    async def parts(self) -> list[Part]:
        return [Leaf(name="1", colour=Colour.RED), Root(name="2", depth=3)]

    @strawberry.field
    async def part(self) -> Part:
        return Leaf(name="1", colour=Colour.GREEN)

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("broken")

    @strawberry.field
    def found(self, where: Where) -> str:
        return f"{where.depth} {where.colour}"

    @strawberry.field
    def at(self, at: datetime) -> datetime:
        return at

    @strawberry.field
    def details(self, info: Info[str, None], extra: int | None = strawberry.UNSET) -> list[str]:
        return [info.context, str(extra)]

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
            yield Root(name=str(depth), depth=depth)

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise GraphQLError("No.", extensions={"code": "FORBIDDEN"})
        yield 1

    @strawberry.subscription
    async def refused_at_once(self) -> AsyncGenerator[int, None]:
        raise GraphQLError("No.", extensions={"code": "FORBIDDEN"})


schema = strawberry.Schema(Query, Mutation, Subscription, types=[Leaf, Root])


def formatted(error: GraphQLError) -> dict[str, object]:
    return {**error.formatted}


def nothing(_context: str) -> Mapping[str, object]:
    return {}


@pytest.fixture
def engine() -> Engine[str]:
    return Engine(schema, format_error=formatted, extensions=nothing, limits=GraphqlLimits())


OPERATIONS = [
    Operation(query="{ parts { __typename name ... on Leaf { colour } ... on Root { depth } } many }"),
    Operation(query="{ part { __typename name ... on Leaf { colour } } }"),
    Operation(query='{ at(at: "2026-03-01T10:00:00+01:00") }'),
    Operation(query="query Q($where: Where!) { found(where: $where) }", variables={"where": {"colour": "RED"}}),
    Operation(
        query="query A($e: Int, $no: Boolean = false) { details(extra: $e) many @include(if: $no) } query B { many }",
        name="A",
        variables={"e": 4},
    ),
    Operation(query="{ details }", variables={}),
    Operation(query="{ __schema { types { name fields { name args { name defaultValue } } } } }"),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_operation_comes_to_the_same(engine: Engine[str], operation: Operation) -> None:
    own = orjson.loads(await engine.execute(engine.prepare(operation), "context"))
    theirs = await schema.execute(
        operation.query,
        operation.variables,
        context_value="context",
        operation_name=operation.name,
    )

    assert theirs.errors is None
    assert own == {"data": orjson.loads(orjson.dumps(theirs.data))}


@pytest.mark.parametrize(
    "query",
    ["{ found(where: {depth: 1, colour: RED}) }", "{ found(where: {depth: null}) }", "{ found(where: {}) }"],
)
async def test_a_value_that_strawberry_rejects_is_rejected(engine: Engine[str], query: str) -> None:
    theirs = await schema.execute(query)
    with pytest.raises(OperationFailed) as own:
        engine.prepare(Operation(query=query))

    assert [error["message"] for error in own.value.errors] == [error.message for error in theirs.errors or []]


def test_a_document_is_parsed_once(engine: Engine[str]) -> None:
    first, second = (engine.prepare(Operation(query="{ many }", variables={"n": n})) for n in range(2))

    assert first.operation is second.operation


async def test_the_plans_of_all_documents_are_bounded_together() -> None:
    """The combinations of the values of conditions are the client's choice."""
    engine = Engine(schema, format_error=formatted, extensions=nothing, limits=GraphqlLimits(cached_documents=4))
    before = plans()
    for name in ("One", "Other"):
        selections = "a: many @skip(if: $a) b: many @skip(if: $b) c: many @skip(if: $c)"
        source = f"query {name}($a: Boolean!, $b: Boolean!, $c: Boolean!) {{ {selections} }}"
        for values in product((True, False), repeat=3):
            variables: dict[str, object] = dict(zip("abc", values, strict=True))
            result = orjson.loads(
                await engine.execute(engine.prepare(Operation(query=source, variables=variables)), "")
            )
            assert result["data"].keys() == {name for name, is_skipped in variables.items() if not is_skipped}
    assert plans() - before <= 4


def plans() -> int:
    gc.collect()
    return sum(isinstance(each, OperationPlan) for each in gc.get_objects())


async def test_a_subscription_sends_what_it_yields(engine: Engine[str]) -> None:
    prepared = engine.prepare(Operation(query="subscription { count(to: 2) { ... on Root { depth } } }"))
    results = [orjson.loads(result) async for result in await engine.stream(prepared, "context")]

    assert results == [{"data": {"count": {"depth": depth}}} for depth in range(2)]


async def test_an_error_of_a_subscription_has_its_code(engine: Engine[str]) -> None:
    prepared = engine.prepare(Operation(query="subscription { refused }"))
    results = await engine.stream(prepared, "context")
    with pytest.raises(OperationFailed) as failed:
        await anext(results)

    assert failed.value.errors == [{"message": "No.", "extensions": {"code": "FORBIDDEN"}}]


async def test_a_subscription_that_is_refused_at_once_never_begins(engine: Engine[str]) -> None:
    prepared = engine.prepare(Operation(query="subscription { refusedAtOnce }"))
    with pytest.raises(OperationFailed) as failed:
        await engine.stream(prepared, "context")

    assert failed.value.errors[0]["extensions"] == {"code": "FORBIDDEN"}


def test_schema_extensions_which_would_not_be_run_are_refused() -> None:
    @strawberry.type
    class Query:
        depth: int

    extended = strawberry.Schema(Query, extensions=[lambda: QueryDepthLimiter(3)])
    with pytest.raises(ValueError, match="not run"):
        Engine(extended, format_error=formatted, extensions=nothing, limits=GraphqlLimits())


async def test_there_is_nothing_to_drain_at_rest(engine: Engine[str]) -> None:
    async with asyncio.timeout(1):
        await engine.drain()


async def failure(engine: Engine[str], query: str) -> tuple[int, object]:
    with pytest.raises(OperationFailed) as failed:
        await engine.stream(engine.prepare(Operation(query=query)), "late")
    return failed.value.status, failed.value.errors[0]["extensions"]


@pytest.mark.parametrize("query", ["{ never }", "subscription { neverBegins }"])
async def test_an_operation_that_takes_too_long_times_out(query: str) -> None:
    engine = Engine(schema, format_error=formatted, extensions=nothing, limits=GraphqlLimits(seconds=0.01))

    assert await failure(engine, query) == (504, {"code": "UNAVAILABLE", "retryable": True})


class Recorder:
    """Instrumentation that records what it is given."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, Outcome]] = []
        self.open = 0

    def operation_ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        assert seconds >= 0
        self.ended.append((type, outcome))

    @contextmanager
    def subscription_open(self) -> Iterator[None]:
        self.open += 1
        yield
        self.open -= 1


def instrumented(recorder: Recorder, limits: GraphqlLimits | None = None) -> Engine[str]:
    return Engine(
        schema,
        format_error=formatted,
        extensions=nothing,
        limits=limits or GraphqlLimits(),
        instrumentation=recorder,
    )


@pytest.mark.parametrize(
    ("query", "ended"),
    [
        ("{ many }", ("query", "ok")),
        ("{ broken }", ("query", "errors")),
        ("{ nothing }", ("unknown", "refused")),
        ("query ($at: DateTime!) { at(at: $at) }", ("query", "refused")),
        ("subscription ($to: Int!) { count(to: $to) { __typename } }", ("subscription", "refused")),
        ("{ never }", ("query", "timeout")),
        ("subscription { neverBegins }", ("subscription", "timeout")),
    ],
)
async def test_each_operation_is_reported_once(query: str, ended: tuple[str, Outcome]) -> None:
    recorder = Recorder()
    engine = instrumented(recorder, GraphqlLimits(seconds=0.05))
    with suppress(OperationFailed):
        await engine.stream(engine.prepare(Operation(query=query)), "context")

    assert recorder.ended == [ended]


async def test_a_subscription_is_reported_as_open_until_its_results_end() -> None:
    recorder = Recorder()
    engine = instrumented(recorder)
    prepared = engine.prepare(Operation(query="subscription { count(to: 1) { __typename } }"))
    results = await engine.stream(prepared, "context")
    await anext(results)
    assert recorder.open == 1
    assert [result async for result in results] == []
    assert recorder.open == 0


async def test_a_mutation_that_takes_too_long_gets_a_response_and_runs_to_its_end() -> None:
    recorder = Recorder()
    engine = instrumented(recorder, GraphqlLimits(seconds=0.01))

    assert await failure(engine, "mutation { last }") == (504, {"code": "OUTCOME_UNKNOWN", "retryable": True})
    assert (DONE, recorder.ended) == ([], [])
    MAY_END.set()
    await engine.drain()
    assert (DONE, recorder.ended) == (["late"], [("mutation", "ok")])
