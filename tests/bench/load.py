"""Load on a server, and what it costs the process behind it.

The client is this process: some connections that send the same request again and again, each after its last answer.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import repeat
from statistics import median
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import orjson

from tests.bench.figures import NO_BOUND, Bound, Figure
from tests.bench.process import Target

_OK = 200
_WARM_UP = 0.2
"""Share of a measurement's time for which a target is loaded before."""


@dataclass(frozen=True, slots=True)
class Request:
    """A GraphQL request."""

    query: str
    variables: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self, url: str) -> bytes:
        """Return the whole HTTP request to a server."""
        host = urlsplit(url).netloc
        body = orjson.dumps({"query": self.query, "variables": dict(self.variables)})
        headers = {"host": host, "content-type": "application/json", "content-length": str(len(body)), **self.headers}
        lines = ["POST /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + body


@dataclass(frozen=True, slots=True)
class Cost:
    """Per request: the server's CPU time, and the median of the time until its answer. And how many a second."""

    cpu_milliseconds: float
    milliseconds: float
    per_second: float

    @classmethod
    def median_of(cls, costs: Sequence["Cost"]) -> "Cost":
        return cls(*(median(getattr(cost, each.name) for cost in costs) for each in fields(cls)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to measure: `rounds` times for `seconds` each. Medians are reported."""

    rounds: int = 5
    seconds: float = 1.0
    subscribers: int = 1_000
    messages_factor: int = 1
    """By how much the usual conversations grow in a page at 100 times the data."""
    is_brief: bool = False
    """Whether only the code is tried: amounts of data and work that have a meaning are replaced by some."""

    @classmethod
    def brief(cls) -> "Effort":
        """Return the least that runs every line."""
        return cls(rounds=1, seconds=0.01, subscribers=3, is_brief=True)

    def shortened(self, divisor: float) -> "Effort":
        """Return the effort with shorter measurements."""
        return replace(self, seconds=self.seconds / divisor)


async def ask(target: Target, request: Request) -> Any:
    """Return the data of the answer. Raise RuntimeError for an answer with errors."""
    body = await _Load(target, deadline=0).one(request.to_bytes(target.url))
    return orjson.loads(body)["data"]


async def compare(targets: Sequence[tuple[Target, Request]], effort: Effort, *, connections: int = 16) -> list[Cost]:
    """Return the costs of requests at targets, measured in turns."""
    connections = 1 if effort.is_brief else connections
    for target, request in targets:
        target.pin()
        await measure(target, request, effort.seconds * _WARM_UP, connections)
        target.pin()
    rounds = [
        [await measure(target, request, effort.seconds, connections) for target, request in targets]
        for _ in range(effort.rounds)
    ]
    return [Cost.median_of(costs) for costs in zip(*rounds, strict=True)]


def cpu_figure(name: str, product: Cost, floor: Cost, bound: Bound = NO_BOUND) -> Figure:
    """Return the figure that compares the CPU time of two costs."""
    return Figure(name=name, unit="CPU ms", product=product.cpu_milliseconds, floor=floor.cpu_milliseconds, bound=bound)


async def measure(target: Target, request: Request, seconds: float, connections: int) -> Cost:
    """Send the request for some seconds, at least once on each connection, and return its cost."""
    return await measure_each(target, [repeat(request.to_bytes(target.url))] * connections, seconds)


async def measure_each(target: Target, sources: Sequence[Iterator[bytes]], seconds: float) -> Cost:
    """Send requests of each source, on a connection of its own, for some seconds; return the cost of one."""
    load = _Load(target, deadline=time.monotonic() + seconds)
    begun, cpu_begun = time.monotonic(), target.cpu_seconds()
    await asyncio.gather(*map(load.run, sources))
    taken, spent = time.monotonic() - begun, target.cpu_seconds() - cpu_begun
    count = len(load.seconds)
    return Cost(spent / count * 1000, median(load.seconds) * 1000, count / taken)


class _Load:
    def __init__(self, target: Target, deadline: float) -> None:
        self._address = target.address
        self._deadline = deadline
        self.seconds: list[float] = []

    async def run(self, source: Iterator[bytes]) -> None:
        connection = await self._connect()
        try:
            for request in source:
                begun = time.monotonic()
                _check(await connection.answer(request))
                ended = time.monotonic()
                self.seconds.append(ended - begun)
                if ended >= self._deadline:
                    return
        finally:
            connection.close()

    async def one(self, request: bytes) -> bytes:
        connection = await self._connect()
        try:
            return _check(await connection.answer(request))
        finally:
            connection.close()

    async def _connect(self) -> "_Connection":
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, *self._address)
        return connection


def _check(answer: tuple[int, bytes]) -> bytes:
    status, body = answer
    if status != _OK or b'"errors":' in body or b'"stale":' in body or b'"userErrors":[{' in body:
        raise RuntimeError(f"{status} {body.decode()}")
    return body


class _Connection(asyncio.Protocol):
    """An HTTP/1.1 connection with one request at a time. A client library would cost more than the server."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def answer(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._body.clear()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports don't inherit from it

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("The server closed the connection."))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), bytes(self._body)))
