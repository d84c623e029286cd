import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

import anyio
import pytest
from anyio.abc import SocketStream

from providers.errors import OutcomeUnknown, Unavailable
from providers.http import Answer, HttpClient, Timeouts, Traffic
from providers.http.transport import NeverConnected, NoAnswer, Outgoing, PyreqwestTransport, Send

TIMEOUTS = Timeouts(connect=0.2, read=0.5, total=1)


@pytest.fixture
async def transport() -> AsyncIterator[PyreqwestTransport]:
    transport = PyreqwestTransport(TIMEOUTS)
    yield transport
    await transport.aclose()


@contextmanager
def overrun() -> Iterator[str]:
    """A host whose queue of connections is full: further ones are never accepted."""
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def told(transport: PyreqwestTransport, raw: bytes) -> Answer:
    """What the transport makes of an answer."""

    async def handle(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(raw)

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, handle)
            answer = await transport.prepare(_get(f"http://127.0.0.1:{port}"))()
            tasks.cancel_scope.cancel()
    return answer


def _get(url: str) -> Outgoing:
    return Outgoing(method="GET", url=url, headers={})


async def test_a_host_that_accepts_no_connection_was_sent_nothing(transport: PyreqwestTransport) -> None:
    with overrun() as url, pytest.raises(NeverConnected):
        await transport.prepare(_get(url))()


async def test_a_host_that_nobody_knows_was_sent_nothing(transport: PyreqwestTransport) -> None:
    with pytest.raises(NeverConnected):
        await transport.prepare(_get("http://nobody.invalid"))()


async def test_a_header_that_is_no_text_is_left_out_of_the_answer(transport: PyreqwestTransport) -> None:
    raw = b"HTTP/1.1 200 OK\r\nX-City: K\xf6ln\r\nX-Reason: one\r\nX-Reason: two\r\nContent-Length: 2\r\n\r\nok"
    answer = await told(transport, raw)
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers == {"x-reason": "one", "content-length": "2"}


async def test_parameters_are_added_to_the_query_that_is_there(transport: PyreqwestTransport) -> None:
    asked: list[bytes] = []

    async def handle(stream: SocketStream) -> None:
        async with stream:
            asked.append(await stream.receive())
            await stream.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        url = f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}/list?page=2"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, handle)
            await transport.prepare(Outgoing(method="GET", url=url, headers={}, params={"who": "Ada & Ben"}))()
            tasks.cancel_scope.cancel()
    assert asked[0].startswith(b"GET /list?page=2&who=Ada+%26+Ben HTTP/1.1")


class Broken:
    """A transport that fails as it is told."""

    def __init__(self, failure: type[Exception]) -> None:
        self.failure = failure

    def prepare(self, outgoing: Outgoing) -> Send:
        async def send() -> Answer:
            raise self.failure

        return send

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    ("failure", "write", "error"),
    [
        (NeverConnected, False, Unavailable),
        (NeverConnected, True, Unavailable),
        (NoAnswer, False, Unavailable),
        (NoAnswer, True, OutcomeUnknown),
    ],
)
async def test_the_client_says_of_any_transport_whether_something_may_have_been_done(
    failure: type[Exception], write: bool, error: type[Exception]
) -> None:
    client = HttpClient("example", Traffic(timeouts=TIMEOUTS, retries=0), transport=Broken(failure))
    with pytest.raises(error):
        await client.call("POST", "http://example.com", write=write)
