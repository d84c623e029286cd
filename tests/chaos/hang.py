"""A provider hangs: the latency of queries of other providers, compared with the latency before.

    python -m tests.chaos.hang [--seconds 30] [--readers 4] [--victims 20]

The readers query the embedded provider and Medixcel Connect, every other time with no-cache. The victims query
RingPlan for data that has not been fetched, at the same pace before and while it hangs.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.chaos.processes import Trio, trio
from tests.faults.fault import HANG_BEFORE

_MEETINGS = "query ($filter: MeetingFilter) { meetings(filter: $filter) { totalCount } }"
_NO_CACHE = {"cache-control": "no-cache"}
_DAY = {"from": "2031-05-06T06:00:00Z", "to": "2031-05-06T07:00:00Z"}
_PACE_SECONDS = 0.5
_FOR_EVER = 1_000_000
_MOST = 2.0


@dataclass(frozen=True, slots=True)
class Latency:
    """In milliseconds, of so many queries."""

    queries: int
    median: float
    p99: float


@dataclass(frozen=True, slots=True)
class Result:
    """`hung` are the calls that RingPlan never answered, `answered` the responses to its readers meanwhile."""

    before: Latency
    during: Latency
    hung: int
    answered: int

    @property
    def ratio(self) -> float:
        return self.during.p99 / self.before.p99


async def run(folder: Path, seconds: float, readers: int, victims: int) -> Result:
    async with trio(folder) as three:
        hours = count()
        before, _ = await _measured(three, seconds / 2, readers, victims, hours)
        three.ringplan.clear()
        three.ringplan.inject(HANG_BEFORE, times=_FOR_EVER)
        during, answered = await _measured(three, seconds, readers, victims, hours)
        return Result(before, during, len(three.ringplan.calls), answered)


async def _measured(
    three: Trio, seconds: float, readers: int, victims: int, hours: "count[int]"
) -> tuple[Latency, int]:
    taken: list[float] = []
    responses: list[object] = []
    tasks = [asyncio.create_task(_again_and_again(lambda: _suffer(three, hours, responses))) for _ in range(victims)]
    tasks += [asyncio.create_task(_again_and_again(lambda: _read(three, taken))) for _ in range(readers)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ordered = sorted(taken)
    return Latency(len(taken), ordered[len(taken) // 2], ordered[len(taken) * 99 // 100]), len(responses)


async def _again_and_again(ask: Callable[[], Awaitable[None]]) -> None:
    while True:
        await ask()


async def _read(three: Trio, taken: list[float]) -> None:
    accounts = [three.accounts["local"], three.accounts["connect"]]
    begun = time.perf_counter()
    headers = _NO_CACHE if len(taken) % 2 else None
    await three.client.data(_MEETINGS, headers, filter={"accountIds": accounts, **_DAY})
    taken.append((time.perf_counter() - begun) * 1000)


async def _suffer(three: Trio, hours: "count[int]", responses: list[object]) -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(hours=next(hours))
    within = {"from": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat()}
    with suppress(TimeoutError):
        responses.append(
            await three.client.ask(_MEETINGS, filter={"accountIds": [three.accounts["ringplan"]], **within})
        )
    await asyncio.sleep(_PACE_SECONDS)


@click.command()
@click.option("--seconds", default=30.0, help="How long it hangs.")
@click.option("--readers", default=4, help="How many ask the others at once.")
@click.option("--victims", default=20, help="How many ask the one that hangs.")
def main(seconds: float, readers: int, victims: int) -> None:
    with TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), seconds, readers, victims))
    for name, latency in (("before", result.before), ("while it hangs", result.during)):
        click.echo(f"{name:16}{latency.queries:7} queries, median {latency.median:6.1f} ms, p99 {latency.p99:6.1f} ms")
    click.echo(f"p99 is {result.ratio:.2f} times what it was; {result.hung} calls hung, {result.answered} answers")
    sys.exit(result.ratio > _MOST)


if __name__ == "__main__":
    main()
