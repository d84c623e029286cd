"""How calls leave. A transport is an HTTP client library behind one interface."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from providers.http.answer import Answer

MAX_HEADER_BYTES = 64 * 1024
"""The most bytes of a response's headers, names and values; each library has a limit of its own beyond it."""


class NeverConnected(Exception):
    """No connection came about: nothing was sent."""


class NoAnswer(Exception):
    """The request was sent, as far as anybody knows, and no whole response came."""


class Silence(NoAnswer):
    """We ended the call, having waited long enough: the host may still be working on it."""


class UnacceptableAnswer(NoAnswer):
    """The response exceeds a limit or can't be decoded. The message says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request, ready to be sent: `url` has its query, `headers` say what `content` is."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)


Send = Callable[[], Awaitable[Answer]]
"""Send a request; each call sends it again. Raises NeverConnected or NoAnswer if no whole response comes."""


class Transport(Protocol):
    """Follow no redirect and store no cookie; read bodies within a limit, through `providers.http.body`."""

    def prepare(self, outgoing: Outgoing) -> Send:
        """Raises ValueError or TypeError for what can't be a request."""
        ...

    async def aclose(self) -> None:
        """May be called twice."""
        ...


def first_values(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each header once, by its lower-case name and with its first value. UnacceptableAnswer if they are too large."""
    found: dict[str, str] = {}
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        found.setdefault(name.lower(), value)
    if size > MAX_HEADER_BYTES:
        raise UnacceptableAnswer(f"the headers are larger than {MAX_HEADER_BYTES} bytes")
    return found
