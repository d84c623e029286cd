"""Warm queries: answered from a store in which everything is fresh, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench.figures import Bound, Group
from tests.bench.load import Effort, Request, ask, compare, cpu_figure
from tests.bench.process import FloorSettings, Target, floor
from tests.bench.product import furnished, furnished_on_postgresql
from tests.bench.queries import Q1, Q2, Q3, TYPE_NAME
from tests.bench.world import World, postgresql_server

WORLD = World()

_REQUESTS = {
    "__typename": (Request(TYPE_NAME), Bound()),
    "Q1: 20 conversations, contact, 5 messages": (Request(Q1), Bound(required=2.0, aim=1.25)),
    "Q2: a contact by its id": (Request(Q2, {"id": WORLD.contact_id}), Bound(required=6, aim=3)),
    "Q3: 100 meetings with participants": (Request(Q3), Bound()),
}


async def measure_warm(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the cost of warm queries next to the floor, whose answers have the same data."""
    async with furnished(folder / "warm", WORLD) as (target, store):
        with floor(FloorSettings(store=str(store), user_id=WORLD.user_id)) as bare:
            figures = []
            for name, (request, bound) in _REQUESTS.items():
                await check_same(target, bare, request)
                ours, theirs = await compare([(target, request), (bare, request)], effort)
                figures.append(cpu_figure(name, ours, theirs, bound))
    async with furnished(folder / "uncached", WORLD, cached=False) as (target, store):
        with floor(FloorSettings(store=str(store), user_id=WORLD.user_id)) as bare:
            ours, theirs = await compare([(target, Request(Q1)), (bare, Request(Q1))], effort)
            figures.append(cpu_figure("Q1, without the read cache", ours, theirs, Bound()))
    yield Group("Warm, 16 at once", "floor", figures)


async def measure_postgresql(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the cost of warm queries on PostgreSQL next to SQLite; nothing without a server."""
    if postgresql_server() is None:
        return
    async with (
        furnished(folder / "sqlite", WORLD) as (on_sqlite, _),
        furnished_on_postgresql(folder / "postgresql", WORLD) as on_postgresql,
    ):
        figures = []
        for name, (request, _) in _REQUESTS.items():
            await check_same(on_postgresql, on_sqlite, request)
            ours, theirs = await compare([(on_postgresql, request), (on_sqlite, request)], effort)
            figures.append(cpu_figure(name, ours, theirs, Bound(required=1.3)))
    yield Group("Warm on PostgreSQL, 16 at once", "SQLite", figures)


async def check_same(one: Target, other: Target, request: Request) -> None:
    """Raise RuntimeError unless both answer with the same data. Extensions, such as the cost, may differ."""
    answers = [await ask(target, request) for target in (one, other)]
    if answers[0] != answers[1]:
        raise RuntimeError(f"{one.url} and {other.url} answer differently: {request.query}")
