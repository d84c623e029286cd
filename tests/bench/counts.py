"""SQL statements per query, counted in a gateway that is served by this process."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from tests.bench.cold import COLD, sandbox, texting
from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Effort
from tests.bench.product import configured
from tests.bench.queries import Q1, Q2
from tests.bench.world import FRESH, World, build
from tests.testkit.client import Client
from tests.testkit.served import served
from tests.testkit.statements import commit_to, statements_of_all_stores


async def measure_counts(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the statements of warm queries, and of a cold one if nothing changed upstream."""
    warm = await _warm(folder)
    yield Group("Statements on SQLite", "floor", [*warm, await _cold(folder, effort)])


async def _warm(folder: Path) -> list[Figure]:
    world, url = World(), f"sqlite:///{folder}/warm.db"
    await build(world, url)
    configuration = configured(f'{FRESH}\n[providers.local]\npath = "{folder}/local.db"\n', url)
    async with served(folder, configuration, now=_now) as gateway, gateway.client() as client:
        return [
            await _figure("Q1 warm, something committed since", client, Q1, {}, Bound(required=4), commit=url),
            await _figure("Q2 warm, something committed since", client, Q2, {"id": world.contact_id}, commit=url),
            # The last one: what the gateway reads and writes after its start is over by then.
            await _figure("Q1 warm, nothing committed since", client, Q1, {}, Bound(required=4)),
        ]


async def _cold(folder: Path, effort: Effort) -> Figure:
    with sandbox(folder) as (url, providers):
        configuration = configured(providers, f"sqlite:///{folder}/cold.db")
        async with (
            served(folder, configuration, now=_now) as gateway,
            gateway.client() as client,
            texting(url) as upstream,
        ):
            await upstream.texted(client, effort)
            return await _figure("Q1 cold, nothing changed", client, COLD.query, {}, Bound(required=6), COLD.headers)


async def _figure(
    name: str,
    client: Client,
    query: str,
    variables: Mapping[str, str],
    bound: Bound = Bound(),  # noqa: B008 (it is frozen)
    headers: Mapping[str, str] = MappingProxyType({}),
    commit: str | None = None,
) -> Figure:
    """Count the statements of the second time: the first one fills what the process remembers.

    With the URL `commit`, another process commits to that store before it.
    """
    await client.data(query, dict(headers), **variables)
    if commit is not None:
        await commit_to(commit)
    with statements_of_all_stores() as sent:
        await client.data(query, dict(headers), **variables)
    count = sum(not each.startswith(("BEGIN", "COMMIT")) for each in sent)
    return Figure(name=name, unit="statements", product=count, bound=bound)


def _now() -> datetime:
    return datetime.now(UTC)
