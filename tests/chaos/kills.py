"""`kill -9` of the gateway at random moments, under clients that write: nothing acknowledged is lost, nothing doubled.

    python -m tests.chaos.kills [--kills 50] [--writers 10] [--seed N]

Clients retry with their keys until they are answered; two of them have no keys and don't. In the end the journal knows
what became of every write: those of the clients without keys are for the sweep.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

import click

from tests.chaos.intent import Kind, kinds
from tests.chaos.processes import killable
from tests.chaos.stored import stored_labels, writes_in_doubt
from tests.chaos.tally import Intent, Tally
from tests.chaos.writer import Writer
from tests.testkit.process import GatewayProcess
from tests.testkit.world import impatient

_LONGEST_LIFE = 3.0
_SECONDS_A_KILL = 20.0
_SECONDS_TO_SETTLE = 150.0
_WITHOUT_KEYS = 2
_BREATH = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    tally: Tally
    upstream: int
    starts: list[float]
    settled_after: float
    faults: list[str]
    seconds: float


async def run(folder: Path, kills: int, writers: int, seed: int) -> Result:
    """Kill and restart the gateway a number of times, then let the writers finish."""
    random, tally, begun = Random(seed), Tally(), time.monotonic()
    async with killable(folder, impatient(read=1, total=2)) as (gateway, world):
        wanted = await kinds(world, gateway.folder / "local.db")
        over, numbers = asyncio.Event(), count()
        async with asyncio.timeout(_SECONDS_TO_SETTLE + kills * _SECONDS_A_KILL), asyncio.TaskGroup() as group:
            for place in range(writers):
                writer = Writer(world.client, tally, random)
                has_keys = place >= _WITHOUT_KEYS
                group.create_task(_write(writer, _intents(tally, wanted, numbers, over), has_keys))
            await _kill_again_and_again(gateway, kills, random)
            over.set()
        settled_after = await _settled(gateway)
        return Result(
            tally=tally,
            upstream=sum((await tally.there()).values()),
            starts=gateway.seconds_to_start[1:],
            settled_after=settled_after,
            faults=[*await tally.faults(world), *await _never_taken_in(gateway, tally)],
            seconds=time.monotonic() - begun,
        )


def _intents(tally: Tally, wanted: list[Kind], numbers: Iterator[int], over: asyncio.Event) -> Iterator[Intent]:
    """Ever new ones, until it is over."""
    while not over.is_set():
        number = next(numbers)
        tally.asked.append(Intent(wanted[number % len(wanted)], number))
        yield tally.asked[-1]


async def _write(writer: Writer, intents: Iterator[Intent], has_keys: bool) -> None:
    for intent in intents:
        if has_keys:
            await writer.insist(intent)
        elif not await writer.ask(intent):
            await asyncio.sleep(_BREATH)


async def _kill_again_and_again(gateway: GatewayProcess, kills: int, random: Random) -> None:
    for _ in range(kills):
        await asyncio.sleep(random.uniform(0, _LONGEST_LIFE))
        await gateway.kill()
        await gateway.start()


async def _settled(gateway: GatewayProcess) -> float:
    """After how many seconds nothing is in doubt any more; AssertionError where that takes too long."""
    begun = time.monotonic()
    while writes_in_doubt(gateway.folder):
        assert time.monotonic() - begun < _SECONDS_TO_SETTLE, "The journal does not settle"
        await asyncio.sleep(0.5)
    return time.monotonic() - begun


async def _never_taken_in(gateway: GatewayProcess, tally: Tally) -> list[str]:
    """Objects at the upstream that the gateway never acknowledged or doesn't have."""
    known = stored_labels(gateway.folder)
    there = [intent.label for intent, times in (await tally.there()).items() if times]
    return [f"{label}: upstream, and not in the store" for label in there if label not in known]


@click.command()
@click.option("--kills", default=50, help="How often the gateway is killed.")
@click.option("--writers", default=10, help="How many clients at once.")
@click.option("--seed", default=None, type=int, help="Repeats a run, as far as chance goes.")
def main(kills: int, writers: int, seed: int | None) -> None:
    seed = SystemRandom().getrandbits(32) if seed is None else seed
    click.echo(f"seed {seed}")
    with TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), kills, writers, seed))
    tally, starts = result.tally, sorted(result.starts)
    click.echo(f"{kills} kills under {writers} clients at once, {result.seconds:.0f} s")
    click.echo(f"responses: {', '.join(f'{what} {times}' for what, times in tally.responses.most_common())}")
    click.echo(f"{len(tally.asked)} asked for, {len(tally.acknowledged)} acknowledged, {result.upstream} upstream")
    click.echo(f"starts again in {starts[len(starts) // 2]:.1f} s (median), {starts[-1]:.1f} s at most")
    click.echo(f"the journal has settled {result.settled_after:.0f} s after the last client was answered")
    click.echo("\n".join(result.faults) or "nothing lost, nothing doubled")
    sys.exit(bool(result.faults))


if __name__ == "__main__":
    main()
