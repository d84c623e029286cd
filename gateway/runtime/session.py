"""Sessions: authenticated connections, and what their clients request for all operations."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.auth import Authenticator
from gateway.events.feed_order import FeedOrder
from gateway.events.hub import Hub
from gateway.graphql.transport.request import RequestHead
from gateway.graphql.transport.session import Session
from gateway.runtime.operation_context import OperationContext, Operations, cursor_of
from providers.domain.viewer import Authenticated, Viewer


@dataclass(frozen=True, slots=True)
class LimitedUsers:
    """The users that rate limit and quotas count by: the viewers; None in an open gateway, which has one user."""

    is_shared: bool

    def of(self, viewer: Viewer) -> str | None:
        return viewer.user_id if self.is_shared else None

    def of_context(self, context: OperationContext) -> str | None:
        return self.of(context.viewer)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Authenticates connections."""

    operations: Operations
    authenticator: Authenticator
    users: LimitedUsers

    async def open(self, head: RequestHead, params: Mapping[str, object] | None) -> Session[OperationContext]:
        """Return the session of a request or WebSocket; `params` is the payload of `connection_init`.

        Raise Unauthenticated, and other DomainErrors if the credentials can't be verified now.
        """
        sent = (params or {}).get("authorization")
        header = sent if isinstance(sent, str) else head.get(b"authorization")
        authenticated = await self.authenticator.authenticate(header)
        authorization = _Authorization(
            self,
            header,
            authenticated,
            force=_wants_fresh(head),
            shows_cost=_wants_cost(head, params),
            order=_feed_order(self.operations.process.hub, head, params),
        )
        return Session(
            context=authorization.context,
            viewer=self.users.of(authenticated.viewer),
            expires_at=authenticated.expires_at,
            is_good=authorization.is_good,
            cursor=cursor_of,
        )


@dataclass(frozen=True, slots=True)
class _Authorization:
    """The rights of one connection: the header that it was opened with, and the viewer that it authenticates."""

    sessions: Sessions
    header: str | None
    authenticated: Authenticated
    force: bool
    shows_cost: bool
    order: FeedOrder

    def context(self) -> OperationContext:
        return self.sessions.operations.context(
            self.authenticated.viewer, force=self.force, shows_cost=self.shows_cost, order=self.order
        )

    async def is_good(self) -> bool:
        return await self.sessions.authenticator.is_still_valid(self.header)


def _wants_fresh(head: RequestHead) -> bool:
    """Return whether the client sent no-cache. Browsers send it with every WebSocket: there it means nothing."""
    return not head.is_websocket and "no-cache" in (head.get(b"cache-control") or "")


def _wants_cost(head: RequestHead, params: Mapping[str, object] | None) -> bool:
    """Return whether the client sent `x-cost: 1`: browsers can send no header with a WebSocket, but a payload."""
    return head.get(b"x-cost") == "1" or (params or {}).get("x-cost") == "1"


def _feed_order(hub: Hub, head: RequestHead, params: Mapping[str, object] | None) -> FeedOrder:
    """Return the order of a connection's subscriptions: only a WebSocket has several.

    A browser sends the id of an event stream's last event when it connects again.
    """
    if head.is_websocket:
        return FeedOrder(hub, (params or {}).get("after"))
    return FeedOrder(hub, head.get(b"last-event-id") or None, settling_seconds=0)
