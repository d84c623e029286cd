"""Cold queries: `Cache-Control: no-cache` makes the product fetch everything from RingPlan's sandbox again.

Nothing changes there, so the answers stay the same.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Effort, Request, compare, cpu_figure
from tests.bench.process import FloorSettings, Target, floor
from tests.bench.product import product
from tests.bench.queries import Q1
from tests.bench.warm import check_same
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.server import serving
from tests.testkit.steps import begun

CONVERSATIONS = 20
MESSAGES = 5
DELAY_SECONDS = 0.02

COLD = Request(Q1, headers={"cache-control": "no-cache"})

_FIRST = "/texting/conversations"
"""The call that the others follow: it names the conversations."""


@dataclass(frozen=True, slots=True)
class Texting:
    """A person at the sandbox with conversations that a gateway has connected."""

    ringplan: RingPlan
    person: Person

    async def texted(self, client: Client, effort: Effort) -> None:
        """Connect the person's account, and begin conversations with some messages each."""
        conversations, messages = (2, 1) if effort.is_brief else (CONVERSATIONS, MESSAGES)
        account = await connected(client, self.person)
        for number in range(conversations):
            conversation = await begun(client, account, f"+120255501{number:02}", f"Contact {number}")
            for place in range(messages):
                await client.do("sendMessage", conversationId=conversation, text=f"Message {place}")

    async def called(self, client: Client) -> list[str]:
        """Return the URLs of the calls of one cold query."""
        async with self.ringplan.counted() as counted:
            await client.data(COLD.query, dict(COLD.headers))
        return [f"{self.ringplan.api_url}{each['path']}{_query(each['query'])}" for each in counted.api]


@contextmanager
def sandbox(folder: Path) -> Iterator[tuple[str, str]]:
    """The sandbox in a process of its own: its URL, and the configuration that uses it."""
    with serving(folder, command="sandbox") as process:
        yield process.url, process.printed.rpartition("# Sandbox on ")[0]


@asynccontextmanager
async def texting(sandbox_url: str) -> AsyncIterator[Texting]:
    """A new person at the sandbox."""
    async with plain_http(base_url=sandbox_url, timeout=60) as http:
        upstream = RingPlan(http)
        yield Texting(upstream, await upstream.person())


async def measure_cold(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the cost of cold queries without a change upstream, and their duration if the upstream is slow."""
    with sandbox(folder) as (url, configuration), product(folder / "gateway", configuration) as target:
        async with texting(url) as upstream, Client(target.url) as client:
            await upstream.texted(client, effort)
            urls = await upstream.called(client)
            settings = FloorSettings(
                store=str(folder / "gateway" / "switchboard.db"),
                user_id="local",
                waves=[[each for each in urls if is_first(each)], [each for each in urls if not is_first(each)]],
                token=upstream.person.id_token,
            )
            with floor(settings) as bare:
                await check_same(target, bare, COLD)
                yield Group(f"Cold, {len(urls)} calls, nothing changed", "floor", await _costs(target, bare, effort))
                await upstream.ringplan.fail(delay=DELAY_SECONDS, times=_calls_at_most(effort, len(urls)))
                yield Group("Cold, each call delayed by 20 ms", "floor", await _durations(target, bare, effort))


async def _costs(target: Target, bare: Target, effort: Effort) -> list[Figure]:
    figures = []
    for name, connections, bound in (
        ("Q1 alone", 1, Bound(required=4, aim=2)),
        ("Q1, 16 equal ones at once", 16, Bound()),
    ):
        ours, theirs = await compare([(target, COLD), (bare, COLD)], effort, connections=connections)
        figures.append(cpu_figure(name, ours, theirs, bound))
    return figures


async def _durations(target: Target, bare: Target, effort: Effort) -> list[Figure]:
    ours, theirs = await compare([(target, COLD), (bare, COLD)], effort, connections=1)
    bound = Bound(required=65)
    figure = Figure(
        name="Q1 alone, median",
        unit="ms",
        product=ours.milliseconds,
        floor=theirs.milliseconds,
        bound=bound,
        is_absolute=True,
    )
    return [figure]


def _calls_at_most(effort: Effort, calls: int) -> int:
    """Return how many calls of the two targets `compare` can cause: a query waits for two that follow on each other."""
    seconds = (effort.rounds + 1) * effort.seconds
    return 2 * calls * (ceil(seconds / (2 * DELAY_SECONDS)) + effort.rounds + 1)


def is_first(url: str) -> bool:
    return url.endswith(_FIRST)


def _query(query: str) -> str:
    return f"?{query}" if query else ""
