"""Time of a cold query for a month of meetings if Medixcel takes 100 ms a call: `python -m tests.bench.medixcel`.

The floor is the time of the calls alone, eight at once: four rounds for 31 days in India and the day before them, seven
more for 50 titles.
"""

import asyncio
import os
import tempfile
import time
from math import ceil
from pathlib import Path
from statistics import median

from tests.providers.medixcel.gateway.meetings import DAY, MIDNIGHT, MINUTE, ist, listed, window
from tests.testkit.client import Client
from tests.testkit.medixcel import Medixcel
from tests.testkit.server import serving
from tests.testkit.world import WorldBuilder

_CALL_SECONDS = 0.1
_AT_ONCE = 8
_DAYS, _TITLES = 31, 50
_MONTHS = [MIDNIGHT + number * (_DAYS + 1) * DAY for number in range(10)]
"""With a day between them, so that none reads a day of another."""
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), command="sandbox") as sandbox:
        asyncio.run(_measure(sandbox.url, Path(folder)))


async def _measure(sandbox_url: str, folder: Path) -> None:
    builder = WorldBuilder(
        folder=folder, providers={"connect": ""}, sandbox_url=sandbox_url, settings='[log]\nlevel = "warning"'
    )
    async with builder.process() as gateway, builder.around(gateway) as world:
        await world.new_visitor()
        for month in _MONTHS:
            for number in range(_TITLES):
                await world.medixcel.schedule("35", ist(month + number % _DAYS * DAY + number * MINUTE))
        run = _Run(world.medixcel, world.client, gateway.pid)
        await run.report("31 days", "id startTime joinUrl", 0, _DAYS + 1)
        await run.report("31 days with 50 titles", "id title", 1, _DAYS + 1, _TITLES)


class _Run:
    def __init__(self, medixcel: Medixcel, client: Client, process_id: int) -> None:
        self._medixcel = medixcel
        self._client = client
        self._process_id = process_id

    async def report(self, name: str, selection: str, first: int, *rounds: int) -> None:
        """Reads every other month, each for the first time. `rounds` are how many calls follow on each other."""
        costs = [await self._cost(selection, number, sum(rounds)) for number in range(first, len(_MONTHS), 2)]
        seconds, cpu_seconds = zip(*costs, strict=True)
        floor = sum(ceil(calls / _AT_ONCE) for calls in rounds) * _CALL_SECONDS
        print(
            f"{name}: median {median(seconds):.3f} s, fastest {min(seconds):.3f} s, floor {floor:.1f} s; "
            f"gateway's CPU {median(cpu_seconds):.2f} s"
        )

    async def _cost(self, selection: str, number: int, calls: int) -> tuple[float, float]:
        """Cost of a month in seconds: elapsed time, and CPU time of the gateway."""
        await self._medixcel.fail(delay=_CALL_SECONDS, times=calls)
        async with self._medixcel.counted() as asked:
            begun, cpu_begun = time.monotonic(), _cpu_seconds(self._process_id)
            await listed(self._client, selection, **window(_DAYS, _MONTHS[number]))
            taken = time.monotonic() - begun, _cpu_seconds(self._process_id) - cpu_begun
        if len(asked.calls) != calls:
            raise RuntimeError(f"{len(asked.calls)} calls instead of {calls}")
        return taken


def _cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
