"""Connect flow: /connect/{provider}/start sends a browser to the provider, /connect/{provider}/callback takes it back.

The callback has neither state nor signature. It is accepted once, and only for a connection that was started less than
15 minutes ago, in the same browser, for the same provider, user and service.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.return_urls import with_parameters
from gateway.accounts.tickets import LIFETIME, TicketIssuer
from gateway.events.recorder import Record, Recorder
from gateway.storage import ConnectTicket, Store, Visibility
from gateway.web.connect_page import page
from providers.api.capabilities import BrowserConnector, Grant
from providers.domain.entities import Account, AccountStatus
from providers.domain.errors import NotAuthorized, ProviderError, StoreUnavailable
from providers.upstreams import Upstreams

_COOKIE = "switchboard_connect"
_NOT_OURS = (
    "Nothing has changed. The connection was not started here, was started in another browser, or has expired. "
    "If an account is missing, connect it again from your app."
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectPages:
    """The two pages of the connect flow. `public_url` is the URL at which browsers reach the gateway."""

    store: Store
    recorder: Recorder
    upstreams: Upstreams
    tickets: TicketIssuer
    lifecycle: AccountLifecycle
    public_url: str

    def routes(self) -> list[BaseRoute]:
        return [
            _Page(self.start).route("/connect/{provider}/start"),
            _Page(self.callback).route("/connect/{provider}/callback"),
        ]

    async def start(self, request: Request) -> Response:
        """Bind the ticket to the browser with a cookie; redirect to the provider's page."""
        connector = self._connector(request)
        started = await self.tickets.start(request.query_params.get("ticket", ""), request.cookies.get(_COOKIE, ""))
        if connector is None or started is None:
            return self._refuse(request, "start")
        ticket, cookie = started
        account = await self._pending(request, ticket)
        if account is None:
            return self._refuse(request, "start")
        response = RedirectResponse(connector.authorization_page(account), 303, _headers())
        response.set_cookie(
            _COOKIE,
            cookie,
            max_age=int(LIFETIME.total_seconds()),
            path=f"{urlsplit(self.public_url).path}/connect/{account.provider}",
            secure=self.public_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return response

    async def callback(self, request: Request) -> Response:
        """Complete the connection; redirect to the ticket's return URL, or show the outcome."""
        connector = self._connector(request)
        ticket = await self.tickets.find(request.cookies.get(_COOKIE, ""))
        account = None if ticket is None else await self._pending(request, ticket)
        if connector is None or ticket is None or account is None:
            return self._refuse(request, "callback")
        try:
            grant = connector.finish_connection(account, dict(request.query_params))
        except NotAuthorized as error:
            return await self._end(ticket, account, error)
        except ProviderError:
            return self._refuse(request, "callback")
        return await self._finish(request, ticket, account, grant)

    def _connector(self, request: Request) -> BrowserConnector | None:
        upstream = self.upstreams.get(request.path_params["provider"])
        return None if upstream is None else upstream.can(BrowserConnector)

    async def _pending(self, request: Request, ticket: ConnectTicket) -> Account | None:
        (account,) = await self.store.accounts.get_many(Visibility.unrestricted(), [ticket.account_key])
        waits = account is not None and account.status is AccountStatus.PENDING
        return account if waits and account and account.provider == request.path_params["provider"] else None

    async def _finish(self, request: Request, ticket: ConnectTicket, account: Account, grant: Grant) -> Response:
        async with self.recorder.record() as record:
            if await self._belongs_to_another(record, account, grant):
                return self._refuse(request, "callback")
            if not await self.tickets.use(record.transaction, ticket):
                return self._refuse(request, "callback")
            connected = await self.lifecycle.connected(record, account, grant)
        return self._leave(ticket, {"status": "success", "account": connected.id})

    async def _belongs_to_another(self, record: Record, account: Account, grant: Grant) -> bool:
        """Return whether the provider's account is known as that of another user or service."""
        if grant.external_id is None:
            return False
        known = await self.store.accounts.with_external_id(account.provider, grant.external_id, record.transaction)
        return any((each.user_id, each.service) != (account.user_id, account.service) for each in known)

    async def _end(self, ticket: ConnectTicket, account: Account, error: NotAuthorized) -> Response:
        """Disconnect the account: the provider, or its user, declined."""
        async with self.recorder.record() as record:
            if await self.tickets.use(record.transaction, ticket):
                await self.lifecycle.disconnected(record, account)
        _log.warning("account_connection_declined", provider=account.provider, account=account.key)
        return self._leave(ticket, {"status": "error", "account": account.id}, error.message)

    def _refuse(self, request: Request, step: str) -> Response:
        _log.warning("account_connection_refused", provider=request.path_params["provider"], step=step)
        return page("This did not work", _NOT_OURS, 400)

    def _leave(self, ticket: ConnectTicket, parameters: dict[str, str], problem: str | None = None) -> Response:
        if ticket.return_url is not None:
            return RedirectResponse(with_parameters(ticket.return_url, parameters), 303, _headers())
        if problem is not None:
            return page("Not connected", problem, 400)
        return page("Connected", "The account is connected. You can close this page.")


@dataclass(frozen=True, slots=True)
class _Page:
    """An endpoint that answers 503 while the store is unavailable."""

    endpoint: Callable[[Request], Awaitable[Response]]

    def route(self, path: str) -> BaseRoute:
        """Return a route for GET alone: HEAD, which Starlette adds, would use a ticket up."""
        route = Route(path, self.answer, methods=["GET"])
        route.methods = {"GET"}
        return route

    async def answer(self, request: Request) -> Response:
        try:
            return await self.endpoint(request)
        except StoreUnavailable as error:
            _log.warning("account_connection_failed", reason=error.message)
            return page("Not now", "The service is temporarily unavailable. Load the page again in a moment.", 503)


def _headers() -> dict[str, str]:
    return {"cache-control": "no-store", "referrer-policy": "no-referrer"}
