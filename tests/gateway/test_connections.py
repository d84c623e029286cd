"""Slow, silent and numerous clients, against real server processes with short limits."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.testkit.server import Server, serving

PER_ADDRESS = 10
TOTAL = 30
PROXY = "127.0.0.9"
LIMITS = f"""
[server]
trusted_proxies = ["{PROXY}"]
[connections]
total = {TOTAL}
per_address = {PER_ADDRESS}
header_seconds = 1
body_seconds = 1
handshake_seconds = 1
keep_alive_seconds = 1
"""
PATIENCE_SECONDS = 20
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
SUBSCRIBE = json.dumps({"query": "subscription { accountChanged { id } }"}).encode()
CONNECT = b'{"query": "mutation { connectAccount(input: { provider: \\"local\\" }) { account { status } } }"}'


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """One response with a Content-Length, or an event stream's head and first bytes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
            return head + await self.reader.readexactly(int(lines.get(b"content-length", b"0")))

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def drip(self, piece: bytes) -> bytes:
        """Sends `piece` every tenth of a second until the server closes; all that came until then."""
        came = bytearray()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.reader.at_eof():
                try:
                    self.writer.write(piece)
                    async with asyncio.timeout(0.1):
                        came += await self.reader.read(1000)
                except TimeoutError:
                    pass
                except ConnectionError:
                    break
        return bytes(came)


@asynccontextmanager
async def wire(server: Server, source: str = "127.0.0.1") -> AsyncIterator[Wire]:
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def samples(server: Server) -> dict[str, float]:
    """The open connections, and the refused by their reasons, as another address sees them."""
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.8", verify=False)
    async with httpx.AsyncClient(transport=transport, timeout=PATIENCE_SECONDS) as client:
        answer = await client.get(f"{server.url}/metrics")
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    found = [each for family in families for each in family.samples if each.name.startswith("switchboard_connections")]
    return {each.labels.get("reason", "open"): each.value for each in found}


async def closed_websockets(server: Server, code: int) -> float:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        answer = await client.get(f"{server.url}/metrics")
    samples = [each for family in text_string_to_metric_families(answer.text) for each in family.samples]
    total = "switchboard_websockets_closed_total"
    return sum(each.value for each in samples if each.name == total and each.labels["code"] == str(code))


async def until_open(server: Server, most: int) -> None:
    await until(lambda: _open_at_most(server, most))


async def _open_at_most(server: Server, most: int) -> bool:
    return (await samples(server))["open"] <= most


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Poll a process that announces nothing."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 (another process sets no event of ours)
            await asyncio.sleep(0.05)


async def until_refused(server: Server, reason: str) -> None:
    async def is_refused() -> bool:
        return bool(refusals(server, reason))

    await until(is_refused)


def descriptors(server: Server) -> list[int]:
    """The files and sockets that the process has open."""
    return [int(each.name) for each in Path(f"/proc/{server.process.pid}/fd").iterdir()]


def sockets(server: Server) -> list[int]:
    """Those of them that are sockets."""
    return [int(each.name) for each in Path(f"/proc/{server.process.pid}/fd").iterdir() if each.is_socket()]


@asynccontextmanager
async def counted(server: Server, reason: str, times: int = 1) -> AsyncIterator[None]:
    """Assert that the block causes so many refusals for this reason, and that one is logged if there are any."""
    before = (await samples(server))[reason]
    yield
    assert (await samples(server))[reason] == before + times
    assert times == 0 or refusals(server, reason)


def refusals(server: Server, reason: str) -> list[str]:
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    return [line["address"] for line in lines if line["message"] == "connections_refused" and line["reason"] == reason]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("connections"), LIMITS) as running:
        yield running


async def test_a_silent_connection_is_closed_without_a_word(server: Server) -> None:
    async with counted(server, "header_seconds"), wire(server) as silent:
        assert await silent.rest() == b""


