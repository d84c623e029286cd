"""Load on one URL, and what it costs the process behind it."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson

SECONDS = 5
CONNECTIONS = 16
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """`cpu_milliseconds` of the server a request, and how many requests a second it answered."""

    requests_per_second: float
    cpu_milliseconds: float


def measure(url: str, process_id: int, body: bytes | None) -> Cost:
    """Send POST requests with `body` (GET without one) for some seconds with wrk, and return their cost."""
    before = _cpu_seconds(process_id)
    printed = _wrk(url, body)
    spent = _cpu_seconds(process_id) - before
    requests = int(_found(r"(\d+) requests in", printed))
    if "Non-2xx" in printed:
        raise RuntimeError(printed)
    return Cost(float(_found(r"Requests/sec:\s+([\d.]+)", printed)), spent / requests * 1000)


def _wrk(url: str, body: bytes | None) -> str:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.lua"
        script.write_text("" if body is None else _script(body))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS + 30).stdout


def _script(body: bytes) -> str:
    return (
        'wrk.method = "POST"\n'
        f"wrk.body = {orjson.dumps(body.decode()).decode()}\n"
        'wrk.headers["Content-Type"] = "application/json"\n'
    )


def _cpu_seconds(process_id: int) -> float:
    """User and system time, from proc(5)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(text)
    return match.group(1)
