"""The credentials of an account: a pair of tokens and the expiry of each.

The id_token is usually a JWT. It is decoded without verification, because its audience is RingPlan: the plug-in sends
it back to its issuer and reads nothing but hints from it, the mail address and the expiry.
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
    """The claims of an id_token that the plug-in reads; each may be missing."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    emails: tuple[IdentifyingText, ...] = ()
    email: IdentifyingText | None = None
    iat: Instant | None = None
    exp: Instant | None = None


def claims_of(id_token: str) -> Claims:
    """Return the claims; empty if the token is not a JWT or its claims have unknown shapes."""
    try:
        return Claims.model_validate(jwt.decode(id_token, options={"verify_signature": False}))
    except (jwt.InvalidTokenError, ValidationError):
        return Claims()


def credentials_of(id_token: str, refresh_token: str, now: datetime) -> Credentials:
    """Return the credentials of a pair received at `now`. Lifetimes that the id_token lacks are the documented ones."""
    claims = claims_of(id_token)
    issued_at = claims.iat or now
    return {
        ID_TOKEN: id_token,
        REFRESH_TOKEN: refresh_token,
        _ID_TOKEN_EXPIRES_AT: (claims.exp or issued_at + ID_TOKEN_LIFETIME).isoformat(),
        _REFRESH_TOKEN_EXPIRES_AT: (issued_at + REFRESH_TOKEN_LIFETIME).isoformat(),
    }


def mail_address(credentials: Credentials) -> str | None:
    """Return the mail address of the tokens' user, or None if the id_token has none."""
    claims = claims_of(credentials[ID_TOKEN])
    return claims.emails[0] if claims.emails else claims.email


def without_refresh_token(credentials: Credentials) -> Credentials:
    """Return credentials for the time after a refresh_token that may be spent: the id_token until it expires."""
    return {**credentials, REFRESH_TOKEN: "", _REFRESH_TOKEN_EXPIRES_AT: credentials[_ID_TOKEN_EXPIRES_AT]}


def can_be_refreshed(credentials: Credentials) -> bool:
    return credentials[REFRESH_TOKEN] != ""


def is_same_user(before: Credentials, after: Credentials) -> bool:
    """Return False if both id_tokens have a mail address and the addresses differ."""
    addresses = {address.casefold() for each in (before, after) if (address := mail_address(each))}
    return len(addresses) < 2


def is_expired(credentials: Credentials, at: datetime) -> bool:
    """Whether the id_token has expired at the time `at`."""
    return datetime.fromisoformat(credentials[_ID_TOKEN_EXPIRES_AT]) <= at


def connection_expires_at(credentials: Credentials) -> datetime:
    """Return the expiry of the last token. After it the user has to connect again."""
    return datetime.fromisoformat(credentials[_REFRESH_TOKEN_EXPIRES_AT])
