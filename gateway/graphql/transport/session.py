"""Who is at the other end of a connection."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

from starlette.requests import HTTPConnection

C = TypeVar("C")

ConnectionParams: TypeAlias = Mapping[str, object]


async def always() -> bool:
    """Of a session that nothing ends."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Generic[C]):
    """An authenticated connection. `context` furnishes each of its operations with a context of its own.

    What is still open at `expires_at` is ended then, and at a heartbeat when `is_good` no longer holds: a key was
    revoked. What `viewer` has open at once is limited, unless it is None.
    """

    context: Callable[[], C]
    viewer: str | None = None
    expires_at: datetime | None = None
    is_good: Callable[[], Awaitable[bool]] = always

    def seconds_left(self) -> float | None:
        """None where it never expires."""
        if self.expires_at is None:
            return None
        return max(0.0, (self.expires_at - datetime.now(UTC)).total_seconds())


Authenticate: TypeAlias = Callable[[HTTPConnection, ConnectionParams | None], Awaitable[Session[C]]]
"""Takes the request and, on a WebSocket, the payload of `connection_init`.

Raises Unauthenticated, and other DomainErrors if credentials can't be verified now.
"""
