"""Authentication of a request or connection by its Authorization header."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.auth.api_keys import KEY_PREFIX, ApiKeyAuthenticator
from gateway.config import Auth, Jwt
from gateway.storage import Store
from providers.domain.errors import DomainError, Unauthenticated
from providers.domain.text import can_identify
from providers.domain.viewer import SCOPES, Authenticated, Viewer

if TYPE_CHECKING:
    from gateway.auth.jwt import JwtAuthenticator

MAX_CREDENTIALS_LENGTH = 8_192

_LOCAL = Viewer("local", frozenset(SCOPES))


class Authenticator:
    """Authenticates by JWT or API key; in an open gateway everyone is the viewer "local".

    The constructor raises ConfigurationError if the operator's public key can't be used.
    """

    def __init__(self, settings: Auth, store: Store, now: Callable[[], datetime]) -> None:
        self._is_open = settings.is_open
        self._jwt = None if settings.jwt is None else _jwt_authenticator(settings.jwt, now)
        self._api_keys = ApiKeyAuthenticator(store, now)

    async def authenticate(self, authorization: str | None) -> Authenticated:
        """Return the viewer of an Authorization header.

        Raise Unauthenticated for missing or invalid credentials, and StoreUnavailable or Unavailable if they can't be
        verified now.
        """
        if self._is_open:
            return Authenticated(_LOCAL)
        scheme, _, credentials = (authorization or "").partition(" ")
        credentials = credentials.strip(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise Unauthenticated("A bearer token is required.")
        return await self._verify(credentials)

    async def is_still_valid(self, authorization: str | None) -> bool:
        """Whether a header that was valid still is; True if it can't be verified now."""
        try:
            await self.authenticate(authorization)
        except Unauthenticated:
            return False
        except DomainError:
            return True
        return True

    async def aclose(self) -> None:
        if self._jwt is not None:
            await self._jwt.aclose()

    async def _verify(self, credentials: str) -> Authenticated:
        if len(credentials) > MAX_CREDENTIALS_LENGTH or not credentials.isascii() or not can_identify(credentials):
            raise Unauthenticated("The token is not valid.")
        if credentials.startswith(KEY_PREFIX):
            return await self._api_keys.authenticate(credentials)
        if self._jwt is None:
            raise Unauthenticated("The token is not valid.")
        return await self._jwt.authenticate(credentials)


def _jwt_authenticator(settings: Jwt, now: Callable[[], datetime]) -> "JwtAuthenticator":
    # Importing the cryptography takes a tenth of a second, and an open gateway verifies no signature.
    from gateway.auth.jwt import JwtAuthenticator  # noqa: PLC0415
    from gateway.auth.jwt_keys import open_keys  # noqa: PLC0415

    return JwtAuthenticator(settings, open_keys(settings, now))
