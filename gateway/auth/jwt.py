"""Verification of JSON Web Tokens (RFC 7519) with the operator's algorithms, keys, issuer and audience."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
import structlog
from jwt.exceptions import InvalidJTIError, InvalidSubjectError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.auth.jwt_keys import Keys
from gateway.auth.public_keys import PublicKey
from gateway.auth.verified import VerifiedCredentials
from gateway.config import Jwt
from providers.domain.errors import TokenExpired, Unauthenticated
from providers.domain.viewer import SCOPES, Authenticated, Viewer, is_user_id

LEEWAY = timedelta(seconds=30)
"""Tolerated difference between the issuer's clock and ours."""

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
"""The failed check by exception; every other exception of PyJWT means a malformed token."""

_log = structlog.get_logger(__name__)


def _user_id(subject: str) -> str:
    if not is_user_id(subject):
        raise ValueError("expected a user id")
    return subject


class _Claims(BaseModel):
    """The types of RFC 7519 and RFC 8693. PyJWT has validated the values."""

    model_config = ConfigDict(strict=True)

    sub: Annotated[str, AfterValidator(_user_id)]
    exp: Annotated[float, Field(ge=0, le=_LAST_SECOND)]
    scope: str = ""


@dataclass(frozen=True, slots=True)
class _KeyUse:
    """The key that verified a token, and the unverified header by which it is found."""

    kid: str | None
    algorithm: str
    key: str | PublicKey


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was verified before it expired."""

    use: _KeyUse
    authenticated: Authenticated
    expires_at: datetime


class JwtAuthenticator:
    """Authenticates JWTs. The log names the failed check; neither log nor error repeats any part of the token.

    A valid token is verified once: it holds until it expires, while its issuer still has the key that verified it.
    """

    def __init__(self, settings: Jwt, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys
        self._verified: VerifiedCredentials[_Verified] = VerifiedCredentials()

    async def authenticate(self, token: str) -> Authenticated:
        """Return the viewer of `token`.

        Raise TokenExpired for an expired token that is otherwise valid, Unauthenticated for every other invalid
        token, and Unavailable if the issuer's keys can't be fetched.
        """
        verified = self._verified.get(token)
        if verified is not None and await self._holds(verified):
            return verified.authenticated
        try:
            return await self._verify(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            _log.info("token_refused", check=_failed_check(error))
            if isinstance(error, jwt.ExpiredSignatureError):
                raise TokenExpired from None
            raise Unauthenticated("The token is not valid.") from None

    async def aclose(self) -> None:
        await self._keys.aclose()

    async def _holds(self, verified: _Verified) -> bool:
        """Look the key up as for a token that was not verified: that is what refreshes the issuer's keys."""
        if verified.expires_at <= datetime.now(UTC):
            return False
        return await self._keys.find(verified.use.kid, verified.use.algorithm) is verified.use.key

    async def _verify(self, token: str) -> Authenticated:
        use = await self._key(token)
        claims = self._claims(token, use.key)
        authenticated = _authenticated(claims)
        self._verified.put(token, _Verified(use, authenticated, datetime.fromtimestamp(claims.exp, UTC)))
        return authenticated

    async def _key(self, token: str) -> _KeyUse:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in self._settings.algorithms:
            raise jwt.InvalidAlgorithmError
        key = await self._keys.find(header.get("kid"), algorithm)
        if key is None:
            raise jwt.InvalidKeyError
        return _KeyUse(header.get("kid"), algorithm, key)

    def _claims(self, token: str, key: str | PublicKey) -> _Claims:
        try:
            return self._decoded(token, key, verify_expiry=True)
        except jwt.ExpiredSignatureError:
            # PyJWT checks issuer and audience after the expiry: a token of another issuer is not an expired one.
            self._decoded(token, key, verify_expiry=False)
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
    """Return the log's name of the check that a token failed."""
    check = next((check for kind, check in _CHECKS.items() if isinstance(error, kind)), "format")
    return f"{check}: {error.claim}" if isinstance(error, jwt.MissingRequiredClaimError) else check


def _authenticated(claims: _Claims) -> Authenticated:
    scopes = frozenset(claims.scope.split(" ")) & frozenset(SCOPES)  # RFC 8693 4.2: spaces, and no other white space
    return Authenticated(Viewer(claims.sub, scopes), _session_end(datetime.fromtimestamp(claims.exp, UTC)))


def _session_end(expires_at: datetime) -> datetime:
    """Return when to end a session: at the token's expiry or, if only the leeway admitted it, after the leeway."""
    return expires_at if expires_at > datetime.now(UTC) else expires_at + LEEWAY
