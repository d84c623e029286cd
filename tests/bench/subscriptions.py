"""Subscriptions at scale: what a subscriber costs, and how long a message takes to the last one.

Each subscriber has a WebSocket of its own, and all subscribe to one account's messages with the same document.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import cast

import orjson

from providers.domain.identity import Identity, object_key
from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Effort, Request, ask
from tests.bench.process import Target
from tests.bench.product import CROWDED, product
from tests.bench.writes import SEND, conversation_of
from tests.testkit.client import Client
from tests.testkit.memory import resident_memory

IDLE_SECONDS = 13.0
"""Longer than the gateway's heartbeat, which is part of what an idle subscriber costs."""

_ARRIVAL_SECONDS = 60
_OPENED_AT_ONCE = 50
_DOCUMENT = "subscription($account: ID!) { messageAdded(accountId: $account) { id text direction status createdAt } }"
_FENCE = "{ accounts(first: 1) { totalCount } }"
"""Its answer shows that the subscription which was sent before it has begun."""

_TEXT, _PING = 0x1, 0x9


async def measure_subscriptions(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the memory and the idle CPU time of subscribers, and the time until all have a message."""
    count = effort.subscribers
    with product(folder, CROWDED) as target:
        async with Client(target.url) as client:
            conversation = await conversation_of(client)
        target.pin()
        async with _subscribed(target, conversation, min(count, 20)) as few:
            await _delivered(target, conversation, few)
        before = resident_memory(target.process_id)
        async with _subscribed(target, conversation, count) as subscribers:
            kilobytes = (resident_memory(target.process_id) - before) / count / 1000
            idle = await _idle_milliseconds(target, effort)
            rounds = [await _delivered(target, conversation, subscribers) for _ in range(effort.rounds)]
    milliseconds, cpu_milliseconds = (median(each) for each in zip(*rounds, strict=True))
    # Stated for 1,000 and 10,000 subscribers: 150 ms for each 1,000.
    allowed = 0.15 * count
    yield Group(
        f"{count:,} subscribers",
        "floor",
        [
            Figure(name="memory of one", unit="KB", product=kilobytes, bound=Bound(required=25)),
            Figure(name="CPU of all per idle second", unit="ms", product=idle),
            Figure(name="commit to last arrival", unit="ms", product=milliseconds, bound=Bound(required=allowed)),
            Figure(name="a message to all", unit="CPU ms", product=cpu_milliseconds),
        ],
    )


async def _idle_milliseconds(target: Target, effort: Effort) -> float:
    seconds = effort.seconds if effort.is_brief else IDLE_SECONDS
    before = target.cpu_seconds()
    await asyncio.sleep(seconds)
    return (target.cpu_seconds() - before) / seconds * 1000


async def _delivered(target: Target, conversation: str, subscribers: Sequence["_Subscriber"]) -> tuple[float, float]:
    """Send a message. Return the time from its commit until the last subscriber has it, and the CPU time for it.

    The first sign of the commit counts: the answer to the mutation, or the first arrival.
    """
    arrivals = [each.expect() for each in subscribers]
    before = target.cpu_seconds()
    await ask(target, Request(SEND, {"input": {"conversationId": conversation, "text": "Hello"}}))
    answered = time.monotonic()
    async with asyncio.timeout(_ARRIVAL_SECONDS):
        times = await asyncio.gather(*arrivals)
    spent = target.cpu_seconds() - before
    return (max(times) - min(answered, *times)) * 1000, spent * 1000


@asynccontextmanager
async def _subscribed(target: Target, conversation: str, count: int) -> AsyncIterator[list["_Subscriber"]]:
    """Subscribers whose subscriptions have begun, as long as the context lasts."""
    scope, _ = object_key("Conversation", conversation) or ("", "")
    account = str(Identity("Account", scope))
    subscribers: list[_Subscriber] = []
    try:
        while len(subscribers) < count:
            some = [await _Subscriber.connected(target, account) for _ in range(_OPENED_AT_ONCE)]
            subscribers += some[: count - len(subscribers)]
            for each in some:
                await each.begun
        yield subscribers
    finally:
        for each in subscribers:
            each.close()


class _Subscriber(asyncio.Protocol):
    """A client of graphql-transport-ws with one subscription, which notes when its events arrive.

    Written by hand: for a thousand of them, a library would need more time than the gateway.
    """

    def __init__(self, host: str, account: str) -> None:
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._host = host
        self._account = account
        self._received = b""
        self._is_open = False
        self._arrival: asyncio.Future[float] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connected(cls, target: Target, account: str) -> "_Subscriber":
        host, port = target.address
        _, subscriber = await asyncio.get_running_loop().create_connection(
            lambda: cls(f"{host}:{port}", account), host, port
        )
        return subscriber

    def expect(self) -> "asyncio.Future[float]":
        """Return when the next event will have arrived."""
        self._arrival = asyncio.get_running_loop().create_future()
        return self._arrival

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports don't inherit from it
        lines = (
            "GET /graphql HTTP/1.1",
            f"host: {self._host}",
            "connection: Upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
            "sec-websocket-protocol: graphql-transport-ws",
        )
        self._transport.write("\r\n".join([*lines, "", ""]).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        for waiter in (self.begun, self._arrival):
            if waiter is not None and not waiter.done():
                waiter.set_exception(exc or ConnectionResetError("The server closed the WebSocket."))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_open:
            head, end, self._received = self._received.partition(b"\r\n\r\n")
            if not end:
                self._received = head
                return
            self._is_open = True
            self._say(type="connection_init")
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _frame(self) -> tuple[int, bytes] | None:
        """Take the next frame: its opcode and payload (RFC 6455 section 5.2). None if it is not complete."""
        received = self._received
        if len(received) < 2:
            return None
        length, start = received[1], 2
        if length == 126:
            length, start = int.from_bytes(received[2:4]), 4
        elif length == 127:
            length, start = int.from_bytes(received[2:10]), 10
        if len(received) < start + length:
            return None
        self._received = received[start + length :]
        return received[0] & 0xF, received[start : start + length]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(0xA, payload)
        if opcode != _TEXT:
            return
        message = orjson.loads(payload)
        match message["type"], message.get("id"):
            case "connection_ack", _:
                variables = {"account": self._account}
                self._say(id="1", type="subscribe", payload={"query": _DOCUMENT, "variables": variables})
                self._say(id="fence", type="subscribe", payload={"query": _FENCE})
            case "complete", "fence":
                self.begun.set_result(None)
            case "next", "1":
                if self._arrival is not None and not self._arrival.done():
                    self._arrival.set_result(time.monotonic())
            case "ping", _:
                self._say(type="pong")
            case "error", _:
                raise RuntimeError(message)

    def _say(self, **message: object) -> None:
        self._send(_TEXT, orjson.dumps(message))

    def _send(self, opcode: int, payload: bytes) -> None:
        """Send a frame. A mask of zeros leaves the payload as it is."""
        assert self._transport is not None
        length = len(payload)
        size = bytes([0x80 | length]) if length < 126 else bytes([0xFE]) + length.to_bytes(2)
        self._transport.write(bytes([0x80 | opcode]) + size + bytes(4) + payload)
