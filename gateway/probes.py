"""What those ask who run the gateway: does it live, can it work, what does it count."""

from collections.abc import Awaitable, Callable
from secrets import compare_digest

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.metrics import Metrics
from gateway.store import Store, StoreUnavailable

_Endpoint = Callable[[Request], Awaitable[Response]]


def probe_routes(store: Store) -> list[Route]:
    """`/healthz` and `/readyz`."""
    return [Route("/healthz", _alive), Route("/readyz", _readiness(store))]


def metrics_route(store: Store, metrics: Metrics, token: SecretStr | None) -> Route:
    """`/metrics`, for requests with `token` as their bearer token; for every request if there is none."""
    return Route("/metrics", _exposition(store, metrics, token))


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok")


def _readiness(store: Store) -> _Endpoint:
    async def readiness(_: Request) -> Response:
        try:
            await store.ping()
        except StoreUnavailable as error:
            return JSONResponse({"ready": False, "store": error.message}, 503)
        return JSONResponse({"ready": True})

    return readiness


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
