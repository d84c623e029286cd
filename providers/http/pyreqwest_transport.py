"""Transport with `pyreqwest`, which the extra `fast` installs: a call takes a fraction of the CPU time of `httpx`."""

from collections.abc import Iterator
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import ConnectError, ConnectTimeoutError, PyreqwestError, RequestTimeoutError
from pyreqwest.http import HeaderMap
from pyreqwest.request import StreamRequest

from providers.http.answer import Answer
from providers.http.body import ACCEPTED_CODING, BodyBuffer, IncompleteBody, UnacceptableBody
from providers.http.limits import Traffic
from providers.http.transport import NeverConnected, NoAnswer, Outgoing, Send, Silence, UnacceptableAnswer, first_values


class PyreqwestTransport:
    """A Transport with one pyreqwest client."""

    def __init__(self, traffic: Traffic) -> None:
        timeouts = traffic.timeouts
        self._max_body_bytes = traffic.max_body_bytes
        self._client = (
            ClientBuilder()
            .user_agent("switchboard")
            .connect_timeout(timedelta(seconds=timeouts.connect))
            .read_timeout(timedelta(seconds=timeouts.read))
            .timeout(timedelta(seconds=timeouts.total))
            .max_connections(traffic.concurrency)
            .pool_max_idle_per_host(traffic.concurrency)
            .follow_redirects(False)
            # It decompresses without a limit, so BodyBuffer does it.
            .gzip(False)
            .deflate(False)
            .brotli(False)
            .zstd(False)
            .default_headers({"accept-encoding": ACCEPTED_CODING})
            .build()
        )

    def prepare(self, outgoing: Outgoing) -> Send:
        return _Prepared(self._client, outgoing, self._max_body_bytes)

    async def aclose(self) -> None:
        await self._client.close()


class _Prepared:
    """A request that may be sent several times. Raise ValueError or TypeError if it is not valid."""

    __slots__ = ("_client", "_max_body_bytes", "_outgoing", "_request")

    def __init__(self, client: Client, outgoing: Outgoing, max_body_bytes: int) -> None:
        self._client = client
        self._outgoing = outgoing
        self._max_body_bytes = max_body_bytes
        self._request: StreamRequest | None = self._built()

    async def __call__(self) -> Answer:
        # A request can be sent once. Most calls need no other.
        request, self._request = self._request or self._built(), None
        try:
            async with request as response:
                headers = first_values(_readable(response.headers))
                body = BodyBuffer(headers, self._max_body_bytes)
                while (chunk := await response.body_reader.read_chunk()) is not None:
                    await body.add(bytes(chunk))
                return Answer(status=response.status, headers=headers, body=body.whole())
        except PyreqwestError as error:
            raise _failure(error) from None
        except IncompleteBody:
            raise NoAnswer from None
        except UnacceptableBody as error:
            raise UnacceptableAnswer(str(error)) from None

    def _built(self) -> StreamRequest:
        builder = self._client.request(self._outgoing.method, self._outgoing.url).headers(self._outgoing.headers)
        if self._outgoing.content is not None:
            builder = builder.body_bytes(self._outgoing.content)
        return builder.build_streamed()


def _failure(error: PyreqwestError) -> NeverConnected | NoAnswer:
    if isinstance(error, ConnectError | ConnectTimeoutError) and _never_connected(error):
        return NeverConnected()
    return Silence() if isinstance(error, RequestTimeoutError) else NoAnswer()


def _never_connected(error: ConnectError | ConnectTimeoutError) -> bool:
    """Whether no connection was established.

    The library raises the same types if an established connection brings no response; only its causes differ.
    An unknown text counts as "sent", so that nothing is sent twice.
    """
    return any(cause["message"] == "client error (Connect)" for cause in error.details["causes"] or ())


def _readable(headers: HeaderMap) -> Iterator[tuple[str, str]]:
    """Yield names and first values, without headers whose value is not text."""
    for name in headers:
        try:
            yield name, headers[name]
        except ValueError:
            continue
