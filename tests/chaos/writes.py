"""Mutations with random faults, and clients that retry with the same keys: each is done once.

python -m tests.chaos.writes [--count 1000] [--writers 20] [--seed N] [--lag SECONDS] [--ahead SECONDS]

With `--lag` RingPlan's lists show late what is new, with `--ahead` the clocks of both upstreams are off.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

import click

from tests.chaos.faults import inject
from tests.chaos.intent import kinds
from tests.chaos.processes import killable
from tests.chaos.stored import writes_in_doubt
from tests.chaos.tally import Intent, Tally
from tests.chaos.writer import Writer
from tests.faults.odd_upstream import OddUpstream
from tests.testkit.clock import Ahead
from tests.testkit.world import impatient

_SHARE_OF_FAULTS = 0.3
_SECOND_OF_AN_ID = 1.0
_SECONDS_TO_START = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    tally: Tally
    upstream: int
    calls: int
    spoiled: int
    in_doubt: int
    faults: list[str]
    seconds: float


async def run(folder: Path, count: int, writers: int, seed: int, odd: OddUpstream | None = None) -> Result:
    """`count` intents by `writers` clients at once, with a fault for a third of what they ask."""
    random, tally, begun = Random(seed), Tally(), time.monotonic()
    lookup_lag = 0.5 if odd is None else odd.lag.total_seconds() + _SECOND_OF_AN_ID
    async with killable(folder, impatient(total=1.5, lookup_lag=lookup_lag), odd) as (gateway, world):
        wanted = await kinds(world, gateway.folder / "local.db")
        tally.asked = [Intent(wanted[number % len(wanted)], number) for number in range(count)]
        left = iter(tally.asked)
        world.proxy.clear()

        async def write() -> None:
            writer = Writer(world.client, tally, random)
            for intent in left:
                if random.random() < _SHARE_OF_FAULTS:
                    inject(world.proxy, random)
                await writer.insist(intent)

        async with asyncio.timeout(_SECONDS_TO_START + count), asyncio.TaskGroup() as group:
            for _ in range(writers):
                group.create_task(write())
        calls = list(world.proxy.calls)
        world.proxy.clear()
        return Result(
            tally=tally,
            upstream=sum((await tally.there()).values()),
            calls=len(calls),
            spoiled=sum(call.fault is not None for call in calls),
            in_doubt=writes_in_doubt(gateway.folder),
            faults=await tally.faults(world),
            seconds=time.monotonic() - begun,
        )


@click.command()
@click.option("--count", default=1000, help="How many mutations.")
@click.option("--writers", default=20, help="How many clients at once.")
@click.option("--seed", default=None, type=int, help="Repeats a run.")
@click.option("--lag", default=0.0, help="Seconds for which lists don't show what is new.")
@click.option("--ahead", default=0.0, help="Seconds by which the upstreams' clocks are ahead.")
def main(count: int, writers: int, seed: int | None, lag: float, ahead: float) -> None:
    seed = SystemRandom().getrandbits(32) if seed is None else seed
    click.echo(f"seed {seed}")
    with TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), count, writers, seed, _odd(lag, ahead)))
    tally = result.tally
    click.echo(f"{count} mutations by {writers} clients at once, {result.seconds:.0f} s")
    click.echo(f"{result.calls} upstream calls, {result.spoiled} of them spoiled")
    click.echo(f"responses: {', '.join(f'{what} {times}' for what, times in tally.responses.most_common())}")
    click.echo(f"{len(tally.acknowledged)} acknowledged, {result.upstream} upstream, {result.in_doubt} in doubt")
    click.echo("\n".join(result.faults) or "nothing lost, nothing doubled")
    sys.exit(bool(result.faults))


def _odd(lag: float, ahead: float) -> OddUpstream | None:
    if not lag and not ahead:
        return None
    return OddUpstream(Ahead(timedelta(seconds=ahead)), lag=timedelta(seconds=lag))


if __name__ == "__main__":
    main()
