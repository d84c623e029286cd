"""Check of the web page that a request comes from."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from gateway.graphql.transport.errors import RequestError


class Origins:
    """Admits the endpoint's own pages, pages of `allowed` origins, and programs, which send no origin.

    CORS doesn't protect WebSockets and simple GETs: a browser sends them without a preflight and only states the origin
    of the page (`Origin`, and `Sec-Fetch-Site` of W3C Fetch Metadata).
    """

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed)

    def admits(self, connection: HTTPConnection) -> bool:
        site = connection.headers.get("sec-fetch-site")
        if site in {"same-origin", "none"}:
            return True
        origin = connection.headers.get("origin")
        if origin is None:
            # A browser that sends Sec-Fetch-Site omits Origin from a simple GET of another page.
            return site is None
        return origin in self._allowed or urlsplit(origin).netloc == connection.headers.get("host")

    def check(self, connection: HTTPConnection) -> None:
        """Raises RequestError with status 403."""
        if not self.admits(connection):
            raise RequestError(403, "Pages of this origin are not allowed to use the endpoint.", code="FORBIDDEN")