async def test_half_a_header_is_answered_with_408(server: Server) -> None:
    async with counted(server, "header_seconds"), wire(server) as slow:
        await slow.send(GET[:-2])
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_header_that_drips_gets_no_more_time(server: Server) -> None:
    async with counted(server, "header_seconds"), wire(server) as slow:
        await slow.send(GET[:-2])
        assert (await slow.drip(b"X-A: 1\r\n")).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_header_without_end_is_refused_by_its_size(server: Server) -> None:
    async with counted(server, "header_bytes"), wire(server) as large:
        await large.send(GET[:-2] + b"X-A: " + b"a" * 100_000)
        assert (await large.rest()).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


async def test_half_a_body_is_answered_with_408(server: Server) -> None:
    async with counted(server, "body_seconds"), wire(server) as slow:
        await slow.send(POST + b'\r\n{"query": ')
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_body_that_drips_gets_no_more_time(server: Server) -> None:
    async with counted(server, "body_seconds"), wire(server) as slow:
        await slow.send(POST + b"\r\n")
        assert (await slow.drip(b" ")).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_body_that_is_not_read_has_the_same_time_limit(server: Server) -> None:
    async with counted(server, "body_seconds"), wire(server) as slow:
        await slow.send(POST.replace(b"/graphql", b"/nowhere") + b"\r\n")
        assert (await slow.drip(b" ")).count(b"HTTP/1.1") == 1


async def test_a_body_that_was_announced_but_not_sent_gets_no_more_time(server: Server) -> None:
    async with counted(server, "body_seconds"), wire(server) as slow:
        await slow.send(POST + b"Expect: 100-continue\r\n\r\n")
        assert (await slow.rest()).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 Request Timeout\r\n")


