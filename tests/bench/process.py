"""Processes under measurement: the core that they run on, the CPU time that they have used, the floor's own process."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import urlsplit

import orjson

from tests.testkit.forked import ROOT
from tests.testkit.server import Server

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = _CORES[0], _CORES[-1]


@dataclass(frozen=True, slots=True)
class Target:
    """A server process that answers at `url`."""

    url: str
    process_id: int

    @classmethod
    def of(cls, server: Server) -> "Target":
        return cls(server.url, server.process.pid)

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = urlsplit(self.url).netloc.partition(":")
        return host, int(port)

    def cpu_seconds(self) -> float:
        """Return the user and system time of all its threads, in nanosecond resolution (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.process_id << 3) | 2)

    def pin(self) -> None:
        """Bind its threads to the server's core; threads that are started later inherit that."""
        for thread in Path(f"/proc/{self.process_id}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {SERVER_CORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorSettings:
    """The store that the floor reads, whose user asks, and which URLs a cold query fetches with which token."""

    store: str
    user_id: str
    waves: Sequence[Sequence[str]] = ()
    token: str = ""


@contextmanager
def floor(settings: FloorSettings) -> Iterator[Target]:
    """The hand-written handler of `tests.bench.floor` in a process of its own, as long as the context lasts."""
    command = [sys.executable, "-m", "tests.bench.floor", orjson.dumps(settings).decode()]
    with Popen(command, stdout=PIPE, text=True, cwd=ROOT) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            yield Target(url, process.pid)
        finally:
            process.terminate()
