"""A provider sends hostile responses: the cost in memory, and in time for other queries.

    python -m tests.chaos.hostile [--answers 1000] [--limit 16777216] [--seed 1]

Every other response of RingPlan is hostile, so that its circuit stays closed. Meanwhile another user's queries are
timed. In the end all are hostile, and the provider's health is read.
"""

import asyncio
import secrets
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click

from tests.chaos.processes import Trio, trio
from tests.faults.fault import Fault
from tests.faults.hostile import DEEP_JSON, beyond_limits, hostile, no_http
from tests.testkit.client import Json
from tests.testkit.memory import peak_memory, resident_memory

_CONTACTS = "query ($id: ID!) { contacts(filter: { accountIds: [$id] }) { totalCount } }"
_LINE = "GET /ringplan/texting/contacts"
_NO_CACHE = {"cache-control": "no-cache"}
_MAX_SECONDS = 1.0
_IN_A_ROW = 5
_PACE_SECONDS = 0.01


@dataclass(slots=True)
class Result:
    """Resident memory in bytes, `before` after a tenth of the responses. `codes` are those of the stale lists."""

    limit: int
    before: int = 0
    after: int = 0
    peak: int = 0
    slowest: float = 0
    codes: list[str] = field(default_factory=list)
    health: str = ""

    @property
    def growth(self) -> int:
        return self.after - self.before

    @property
    def tolerance(self) -> int:
        """Of growth: the allocator gives the memory of large bodies back when it likes."""
        return 32 * 1024 * 1024 + 6 * self.limit

    @property
    def faults(self) -> list[str]:
        """The faults, as sentences."""
        return [
            *(f"a hostile response came to {code}" for code in set(self.codes) - {"UNAVAILABLE"}),
            *([f"memory grew by {_mib(self.growth)}"] if self.growth > self.tolerance else []),
            *([f"another query took {self.slowest:.1f} s"] if self.slowest > _MAX_SECONDS else []),
            *([f"the provider's health is {self.health}"] if self.health != "UNAVAILABLE" else []),
        ]


async def run(folder: Path, answers: int, limit: int, seed: int) -> Result:
    result, random, faults = Result(limit), Random(seed), _faults(limit)
    options = f"http = {{ retries = 0, max_body_bytes = {limit} }}"
    async with trio(folder, ringplan_options=options) as three:
        await _read(three)
        others = asyncio.create_task(_time_others(three, result))
        for number in range(answers):
            if number == answers // 10:
                result.before = resident_memory(three.pid)
            result.codes += _codes(await _attacked(three, random.choice(faults)))
            assert await _recovers(three)
        result.after, result.peak = resident_memory(three.pid), peak_memory(three.pid)
        for fault in random.choices(faults, k=_IN_A_ROW):
            await _attacked(three, fault)
        result.health = await _health(three)
        others.cancel()
        with suppress(asyncio.CancelledError):
            await others
    return result


def _faults(limit: int) -> Sequence[Fault]:
    responses = {**beyond_limits(limit), **no_http(limit), **DEEP_JSON}
    return [hostile(name, response) for name, response in responses.items()]


async def _attacked(three: Trio, fault: Fault) -> Json:
    three.ringplan.inject(fault, _LINE)
    return await _read(three)


async def _read(three: Trio) -> Json:
    return await three.client.ask(_CONTACTS, _NO_CACHE, id=three.accounts["ringplan"])


async def _recovers(three: Trio) -> bool:
    """Read what the provider has now, twice at most: without retries, a connection that is being closed fails one."""
    return not _codes(await _read(three)) or not _codes(await _read(three))


def _codes(answer: Json) -> list[str]:
    return [entry["code"] for entry in answer.get("extensions", {}).get("stale", [])]


async def _time_others(three: Trio, result: Result) -> None:
    while True:
        begun = time.perf_counter()
        await three.client.data("{ viewer { userId } }")
        result.slowest = max(result.slowest, time.perf_counter() - begun)
        await asyncio.sleep(_PACE_SECONDS)


async def _health(three: Trio) -> str:
    data = await three.client.data("{ providers { name health } }")
    return str(next(each["health"] for each in data["providers"] if each["name"] == "ringplan"))


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"


@click.command()
@click.option("--answers", default=1000, help="How many are hostile.")
@click.option("--limit", default=16 * 1024 * 1024, help="The largest body that is accepted, in bytes.")
@click.option("--seed", type=int, help="Repeats a run.")
def main(answers: int, limit: int, seed: int | None) -> None:
    seed = secrets.randbelow(2**32) if seed is None else seed
    with TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), answers, limit, seed))
    click.echo(
        f"{answers} hostile responses (seed {seed}): memory {_mib(result.before)}, then {_mib(result.after)}, "
        f"at most {_mib(result.peak)}; other queries took {result.slowest * 1000:.0f} ms at most"
    )
    for fault in result.faults:
        click.echo(fault)
    sys.exit(bool(result.faults))


if __name__ == "__main__":
    main()
