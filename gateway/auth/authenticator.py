"""Who asks: the local viewer of an open gateway, the bearer of a JWT, or the holder of an API key."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.auth.api_keys import KEY_PREFIX, ApiKeyAuthenticator
from gateway.auth.authenticated import SCOPES, Authenticated
from gateway.config import Auth, Jwt
from gateway.graphql.transport.errors import RequestError, Unauthenticated
from gateway.storage import Store
from providers.domain.errors import StoreUnavailable
from providers.domain.text import can_identify
from providers.domain.viewer import Viewer

if TYPE_CHECKING:
    from gateway.auth.jwt import JwtAuthenticator

MAX_CREDENTIALS_LENGTH = 8_192

_LOCAL = Viewer("local", frozenset(SCOPES))


class Authenticator:
    """Turns an `Authorization` header into a viewer; Unauthenticated where there is none, or it is no good, and
    RequestError with status 503 where that can't be found out now.

    ConfigurationError when it is made and the operator's key can't be used.
    """

    def __init__(self, settings: Auth, store: Store, now: Callable[[], datetime]) -> None:
        self._is_open = settings.mode == "open"
        self._bearers = None if settings.jwt is None else _bearers(settings.jwt, now)
        self._holders = ApiKeyAuthenticator(store, now)

    async def authenticate(self, authorization: str | None) -> Authenticated:
        if self._is_open:
            return Authenticated(_LOCAL)
        scheme, _, credentials = (authorization or "").partition(" ")
        credentials = credentials.strip(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise Unauthenticated("This needs a bearer token.")
        return await self._credentials(credentials)

    async def still_admits(self, authorization: str | None) -> bool:
        """Whether a header that was good still is; what can't be found out for now does not end it."""
        try:
            await self.authenticate(authorization)
        except Unauthenticated:
            return False
        except RequestError:
            return True
        return True

    async def aclose(self) -> None:
        if self._bearers is not None:
            await self._bearers.aclose()

    async def _credentials(self, credentials: str) -> Authenticated:
        if len(credentials) > MAX_CREDENTIALS_LENGTH or not credentials.isascii() or not can_identify(credentials):
            raise Unauthenticated("The token is not valid.")
        if credentials.startswith(KEY_PREFIX):
            return await self._holder(credentials)
        if self._bearers is None:
            raise Unauthenticated("The token is not valid.")
        return await self._bearers.authenticate(credentials)

    async def _holder(self, key: str) -> Authenticated:
        try:
            return await self._holders.authenticate(key)
        except StoreUnavailable as error:
            raise RequestError(503, error.message, code="UNAVAILABLE") from error


def _bearers(settings: Jwt, now: Callable[[], datetime]) -> "JwtAuthenticator":
    # What checks signatures takes a tenth of a second to import, and an open gateway checks none.
    from gateway.auth.jwt import JwtAuthenticator  # noqa: PLC0415
    from gateway.auth.jwt_keys import open_keys  # noqa: PLC0415

    return JwtAuthenticator(settings, open_keys(settings, now))
