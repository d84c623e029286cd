"""`make bench`: cost of queries, start, a text and a call upstream, each next to the floor of the same run."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson

from tests.bench import upstream, writes
from tests.bench.load import Cost, measure
from tests.bench.objects import create_objects
from tests.testkit.server import serving

QUERIES = {
    "Q1: 20 conversations, contact, 5 messages": """{
        conversations(first: 20) { nodes { id fromNumber contact { id firstName lastName number }
        messages(first: 5) { nodes { id text direction status createdAt } } } } }""",
    "Q2: one contact by id": "query($id: ID!) { contact(id: $id) { id firstName lastName number e164 } }",
    "Q3: 100 meetings with participants": """{
        meetings(first: 100) { nodes { id title startTime endTime status joinUrl
        participants { email firstName response } } } }""",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(f"From start to the first answer: {_start_seconds(Path(folder)):.2f} s\n")
        with serving(Path(folder), '[log]\nlevel = "warning"\n') as server:
            os.sched_setaffinity(server.process.pid, {0})
            contact = asyncio.run(create_objects(server.url))
            print(f"{'':44}{'requests/s':>12}{'CPU ms':>9}{'floor CPU ms':>14}{'ratio':>8}")
            for name, query in QUERIES.items():
                variables = {"id": contact} if "$id" in query else {}
                body = orjson.dumps({"query": query, "variables": variables})
                _report(name, *_costs(server.url, server.process.pid, body, Path(folder)))
    print()
    writes.main()
    print()
    upstream.main()


def _start_seconds(folder: Path) -> float:
    begun = time.monotonic()
    with serving(folder) as server:
        httpx.post(f"{server.url}/graphql", json={"query": "{ viewer { userId } }"}).raise_for_status()
        return time.monotonic() - begun


def _costs(url: str, process_id: int, body: bytes, folder: Path) -> tuple[Cost, Cost]:
    """Cost of the query, and of a bare route that sends the same response."""
    answer = httpx.post(f"{url}/graphql", content=body, headers={"content-type": "application/json"}).raise_for_status()
    if "errors" in answer.json():
        raise RuntimeError(answer.text)
    query = measure(f"{url}/graphql", process_id, body)
    (folder / "answer.json").write_bytes(answer.content)
    with _floor(folder / "answer.json") as (floor_url, floor_id):
        return query, measure(floor_url, floor_id, body)


@contextmanager
def _floor(path: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "tests.bench.floor", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        os.sched_setaffinity(process.pid, {0})
        try:
            yield (process.stdout.readline().strip() if process.stdout else ""), process.pid
        finally:
            process.terminate()


def _report(name: str, query: Cost, floor: Cost) -> None:
    ratio = query.cpu_milliseconds / floor.cpu_milliseconds
    print(
        f"{name:44}{query.requests_per_second:12.0f}{query.cpu_milliseconds:9.2f}"
        f"{floor.cpu_milliseconds:14.2f}{ratio:8.1f}"
    )


main()
