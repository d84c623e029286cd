"""Probes: liveness, readiness and metrics."""

import asyncio
from dataclasses import dataclass
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
"""Time for which the result of a check is repeated: a check costs a write, and the probe needs no credentials."""

CHECK_SECONDS = 8.0
"""Time for a check: longer than a writer waits for a lock, of which the answer then speaks."""


def probe_routes(store: Store) -> list[Route]:
    """Return `/healthz` and `/readyz`."""
    return [Route("/healthz", _alive), Route("/readyz", Readiness(store).answer)]


def metrics_route(store: Store, metrics: Metrics, token: SecretStr | None) -> Route:
    """Return `/metrics`, for requests with the bearer token `token`; for every request if it is None."""
    return Route("/metrics", Exposition(store, metrics, token).answer)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok")


class Readiness:
    """Readiness: 200 if the store accepts writes, else 503. Checks once in `READINESS_SECONDS`, one check at a time."""

    def __init__(self, store: Store, seconds: float = CHECK_SECONDS) -> None:
        self._store = store
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._fault: str | None = None
        self._checked_at: float | None = None

    async def answer(self, _: Request) -> Response:
        async with self._lock:
            if self._checked_at is None or monotonic() - self._checked_at >= READINESS_SECONDS:
                self._fault = await self._check()
                self._checked_at = monotonic()
            fault = self._fault
        return JSONResponse({"ready": True}) if fault is None else JSONResponse({"ready": False, "store": fault}, 503)

    async def _check(self) -> str | None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._store.ping()
        except StoreUnavailable as error:
            return error.message
        except TimeoutError:
            return "The store doesn't answer."
        return None


@dataclass(frozen=True, slots=True)
class Exposition:
    """The metrics in Prometheus' text format; 401 without the token."""

    store: Store
    metrics: Metrics
    token: SecretStr | None

    async def answer(self, request: Request) -> Response:
        if self.token is not None and not _carries(request, self.token):
            return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
        return Response(await self.metrics.exposition(self.store), media_type=CONTENT_TYPE_LATEST)


def _carries(request: Request, token: SecretStr) -> bool:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    expected = token.get_secret_value().encode()
    return scheme.lower() == "bearer" and compare_digest(credentials.strip().encode(), expected)
