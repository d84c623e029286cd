"""The credentials of an account: a pair of tokens, and until when each lives.

The id_token is a JWT where the login service issues one; it is decoded without verification, because RingPlan is its
audience and not we: it is sent back to whoever issued it, and only its hints (mail address, expiry) are read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt
from pydantic import BaseModel, ConfigDict, ValidationError

from providers.api import IdentifyingText
from providers.ringplan.wire import Instant

ID_TOKEN = "id_token"  # noqa: S105 (a key, not a token)
REFRESH_TOKEN = "refresh_token"  # noqa: S105 (a key, not a token)
_ID_TOKEN_EXPIRES_AT = "id_token_expires_at"  # noqa: S105 (a key, not a token)
_REFRESH_TOKEN_EXPIRES_AT = "refresh_token_expires_at"  # noqa: S105 (a key, not a token)

ID_TOKEN_LIFETIME = timedelta(hours=8)
REFRESH_TOKEN_LIFETIME = timedelta(hours=336)

Credentials = Mapping[str, str]


class Claims(BaseModel):
    """What the id_token tells, where it tells it."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    emails: tuple[IdentifyingText, ...] = ()
    email: IdentifyingText | None = None
    iat: Instant | None = None
    exp: Instant | None = None


def claims_of(id_token: str) -> Claims:
    """The claims; empty where the token is no JWT, or its claims are not of the known shapes."""
    try:
        return Claims.model_validate(jwt.decode(id_token, options={"verify_signature": False}))
    except (jwt.InvalidTokenError, ValidationError):
        return Claims()


def credentials_of(id_token: str, refresh_token: str, now: datetime) -> Credentials:
    """What has to be kept of a pair that was received at `now`; what the id_token doesn't tell is as documented."""
    claims = claims_of(id_token)
    issued_at = claims.iat or now
    return {
        ID_TOKEN: id_token,
        REFRESH_TOKEN: refresh_token,
        _ID_TOKEN_EXPIRES_AT: (claims.exp or issued_at + ID_TOKEN_LIFETIME).isoformat(),
        _REFRESH_TOKEN_EXPIRES_AT: (issued_at + REFRESH_TOKEN_LIFETIME).isoformat(),
    }


def mail_address(credentials: Credentials) -> str | None:
    """Whose tokens these are, where they say so."""
    claims = claims_of(credentials[ID_TOKEN])
    return claims.emails[0] if claims.emails else claims.email


def without_refresh_token(credentials: Credentials) -> Credentials:
    """What is left when the refresh_token may be spent: the id_token, for as long as it lives."""
    return {**credentials, REFRESH_TOKEN: "", _REFRESH_TOKEN_EXPIRES_AT: credentials[_ID_TOKEN_EXPIRES_AT]}


def can_be_renewed(credentials: Credentials) -> bool:
    return credentials[REFRESH_TOKEN] != ""


def is_same_user(before: Credentials, after: Credentials) -> bool:
    """False where both say whose they are, and it isn't the same one."""
    addresses = {address.casefold() for each in (before, after) if (address := mail_address(each))}
    return len(addresses) < 2


def is_expired(credentials: Credentials, at: datetime) -> bool:
    """Whether the id_token is dead at `at`."""
    return datetime.fromisoformat(credentials[_ID_TOKEN_EXPIRES_AT]) <= at


def connection_ends_at(credentials: Credentials) -> datetime:
    """When the last of the tokens dies: from then on the user has to connect again."""
    return datetime.fromisoformat(credentials[_REFRESH_TOKEN_EXPIRES_AT])
