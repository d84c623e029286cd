"""Sandbox: Example's API in memory, for tests and for integrators without credentials."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.testing.faults import SandboxFaults
from providers.testing.sandbox import Sandbox

API_KEY = "sandbox-api-key"


def create_sandbox() -> Sandbox:
    """Return the sandbox as `switchboard sandbox` serves it."""
    return Sandbox(
        provider="example",
        applications={"/example": ExampleSandbox().app},
        settings={"api_url": "{url}/example", "api_key": API_KEY},
    )


class ExampleSandbox:
    """Mount `app` anywhere. It takes faults and counts calls, see `providers.testing.faults`. `now` is the clock."""

    def __init__(self, api_key: str = API_KEY, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._api_key = api_key
        self._now = now
        self._ids = count(1)
        self._contacts: dict[tuple[str, str], dict[str, str]] = {}
        routes = [
            Route("/status", self._status),
            Route("/users/{user}/numbers", self._numbers),
            Route("/users/{user}/contacts", self._list_contacts),
            Route("/users/{user}/contacts", self._create_contact, methods=["POST"]),
        ]
        self.app = SandboxFaults(Starlette(routes=routes))

    async def _status(self, request: Request) -> Response:
        self._authorize(request)
        return JSONResponse({"status": "ok"})

    async def _numbers(self, request: Request) -> Response:
        user = self._authorize(request)
        return JSONResponse([{"id": f"number-of-{user}", "number": "+12025550101"}])

    async def _list_contacts(self, request: Request) -> Response:
        user = self._authorize(request)
        contacts = [contact for (owner, _), contact in self._contacts.items() if owner == user]
        page, per_page = int(request.query_params["page"]), int(request.query_params["per_page"])
        return JSONResponse(contacts[(page - 1) * per_page : page * per_page])

    async def _create_contact(self, request: Request) -> Response:
        user, fields = self._authorize(request), await request.json()
        key = user, fields["number"]
        if key in self._contacts:
            return JSONResponse(self._contacts[key])
        self._contacts[key] = {"id": str(next(self._ids)), "created_at": self._now().isoformat(), **fields}
        return JSONResponse(self._contacts[key], 201)

    def _authorize(self, request: Request) -> str:
        """Return the user in the path; 401 without the API key."""
        if request.headers.get("authorization") != f"Bearer {self._api_key}":
            raise HTTPException(401)
        return str(request.path_params.get("user", ""))