async def test_half_a_websocket_handshake_is_answered_with_408(server: Server) -> None:
    async with counted(server, "header_seconds"), wire(server) as slow:
        await slow.send(UPGRADE)
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize("header", [b"Content-Length: 100", b"X-A: " + b"a" * 20_000])
async def test_a_websocket_handshake_that_can_not_be_read_is_answered_with_400(server: Server, header: bytes) -> None:
    async with wire(server) as odd:
        await odd.send(UPGRADE + header + b"\r\n\r\n")
        assert (await odd.rest()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_a_silent_websocket_is_closed_and_counted(server: Server) -> None:
    before = await closed_websockets(server, 4408)
    url = f"{server.websocket_url}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as silent:
        with pytest.raises(ConnectionClosed) as closed:
            await silent.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4408
    assert await closed_websockets(server, 4408) == before + 1


async def test_malformed_requests_are_counted_and_only_the_first_of_a_burst_is_logged(server: Server) -> None:
    logged = len(refusals(server, "malformed"))
    async with counted(server, "malformed", times=5):
        for _ in range(5):
            async with wire(server) as odd:
                await odd.send(b"\x16\x03\x01 is no HTTP\r\n\r\n")
                assert (await odd.rest()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert len(refusals(server, "malformed")) <= logged + 1
    assert "Invalid HTTP request" not in server.log.read_text()


async def test_a_request_for_an_unknown_upgrade_is_answered_and_not_logged(server: Server) -> None:
    async with wire(server) as other:
        await other.send(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert (await other.answer()).startswith(b"HTTP/1.1 200 OK\r\n")
    assert "Unsupported upgrade" not in server.log.read_text()


async def test_a_websocket_message_that_is_not_utf_8_is_counted_and_leaves_no_traceback(server: Server) -> None:
    url = f"{server.websocket_url}/graphql"
    async with counted(server, "malformed"):
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send(b"\xff", text=True)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007
    assert "UnicodeDecodeError" not in server.log.read_text()


async def test_a_websocket_lasts_longer_than_its_handshake_may(server: Server) -> None:
    url = f"{server.websocket_url}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        async with wire(server) as silent:
            await silent.rest()
        await socket.send('{"type": "ping"}')
        assert json.loads(await socket.recv()) == {"type": "pong"}


async def test_an_event_stream_lasts_longer_than_a_request_may(server: Server) -> None:
    async with wire(server) as stream:
        await stream.send(subscription())
        assert b"200 OK" in await stream.answer()
        async with wire(server) as silent:
            await silent.rest()
        async with wire(server) as other:
            await other.send(post(CONNECT))
            assert b"CONNECTED" in await other.answer()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stream.reader.readuntil(b'"accountChanged":')


async def test_an_idle_connection_is_closed_and_not_counted(server: Server) -> None:
    async with counted(server, "header_seconds", 0), wire(server) as idle:
        for _ in range(2):
            await idle.send(GET)
            assert (await idle.answer()).endswith(b"ok")
        assert await idle.rest() == b""


async def test_the_second_header_of_a_connection_gets_no_more_time_than_the_first(server: Server) -> None:
    async with counted(server, "header_seconds"), wire(server) as slow:
        await slow.send(GET)
        assert (await slow.answer()).endswith(b"ok")
        assert (await slow.drip(b"\r\n")).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_half_a_header_behind_a_request_gets_no_more_time(server: Server) -> None:
    async with counted(server, "header_seconds"), wire(server) as slow:
        await slow.send(GET + GET[:-2])
        assert (await slow.answer()).endswith(b"ok")
        assert b"ok" not in await slow.drip(b"X-A: 1\r\n")


async def test_requests_that_arrive_at_once_are_all_answered(server: Server) -> None:
    async with wire(server) as busy:
        await busy.send(GET * 3)
        for _ in range(3):
            assert (await busy.answer()).endswith(b"ok")


async def test_one_address_may_have_so_many_connections_and_no_more(server: Server) -> None:
    await until_open(server, 1)
    async with AsyncExitStack() as held, counted(server, "per_address"):
        for _ in range(PER_ADDRESS):
            await held.enter_async_context(wire(server, "127.0.0.2"))
        async with wire(server, "127.0.0.2") as refused:
            answer = await refused.rest()
        async with wire(server, "127.0.0.3") as other:
            await other.send(GET)
            assert (await other.answer()).endswith(b"ok")
    assert answer.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    (error,) = json.loads(answer.partition(b"\r\n\r\n")[2])["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryable": True, "retryAfterSeconds": 5}


async def test_a_connection_that_ends_gives_its_place_to_another(server: Server) -> None:
    await until_open(server, 1)
    for _ in range(3 * PER_ADDRESS):
        async with wire(server, "127.0.0.2") as short:
            await short.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert (await short.rest()).endswith(b"ok")


async def test_a_websocket_counts_as_a_connection_until_it_ends(server: Server) -> None:
    await until_open(server, 1)
    async with AsyncExitStack() as held:
        for _ in range(PER_ADDRESS):
            socket = await held.enter_async_context(wire(server, "127.0.0.2"))
            await socket.send(UPGRADE + b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
            assert (await socket.answer()).startswith(b"HTTP/1.1 101")
        async with wire(server, "127.0.0.2") as refused:
            assert (await refused.rest()).startswith(b"HTTP/1.1 429")
    await until_open(server, 1)
    async with wire(server, "127.0.0.2") as again:
        await again.send(GET)
        assert (await again.answer()).endswith(b"ok")


async def test_all_addresses_together_may_have_so_many_connections_and_no_more(server: Server) -> None:
    await until_open(server, 1)
    async with AsyncExitStack() as held:
        for number in range(TOTAL):
            await held.enter_async_context(wire(server, f"127.0.1.{number // 5}"))
        async with wire(server, "127.0.0.3") as refused:
            answer = await refused.rest()
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert refusals(server, "total")


async def test_a_forwarded_request_counts_for_its_forwarded_address(server: Server) -> None:
    await until_open(server, 1)
    async with AsyncExitStack() as held, counted(server, "per_address"):
        for _ in range(PER_ADDRESS):
            stream = await held.enter_async_context(wire(server, PROXY))
            await stream.send(subscription("192.0.2.1"))
            assert b"200 OK" in await stream.answer()
        async with wire(server, PROXY) as shared:
            for address, status in (("192.0.2.1", b"429"), ("192.0.2.2", b"200")):
                await shared.send(GET.replace(b"\r\n\r\n", f"\r\nX-Forwarded-For: {address}\r\n\r\n".encode()))
                assert (await shared.answer()).startswith(b"HTTP/1.1 " + status)
    await until_open(server, 1)
    async with wire(server, PROXY) as again:
        await again.send(GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"))
        assert (await again.answer()).endswith(b"ok")


async def test_a_forwarded_websocket_is_refused_by_the_address_too(server: Server) -> None:
    await until_open(server, 1)
    async with AsyncExitStack() as held:
        for _ in range(PER_ADDRESS):
            stream = await held.enter_async_context(wire(server, PROXY))
            await stream.send(subscription("192.0.2.1"))
            assert b"200 OK" in await stream.answer()
        async with wire(server, PROXY) as socket:
            await socket.send(UPGRADE + b"X-Forwarded-For: 192.0.2.1\r\n\r\n")
            assert (await socket.answer()).startswith(b"HTTP/1.1 429")


async def test_the_forwarded_address_of_an_untrusted_peer_is_ignored(server: Server) -> None:
    await until_open(server, 1)
    async with AsyncExitStack() as held:
        for number in range(PER_ADDRESS):
            claimed = await held.enter_async_context(wire(server, "127.0.0.2"))
            await claimed.send(subscription(f"192.0.2.{number}"))
            assert b"200 OK" in await claimed.answer()
        async with wire(server, "127.0.0.2") as refused:
            assert (await refused.rest()).startswith(b"HTTP/1.1 429")


async def test_of_2000_connections_of_one_address_many_are_refused_and_others_get_answers(tmp_path: Path) -> None:
    with serving(tmp_path, "[connections]\nheader_seconds = 5") as server:
        async with many(server, 2_000, "127.0.0.2"):
            async with wire(server, "127.0.0.3") as other:
                await other.send(GET)
                assert (await other.answer()).endswith(b"ok")
            assert (await samples(server))["per_address"] == 1_500
        await until_open(server, 1)
        assert refusals(server, "per_address") == ["127.0.0.2"]


async def test_idle_sockets_do_not_lock_other_clients_out_if_descriptors_are_few(tmp_path: Path) -> None:
    with serving(tmp_path, descriptors=100) as server:
        async with many(server, 100, "127.0.0.2"), wire(server, "127.0.0.3") as other:
            await other.send(post(b'{"query": "{ accounts { totalCount } }"}'))
            assert b'"totalCount":0' in await other.answer()
        assert refusals(server, "per_address") == ["127.0.0.2"]


async def test_descriptors_are_reserved_for_the_store(tmp_path: Path) -> None:
    with serving(tmp_path, descriptors=100) as server:
        async with AsyncExitStack() as held:
            wires = [await held.enter_async_context(many(server, 10, f"127.0.1.{number}")) for number in range(10)]
            await until_refused(server, "descriptors")
            # Connections are accepted in their order: after the last one no other is being refused.
            assert (await wires[-1][-1].rest()).startswith(b"HTTP/1.1 503")
            # The store's own files may have the numbers that are reserved for them.
            assert max(sockets(server)) < 80


async def test_connections_that_the_system_can_not_open_wait_and_are_answered_later(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        process, limits = server.process.pid, resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (max(descriptors(server)) + 1, limits[1]))
        async with many(server, 20) as waiting:
            await until_refused(server, "descriptors")
            resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
            for each in waiting:
                await each.send(GET)
                assert (await each.answer()).endswith(b"ok")
        assert len(refusals(server, "descriptors")) == 1


@asynccontextmanager
async def many(server: Server, count: int, source: str = "127.0.0.1") -> AsyncIterator[list[Wire]]:
    """So many connections that say nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 500)), hard))
    async with AsyncExitStack() as held:
        yield [await held.enter_async_context(wire(server, source)) for _ in range(count)]


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def subscription(forwarded_for: str = "192.0.2.9") -> bytes:
    return post(SUBSCRIBE, "Accept: text/event-stream", f"X-Forwarded-For: {forwarded_for}")
