"""What those ask who run the gateway: does it live, can it work, what does it count."""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import compare_digest
from time import monotonic

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.observability.metrics import Metrics
from gateway.storage import Store
from providers.domain.errors import StoreUnavailable

READINESS_SECONDS = 1.0
"""For how long an answer of the store is repeated: it costs a write, and anybody may ask."""

_Endpoint = Callable[[Request], Awaitable[Response]]


def probe_routes(store: Store) -> list[Route]:
    """`/healthz` and `/readyz`."""
    return [Route("/healthz", _alive), Route("/readyz", Readiness(store).answer)]


def metrics_route(store: Store, metrics: Metrics, token: SecretStr | None) -> Route:
    """`/metrics`, for requests with `token` as their bearer token; for every request if there is none."""
    return Route("/metrics", _exposition(store, metrics, token))


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok")


class Readiness:
    """Whether the store takes writes. Asks it at most once in `READINESS_SECONDS`, one request at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._fault: str | None = None
        self._asked_at: float | None = None

    async def answer(self, _: Request) -> Response:
        async with self._turn:
            if self._asked_at is None or monotonic() - self._asked_at >= READINESS_SECONDS:
                self._fault = await self._ask()
                self._asked_at = monotonic()
            fault = self._fault
        return JSONResponse({"ready": True}) if fault is None else JSONResponse({"ready": False, "store": fault}, 503)

    async def _ask(self) -> str | None:
        try:
            await self._store.ping()
        except StoreUnavailable as error:
            return error.message
        return None


def _exposition(store: Store, metrics: Metrics, token: SecretStr | None) -> _Endpoint:
    async def exposition(request: Request) -> Response:
        if token is not None and not _carries(request, token):
            return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
        return Response(await metrics.exposition(store), media_type=CONTENT_TYPE_LATEST)

    return exposition


def _carries(request: Request, token: SecretStr) -> bool:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    expected = token.get_secret_value().encode()
    return scheme.lower() == "bearer" and compare_digest(credentials.strip().encode(), expected)
