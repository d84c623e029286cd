"""JSON Web Tokens (RFC 7519) whose algorithms, keys, issuer and audience the operator has fixed."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
import structlog
from jwt.exceptions import InvalidJTIError, InvalidSubjectError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.auth.authenticated import SCOPES, Authenticated
from gateway.auth.jwt_keys import Keys
from gateway.auth.public_keys import PublicKey
from gateway.config import Jwt
from gateway.graphql.transport.errors import TokenExpired, Unauthenticated
from providers.domain.text import IdentifyingText
from providers.domain.viewer import Viewer

LEEWAY = timedelta(seconds=30)
"""How far the issuer's clock may be from ours."""

_LAST_SECOND = 253_402_300_799
_CHECKS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "expired",
    jwt.ImmatureSignatureError: "not yet valid",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidAudienceError: "audience",
    jwt.MissingRequiredClaimError: "missing claim",
    jwt.InvalidAlgorithmError: "algorithm",
    jwt.InvalidKeyError: "key",
    jwt.InvalidSignatureError: "signature",
    InvalidSubjectError: "type of claim",
    jwt.InvalidIssuedAtError: "type of claim",
    InvalidJTIError: "type of claim",
    ValidationError: "type of claim",
}
"""Whatever else PyJWT raises is about the format of the token."""

_log = structlog.get_logger(__name__)


class _Claims(BaseModel):
    """Of the types that RFC 7519 and RFC 8693 give them; what PyJWT has checked besides is not repeated."""

    model_config = ConfigDict(strict=True)

    sub: Annotated[IdentifyingText, Field(min_length=1)]
    exp: Annotated[float, Field(ge=0, le=_LAST_SECOND)]
    scope: str = ""


class JwtAuthenticator:
    """Turns tokens into viewers. Raises TokenExpired for one that was good, and Unauthenticated for every other.

    The log says which check failed; neither it nor the answer repeats anything of the token.
    """

    def __init__(self, settings: Jwt, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys

    async def authenticate(self, token: str) -> Authenticated:
        try:
            return _authenticated(self._claims(token, await self._key(token)))
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            _log.info("token_refused", check=_failed_check(error))
            if isinstance(error, jwt.ExpiredSignatureError):
                raise TokenExpired from None
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
        try:
            return self._decoded(token, key, verify_expiry=True)
        except jwt.ExpiredSignatureError:
            self._decoded(token, key, verify_expiry=False)  # PyJWT checks issuer and audience after the expiry
            raise

    def _decoded(self, token: str, key: str | PublicKey, *, verify_expiry: bool) -> _Claims:
        claims = jwt.decode(
            token,
            key,
            algorithms=self._settings.algorithms,
            issuer=self._settings.issuer,
            audience=self._settings.audience,
            leeway=LEEWAY,
            options={
                "require": ["sub", "exp"],
                "verify_exp": verify_expiry,
                "verify_aud": self._settings.audience is not None,
            },
        )
        return _Claims.model_validate(claims)


def _failed_check(error: Exception) -> str:
    """The check that a token failed, in the words of the log."""
    check = next((check for kind, check in _CHECKS.items() if isinstance(error, kind)), "format")
    return f"{check}: {error.claim}" if isinstance(error, jwt.MissingRequiredClaimError) else check


def _authenticated(claims: _Claims) -> Authenticated:
    scopes = frozenset(claims.scope.split(" ")) & frozenset(SCOPES)  # RFC 8693 4.2: spaces, and no other blank
    return Authenticated(Viewer(claims.sub, scopes), _last_moment(datetime.fromtimestamp(claims.exp, UTC)))


def _last_moment(expires_at: datetime) -> datetime:
    """What is open is ended when the token expires; what was let in by the leeway alone, when that is over."""
    return expires_at if expires_at > datetime.now(UTC) else expires_at + LEEWAY
