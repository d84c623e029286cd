"""Which subscribers share the results of events: counted by the executions of a field."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Hashable
from dataclasses import dataclass, field

import orjson
import pytest
import strawberry
from strawberry import Info

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine
from gateway.graphql.execution.operation import Operation


@dataclass(slots=True)
class Context:
    viewer: str
    runs: Counter[str]
    event: int | None = None


class Contexts:
    def audience(self, context: Context) -> Hashable:
        return context.viewer, context.event

    def for_event(self, context: Context) -> Context:
        return Context(context.viewer, context.runs, context.event)


@strawberry.type
class Number:
    value: strawberry.Private[int]

    @strawberry.field
    def times(self, info: Info[Context, None], factor: int = 1) -> str:
        info.context.runs[info.context.viewer] += 1
        return f"{self.value * factor} for {info.context.viewer}"


@strawberry.type
class Query:
    nothing: None = None


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def numbers(self, info: Info[Context, None], after: int = 0) -> AsyncGenerator[Number, None]:
        for value in range(after + 1, 4):
            info.context.event = value
            yield Number(value=value)


@dataclass(frozen=True, slots=True)
class Served:
    engine: Engine[Context]
    runs: Counter[str] = field(default_factory=Counter)

    async def results(self, viewer: str, query: str, **variables: object) -> AsyncGenerator[bytes, None]:
        prepared = self.engine.prepare(Operation(query=query, variables=variables))
        return await self.engine.stream(prepared, Context(viewer, self.runs))

    async def all(self, viewer: str, query: str, **variables: object) -> list[str]:
        results = await self.results(viewer, query, **variables)
        return [orjson.loads(each)["data"]["numbers"]["times"] async for each in results]


@pytest.fixture
def served() -> Served:
    return Served(
        Engine(
            strawberry.Schema(Query, subscription=Subscription),
            format_error=lambda error: {"message": error.message},
            extensions=lambda _context: {},
            limits=GraphqlLimits(),
            event_contexts=Contexts(),
        )
    )


FACTOR = "subscription ($factor: Int!) { numbers { times(factor: $factor) } }"
AFTER = "subscription ($after: Int!) { numbers(after: $after) { times } }"


async def test_one_event_is_executed_once_for_any_number_of_equal_subscribers(served: Served) -> None:
    heard = await asyncio.gather(*(served.all("ada", FACTOR, factor=2) for _ in range(50)))

    assert heard == [["2 for ada", "4 for ada", "6 for ada"]] * 50
    assert served.runs == {"ada": 3}


async def test_two_viewers_with_equal_documents_never_share(served: Served) -> None:
    heard = await asyncio.gather(*(served.all(viewer, FACTOR, factor=1) for viewer in ("ada", "bob") * 5))

    assert heard == [[f"{value} for {viewer}" for value in (1, 2, 3)] for viewer in ("ada", "bob")] * 5
    assert served.runs == {"ada": 3, "bob": 3}


@pytest.mark.parametrize(
    "query",
    [
        FACTOR,
        "subscription ($factor: Int!) { ...S } fragment S on Subscription { numbers { ...N } } "
        "fragment N on Number { times(factor: $factor) }",
        "subscription ($factor: Int!) { numbers { ... on Number { times(factor: $factor) } } }",
    ],
)
async def test_variables_of_the_selection_distinguish_results(served: Served, query: str) -> None:
    heard = await asyncio.gather(*(served.all("ada", query, factor=factor) for factor in (1, 2, 1)))

    assert [each[0] for each in heard] == ["1 for ada", "2 for ada", "1 for ada"]
    assert served.runs == {"ada": 6}


async def test_subscribers_who_resume_after_different_events_share_those_that_follow(served: Served) -> None:
    heard = await asyncio.gather(*(served.all("ada", AFTER, after=after) for after in (0, 1, 2)))

    assert heard == [["1 for ada", "2 for ada", "3 for ada"], ["2 for ada", "3 for ada"], ["3 for ada"]]
    assert served.runs == {"ada": 3}


async def test_different_conditions_are_different_documents(served: Served) -> None:
    query = "subscription ($short: Boolean!) { numbers { times(factor: 2) __typename @skip(if: $short) } }"
    short, long = [await served.results("ada", query, short=value) for value in (True, False)]

    assert orjson.loads(await anext(short)) == {"data": {"numbers": {"times": "2 for ada"}}}
    assert orjson.loads(await anext(long)) == {"data": {"numbers": {"times": "2 for ada", "__typename": "Number"}}}


async def test_a_slow_subscriber_misses_no_event_and_does_not_delay_others(served: Served) -> None:
    slow = await served.results("ada", FACTOR, factor=1)
    first = await anext(slow)

    assert await served.all("ada", FACTOR, factor=1) == ["1 for ada", "2 for ada", "3 for ada"]
    rest = [each async for each in slow]
    assert [orjson.loads(each)["data"]["numbers"]["times"] for each in [first, *rest]] == [
        "1 for ada",
        "2 for ada",
        "3 for ada",
    ]
