"""What those ask who run the gateway: does it live, can it work, what does it count."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.metrics import Metrics
from gateway.store import Store, StoreUnavailable

_Endpoint = Callable[[Request], Awaitable[Response]]


def probe_routes(store: Store, metrics: Metrics) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`."""
    return [
        Route("/healthz", _alive),
        Route("/readyz", _readiness(store)),
        Route("/metrics", _exposition(store, metrics)),
    ]


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


def _exposition(store: Store, metrics: Metrics) -> _Endpoint:
    async def exposition(_: Request) -> Response:
        return Response(await metrics.exposition(store), media_type=CONTENT_TYPE_LATEST)

    return exposition
