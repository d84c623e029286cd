"""Transport with `httpx`, the default without the extra `fast`."""

import ssl
from collections.abc import Iterator
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from providers.http.answer import Answer
from providers.http.body import ACCEPTED_CODING, BodyBuffer, IncompleteBody, UnacceptableBody
from providers.http.limits import Traffic
from providers.http.transport import NeverConnected, NoAnswer, Outgoing, Send, Silence, UnacceptableAnswer, first_values

_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_IDLE_SECONDS = 90


class HttpxTransport:
    """A Transport with one `httpx.AsyncClient`."""

    def __init__(self, traffic: Traffic) -> None:
        timeouts = traffic.timeouts
        self._max_body_bytes = traffic.max_body_bytes
        self._client = httpx.AsyncClient(
            verify=_certificates(),
            headers={"user-agent": "switchboard", "accept-encoding": ACCEPTED_CODING},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=timeouts.total),
            limits=httpx.Limits(
                max_connections=traffic.concurrency,
                max_keepalive_connections=traffic.concurrency,
                keepalive_expiry=_IDLE_SECONDS,
            ),
            follow_redirects=False,
        )

    def prepare(self, outgoing: Outgoing) -> Send:
        try:
            request = self._client.build_request(
                outgoing.method, outgoing.url, headers=dict(outgoing.headers), content=outgoing.content
            )
        except httpx.InvalidURL:
            raise ValueError("the URL is invalid") from None
        return partial(self._send, request)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _send(self, request: httpx.Request) -> Answer:
        try:
            response = await self._client.send(request, stream=True)
            try:
                return await self._read(response)
            finally:
                await response.aclose()
        except _NEVER_CONNECTED:
            raise NeverConnected from None
        except httpx.TimeoutException:
            raise Silence from None
        except (httpx.TransportError, IncompleteBody):
            raise NoAnswer from None
        except UnacceptableBody as error:
            raise UnacceptableAnswer(str(error)) from None

    async def _read(self, response: httpx.Response) -> Answer:
        headers = first_values(_readable(response.headers))
        body = BodyBuffer(headers, self._max_body_bytes)
        async for chunk in response.aiter_raw():
            await body.add(chunk)
        return Answer(status=response.status_code, headers=headers, body=body.whole())


@cache
def _certificates() -> ssl.SSLContext:
    # Loaded once: it takes longer than many calls.
    return httpx.create_ssl_context()


def _readable(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    """Yield names and values, without headers whose value is not ASCII."""
    for name, value in headers.raw:
        if value.isascii():
            yield name.decode("ascii"), value.decode("ascii")
