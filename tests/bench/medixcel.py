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
from tests.providers.medixcel.gateway.people import connected
from tests.providers.medixcel.gateway.stand_in import StandIn
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.server import Server, serving

_CALL_SECONDS = 0.1
_AT_ONCE = 8
_DAYS, _TITLES = 31, 50
_MONTHS = [MIDNIGHT + number * (_DAYS + 1) * DAY for number in range(10)]
"""With a day between them, so that none reads a day of another."""
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), command="sandbox") as sandbox:
        configuration = sandbox.printed.rpartition("# Sandbox on ")[0]
        with serving(Path(folder), configuration + '[log]\nlevel = "warning"\n') as gateway:
            asyncio.run(_measure(sandbox.url, gateway))


async def _measure(sandbox: str, gateway: Server) -> None:
    async with plain_http(base_url=f"{sandbox}/connect") as http, Client(gateway.url) as client:
        stand_in = StandIn(http)
        await stand_in.register(gateway.url)
        await connected(client)
        for month in _MONTHS:
            for number in range(_TITLES):
                await stand_in.schedule("35", ist(month + number % _DAYS * DAY + number * MINUTE))
        run = _Run(stand_in, client, gateway.process.pid)
        await run.report("31 days", "id startTime joinUrl", 0, _DAYS + 1)
        await run.report("31 days with 50 titles", "id title", 1, _DAYS + 1, _TITLES)


class _Run:
    def __init__(self, stand_in: StandIn, client: Client, process_id: int) -> None:
        self._stand_in = stand_in
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
        await self._stand_in.fail(delay=_CALL_SECONDS, times=calls)
        async with self._stand_in.counted() as asked:
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
