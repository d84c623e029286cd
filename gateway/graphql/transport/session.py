"""Authenticated connections."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

from gateway.graphql.transport.request import RequestHead

C = TypeVar("C")

ConnectionParams: TypeAlias = Mapping[str, object]


async def always() -> bool:
    """Return True: no key can be revoked."""
    return True


def no_cursor(_context: object) -> None:
    """Return None: the events have no cursors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Generic[C]):
    """An authenticated HTTP request or WebSocket.

    context     returns a new context for each operation
    viewer      whom quotas count what is open for; None if there are no quotas
    expires_at  when what is still open ends
    is_good     is called at each heartbeat, and ends what is open when it returns False: its key was revoked
    cursor      returns the cursor of the event that a subscription with the context has sent last
    """

    context: Callable[[], C]
    viewer: str | None = None
    expires_at: datetime | None = None
    is_good: Callable[[], Awaitable[bool]] = always
    cursor: Callable[[C], str | None] = no_cursor

    def seconds_left(self) -> float | None:
        """Return the seconds until it expires; None if it never does."""
        if self.expires_at is None:
            return None
        return max(0.0, (self.expires_at - datetime.now(UTC)).total_seconds())


Authenticate: TypeAlias = Callable[[RequestHead, ConnectionParams | None], Awaitable[Session[C]]]
"""Takes the head of the request and, on a WebSocket, the payload of `connection_init`.

Raise Unauthenticated, and other DomainErrors if credentials can't be verified now.
"""
