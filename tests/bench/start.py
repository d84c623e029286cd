"""Start and memory: time until a new process answers on an existing store, and its resident memory."""

import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from subprocess import PIPE, Popen

from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Effort, Request, ask, measure
from tests.bench.process import Target
from tests.bench.product import configured
from tests.bench.queries import Q1, TYPE_NAME
from tests.bench.world import FRESH, World, build
from tests.testkit.forked import ROOT
from tests.testkit.memory import resident_memory

_MEGABYTE = 1_000_000
_GREETING = "Switchboard on "


async def measure_start(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the time until the first answer, and the memory after it and after load."""
    store = folder / "world.db"
    await build(World(), f"sqlite:///{store}")
    (folder / "switchboard.toml").write_text(configured(FRESH, f"sqlite:///{store}"))
    seconds, cpu_seconds, started, loaded = [], [], [], []
    for _ in range(effort.rounds):
        begun = time.monotonic()
        with _started(folder) as target:
            await ask(target, Request(TYPE_NAME))
            seconds.append(time.monotonic() - begun)
            cpu_seconds.append(target.cpu_seconds())
            started.append(resident_memory(target.process_id) / _MEGABYTE)
            await measure(target, Request(Q1), effort.seconds, connections=1 if effort.is_brief else 16)
            loaded.append(resident_memory(target.process_id) / _MEGABYTE)
    yield Group(
        "Start and memory",
        "floor",
        [
            Figure(name="process start to first answer", unit="s", product=median(seconds), bound=Bound(required=0.6)),
            Figure(name="the same, CPU time", unit="s", product=median(cpu_seconds)),
            Figure(name="memory after start", unit="MB", product=median(started), bound=Bound(required=80)),
            Figure(name="memory after load", unit="MB", product=median(loaded), bound=Bound(required=110)),
        ],
    )


@contextmanager
def _started(folder: Path) -> Iterator[Target]:
    """A gateway as an operator starts it: an interpreter of its own, which imports everything."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0", "--config", "switchboard.toml"]
    with Popen(command, cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield Target(line.removeprefix(_GREETING).split()[0], process.pid)
        finally:
            process.terminate()
