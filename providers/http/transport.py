"""How calls leave: by `pyreqwest`, which only this module knows. Another transport may take its place."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError, RequestTimeoutError
from pyreqwest.http import HeaderMap
from pyreqwest.request import ConsumedRequest

from providers.http.answer import Answer
from providers.http.traffic import Timeouts


class NeverConnected(Exception):
    """No connection came about: nothing was sent."""


class NoAnswer(Exception):
    """It was sent, as far as anybody knows, and no whole answer came."""


class Silence(NoAnswer):
    """Nobody ended the call but we, who had waited long enough: the host may be at it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request as it shall leave. `params` are added to the URL's own query; there is one of `content` and `form`."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


Send = Callable[[], Awaitable[Answer]]
"""Sends a request, each time anew. NeverConnected or NoAnswer where nothing comes back."""


class Transport(Protocol):
    """Follows no redirect and keeps no cookie; unpacks what comes packed."""

    def prepare(self, outgoing: Outgoing) -> Send:
        """ValueError for what is no request at all."""
        ...

    async def aclose(self) -> None:
        """May be called twice."""
        ...


class PyreqwestTransport:
    """Spoken to natively: by way of `httpx` a call costs several times as much."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._client = (
            ClientBuilder()
            .user_agent("switchboard")
            .connect_timeout(timedelta(seconds=timeouts.connect))
            .read_timeout(timedelta(seconds=timeouts.read))
            .timeout(timedelta(seconds=timeouts.total))
            .follow_redirects(False)
            .build()
        )

    def prepare(self, outgoing: Outgoing) -> Send:
        builder = self._client.request(outgoing.method, outgoing.url).headers(outgoing.headers)
        if outgoing.params is not None:
            builder = builder.query(outgoing.params)
        if outgoing.form is not None:
            builder = builder.form(outgoing.form)
        if outgoing.content is not None:
            builder = builder.body_bytes(outgoing.content)
        return partial(_sent, builder.build())

    async def aclose(self) -> None:
        await self._client.close()


async def _sent(request: ConsumedRequest) -> Answer:
    try:
        response = await request.copy().send()
        body = bytes(await response.bytes())
    except PyreqwestError as error:
        raise _failure(error) from None
    return Answer(status=response.status, headers=_readable(response.headers), body=body)


def _failure(error: PyreqwestError) -> NeverConnected | NoAnswer:
    if _never_connected(error):
        return NeverConnected()
    return Silence() if isinstance(error, RequestTimeoutError) else NoAnswer()


def _never_connected(error: PyreqwestError) -> bool:
    """It is also called a connection error when an answer fails to come on a connection that was made."""
    causes = error.details["causes"] if isinstance(error, DetailedPyreqwestError) else None
    return any(step["message"] == "client error (Connect)" for step in causes or ())


def _readable(headers: HeaderMap) -> dict[str, str]:
    """Each name once, with its first value; without those whose value is no text."""
    found: dict[str, str] = {}
    for name in headers:
        try:
            found.setdefault(name, headers[name])
        except ValueError:
            continue
    return found
