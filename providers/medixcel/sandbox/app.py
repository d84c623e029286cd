"""The sandbox as an application, with switches in addition to those of `providers.testing.faults`:

GET     /_sandbox/state          its accounts and meetings
DELETE  /_sandbox/state          deletes them, and resets the habits
PUT     /_sandbox/habits         Habits as JSON
PUT     /_sandbox/registration   {"redirect_url"}: the target of browsers after the consent
POST    /_sandbox/accounts       {"user_id", "connection_type"}: connects without a browser
POST    /_sandbox/settle         shows moved meetings at their new time
PATCH   /_sandbox/meetings/{id}  {"title", "participants"}: changes them as the service would; remaining addresses
"""

from dataclasses import asdict

import orjson
from pydantic import BaseModel, ConfigDict, HttpUrl, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.medixcel.sandbox.calls import SandboxCalls
from providers.medixcel.sandbox.consent import ConsentPages
from providers.medixcel.sandbox.upstream import Habits, SandboxClient, SandboxUpstream
from providers.medixcel.wire import ConnectionType
from providers.testing.faults import SandboxFaults

DEFAULT_CLIENT_KEY = "sandbox-client-key"
DEFAULT_REDIRECT_URL = "http://127.0.0.1:8000/connect/connect/callback"


def sandbox_app(
    *,
    client_key: str = DEFAULT_CLIENT_KEY,
    redirect_url: str = DEFAULT_REDIRECT_URL,
    upstream: SandboxUpstream | None = None,
) -> SandboxFaults:
    """Return Medixcel Connect for one client; mount it anywhere.

    `redirect_url` is the one registered for the client: the target of browsers after the consent. Pass `upstream` to
    read the state or to set the clock.
    """
    upstream = upstream or SandboxUpstream()
    client = SandboxClient(client_key, redirect_url)
    pages, calls = ConsentPages(upstream, client), SandboxCalls(upstream, client_key)
    routes = [*pages.routes, *calls.routes, *_Switches(upstream, client).routes]
    return SandboxFaults(Starlette(routes=routes, exception_handlers={ValidationError: _refused}))


class _NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_id: str
    connection_type: ConnectionType


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    participants: list[str] | None = None


class _Registration(BaseModel):
    model_config = ConfigDict(extra="forbid")

    redirect_url: HttpUrl


class _Switches:
    def __init__(self, upstream: SandboxUpstream, client: SandboxClient) -> None:
        self._upstream = upstream
        self._client = client

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/state", self.state),
            Route("/_sandbox/state", self.forget, methods=["DELETE"]),
            Route("/_sandbox/habits", self.habits, methods=["PUT"]),
            Route("/_sandbox/registration", self.register, methods=["PUT"]),
            Route("/_sandbox/accounts", self.accounts, methods=["POST"]),
            Route("/_sandbox/settle", self.settle, methods=["POST"]),
            Route("/_sandbox/meetings/{id:int}", self.change, methods=["PATCH"]),
        ]

    async def state(self, _: Request) -> Response:
        upstream = self._upstream
        return _json(
            {
                "accounts": [asdict(account) for account in upstream.accounts.values()],
                "meetings": [asdict(meeting) for meeting in upstream.meetings.values()],
            }
        )

    async def forget(self, _: Request) -> Response:
        self._upstream.forget()
        return Response(status_code=204)

    async def habits(self, request: Request) -> Response:
        self._upstream.habits = Habits.model_validate_json(await request.body())
        return Response(status_code=204)

    async def register(self, request: Request) -> Response:
        registration = _Registration.model_validate_json(await request.body())
        self._client.redirect_url = str(registration.redirect_url)
        return Response(status_code=204)

    async def accounts(self, request: Request) -> Response:
        new = _NewAccount.model_validate_json(await request.body())
        return _json(asdict(self._upstream.connect(new.user_id, new.connection_type)))

    async def settle(self, _: Request) -> Response:
        self._upstream.settle()
        return Response(status_code=204)

    async def change(self, request: Request) -> Response:
        change = _Change.model_validate_json(await request.body())
        meeting = self._upstream.meetings[request.path_params["id"]]
        if change.title is not None:
            meeting.title = change.title
        if change.participants is not None:
            meeting.participants = [each for each in meeting.participants if each.email in change.participants]
        return Response(status_code=204)


async def _refused(_: Request, error: Exception) -> Response:
    """Answer a switch whose body is invalid."""
    text = error.json() if isinstance(error, ValidationError) else ""
    return Response(text, status_code=422, media_type="application/json")


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
