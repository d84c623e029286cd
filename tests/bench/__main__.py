"""`make bench`: the table of docs/performance.md. `make bench ARGS="warm cold --json"` runs a part, printed as JSON."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import uvloop

from tests.bench.benchmarks import BENCHMARKS
from tests.bench.figures import Group
from tests.bench.load import Effort
from tests.bench.machine import machine
from tests.bench.process import CLIENT_CORE


def main() -> None:
    arguments = _arguments()
    os.sched_setaffinity(0, {CLIENT_CORE})
    effort = Effort(
        rounds=arguments.rounds,
        seconds=arguments.seconds,
        subscribers=arguments.subscribers,
        messages_factor=10 if arguments.million else 1,
    )
    names = arguments.names or list(BENCHMARKS)
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_run(names, Path(folder), effort, as_json=arguments.json))


def _arguments() -> argparse.Namespace:
    usual = Effort()
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"benchmarks to run: {', '.join(BENCHMARKS)}")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="measurements of which the median is taken")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="length of a measurement")
    parser.add_argument("--subscribers", type=int, default=usual.subscribers, help="WebSockets with a subscription")
    parser.add_argument("--million", action="store_true", help="a million messages for the pages at 100 x")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected {', '.join(BENCHMARKS)}")
    return arguments


async def _run(names: list[str], folder: Path, effort: Effort, *, as_json: bool) -> None:
    begun = time.monotonic()
    groups: list[Group] = []
    if not as_json:
        print("; ".join(f"{name} {value}" for name, value in machine().items()))
    async for group in _groups(names, folder, effort):
        groups.append(group)
        if not as_json:
            print(f"\n{group.table()}", flush=True)
    print(f"\n{time.monotonic() - begun:.0f} seconds", file=sys.stderr)
    if as_json:
        report = {"machine": machine(), "groups": [each.to_json() for each in groups]}
        print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())


async def _groups(names: list[str], folder: Path, effort: Effort) -> AsyncIterator[Group]:
    for name in names:
        (folder / name).mkdir()
        async for group in BENCHMARKS[name](folder / name, effort):
            yield group


if __name__ == "__main__":
    main()
