"""JSON Web Tokens (RFC 7519) whose algorithms, keys, issuer and audience the operator has fixed."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
import structlog
from pydantic import BaseModel, ConfigDict, Field

from gateway.authentication.authenticated import SCOPES, Authenticated
from gateway.authentication.keys import Keys
from gateway.authentication.public_key import PublicKey
from gateway.http.refusal import Unauthenticated
from gateway.settings import Jwt
from providers.text import IdentifyingText
from resolvers.context import Viewer

LEEWAY = timedelta(seconds=30)
"""How far the issuer's clock may be from ours."""

_LAST_SECOND = 253_402_300_799
_log = structlog.get_logger(__name__)


class _Claims(BaseModel):
    """Of the types that RFC 7519 and RFC 8693 give them; what PyJWT has checked besides is not repeated."""

    model_config = ConfigDict(strict=True)

    sub: Annotated[IdentifyingText, Field(min_length=1)]
    exp: Annotated[float, Field(ge=0, le=_LAST_SECOND)]
    scope: str = ""


class TokenBearers:
    """Turns tokens into viewers; Unauthenticated for every other, with nothing of it anywhere."""

    def __init__(self, settings: Jwt, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys

    async def authenticate(self, token: str) -> Authenticated:
        try:
            return _authenticated(self._claims(token, await self._key(token)))
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            _log.debug("token_refused", reason=type(error).__name__)
            raise Unauthenticated("The token is not valid.") from None

    async def aclose(self) -> None:
        await self._keys.aclose()

    async def _key(self, token: str) -> str | PublicKey:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in self._settings.algorithms:
            raise jwt.InvalidAlgorithmError
        key = await self._keys.find(header.get("kid"), algorithm)
        if key is None:
            raise jwt.InvalidKeyError
        return key

    def _claims(self, token: str, key: str | PublicKey) -> _Claims:
        claims = jwt.decode(
            token,
            key,
            algorithms=self._settings.algorithms,
            issuer=self._settings.issuer,
            audience=self._settings.audience,
            leeway=LEEWAY,
            options={"require": ["sub", "exp"], "verify_aud": self._settings.audience is not None},
        )
        return _Claims.model_validate(claims)


def _authenticated(claims: _Claims) -> Authenticated:
    scopes = frozenset(claims.scope.split(" ")) & frozenset(SCOPES)  # RFC 8693 4.2: spaces, and no other blank
    return Authenticated(Viewer(claims.sub, scopes), _last_moment(datetime.fromtimestamp(claims.exp, UTC)))


def _last_moment(expires_at: datetime) -> datetime:
    """What is open is ended when the token expires; what was let in by the leeway alone, when that is over."""
    return expires_at if expires_at > datetime.now(UTC) else expires_at + LEEWAY
