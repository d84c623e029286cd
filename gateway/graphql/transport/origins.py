"""Which web pages may talk to the endpoint."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from gateway.graphql.transport.errors import RequestError


class Origins:
    """The endpoint's own pages and those that CORS lets in. Programs send no origin and are let in.

    A browser asks nobody before it opens a WebSocket or sends a simple GET for a page: it only says whose page it is
    (`Origin`, and `Sec-Fetch-Site` of W3C Fetch Metadata).
    """

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed)

    def admits(self, connection: HTTPConnection) -> bool:
        site = connection.headers.get("sec-fetch-site")
        if site in {"same-origin", "none"}:
            return True
        origin = connection.headers.get("origin")
        if origin is None:
            return site is None
        return origin in self._allowed or urlsplit(origin).netloc == connection.headers.get("host")

    def check(self, connection: HTTPConnection) -> None:
        """Raises RequestError with status 403."""
        if not self.admits(connection):
            raise RequestError(403, "Pages of this origin may not use this endpoint.", code="FORBIDDEN")
