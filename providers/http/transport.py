"""Transports: HTTP client libraries behind one interface."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from providers.http.answer import Answer

MAX_HEADER_BYTES = 64 * 1024
"""The most bytes of a response's headers, names and values; each library has its own, larger limit."""


class NeverConnected(Exception):
    """No connection was established: nothing was sent."""


class NoAnswer(Exception):
    """The request may have been sent, and no whole response was received."""


class Silence(NoAnswer):
    """The call timed out. The host may still be processing it."""


class UnacceptableAnswer(NoAnswer):
    """The response exceeds a limit or can't be decoded. The message says why, without its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A complete request: `url` has its query, `headers` the type of `content`."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)


Send = Callable[[], Awaitable[Answer]]
"""Send a request, once per call. Raise NeverConnected or NoAnswer if no whole response is received."""


class Transport(Protocol):
    """Follow no redirect and store no cookie; read bodies within a limit, through `providers.http.body`."""

    def prepare(self, outgoing: Outgoing) -> Send:
        """Return the function that sends the request. Raise ValueError or TypeError if it is not a valid request."""
        ...

    async def aclose(self) -> None:
        """Close all connections. It may be called twice."""
        ...


def first_values(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return each header's first value by its lower-case name. Raise UnacceptableAnswer if they are too large."""
    found: dict[str, str] = {}
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        found.setdefault(name.lower(), value)
    if size > MAX_HEADER_BYTES:
        raise UnacceptableAnswer(f"the headers are larger than {MAX_HEADER_BYTES} bytes")
    return found
