"""Cross-origin resource sharing (CORS): answers to preflights, and fields that let pages of others read responses."""

from collections.abc import Collection, Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.graphql.transport.request_head import RequestHead

_EXPOSED = (b"access-control-expose-headers", b"x-request-id")


class Cors:
    """Allows pages of `origins` to send requests without credentials, and to read the responses."""

    def __init__(self, origins: Collection[str]) -> None:
        self._fields = {origin: ((b"access-control-allow-origin", origin.encode()), _EXPOSED) for origin in origins}
        # Starlette answers preflights. Its middleware would also wrap every other request, those of programs included.
        self._preflights = CORSMiddleware(
            _unreachable,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "cache-control", "content-type", "x-request-id"],
        )

    def preflight(self, head: RequestHead) -> ASGIApp | None:
        """Return the response to a preflight; None for other requests."""
        if head.method != "OPTIONS" or b"origin" not in head or b"access-control-request-method" not in head:
            return None
        return self._preflights.preflight_response(Headers(scope=head.scope))

    def fields(self, origin: str | None) -> Sequence[tuple[bytes, bytes]]:
        """Return the fields of a response to a page of `origin`."""
        return self._fields.get(origin, ()) if origin is not None else ()


async def _unreachable(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("Preflights are answered without the application.")
