import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from providers.domain.errors import OutcomeUnknown, Unavailable
from providers.http import Answer, HttpClient, Timeouts, Traffic
from providers.http.transport import NeverConnected, NoAnswer, Outgoing, Send, Silence, Transport
from tests.faults.hostile import head
from tests.providers.http.conftest import MakeTransport
from tests.providers.http.raw import answering

TIMEOUTS = Timeouts(connect=0.2, read=0.5, total=1)


@pytest.fixture
async def transport(make_transport: MakeTransport) -> AsyncIterator[Transport]:
    transport = make_transport(Traffic(timeouts=TIMEOUTS))
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


def _get(url: str) -> Outgoing:
    return Outgoing(method="GET", url=url, headers={})


async def test_nothing_is_sent_to_a_host_that_refuses_connections(transport: Transport) -> None:
    with overrun() as url, pytest.raises(NeverConnected):
        await transport.prepare(_get(url))()


async def test_nothing_is_sent_to_an_unknown_host(transport: Transport) -> None:
    with pytest.raises(NeverConnected):
        await transport.prepare(_get("http://nobody.invalid"))()


async def test_a_header_that_is_not_text_is_omitted_from_the_response(transport: Transport) -> None:
    raw = b"HTTP/1.1 200 OK\r\nX-City: K\xf6ln\r\nX-Reason: one\r\nX-Reason: two\r\nContent-Length: 2\r\n\r\nok"
    async with answering(raw) as url:
        answer = await transport.prepare(_get(url))()
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers == {"x-reason": "one", "content-length": "2"}


@pytest.mark.parametrize(
    "lost",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"no HTTP at all\r\n\r\n"],
    ids=["hangs up at once", "hangs up halfway", "speaks another language"],
)
async def test_a_request_that_reached_the_host_counts_as_sent(transport: Transport, lost: bytes) -> None:
    async with answering(lost) as url:
        with pytest.raises(NoAnswer) as raised:
            await transport.prepare(_get(url))()
    assert type(raised.value) is NoAnswer


@pytest.mark.parametrize("begun", [b"", head("Content-Length: 9")], ids=["no headers", "no body"])
async def test_a_host_that_accepted_the_connection_and_is_silent_may_be_working(
    transport: Transport, begun: bytes
) -> None:
    async with answering(begun, pause=5) as url:
        with pytest.raises(Silence):
            await transport.prepare(_get(url))()


async def test_nothing_is_sent_to_a_host_without_tls(transport: Transport) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as url:
        with pytest.raises(NeverConnected):
            await transport.prepare(_get(url.replace("http", "https")))()


async def test_a_request_can_be_sent_again(transport: Transport) -> None:
    async with answering(head("Connection: close", status="204 No Content")) as url:
        send = transport.prepare(Outgoing(method="POST", url=url, headers={}, content=b"{}"))
        assert [(await send()).status for _ in range(3)] == [204, 204, 204]


class Broken:
    """A transport whose calls raise the given exception."""

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
async def test_every_transport_reports_whether_a_request_may_have_been_processed(
    failure: type[Exception], write: bool, error: type[Exception]
) -> None:
    client = HttpClient("example", Traffic(timeouts=TIMEOUTS, retries=0), transport=Broken(failure))
    with pytest.raises(error):
        await client.call("POST", "http://example.com", write=write)
