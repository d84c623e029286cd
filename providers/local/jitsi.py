"""Rooms of a Jitsi Meet, the links to them, and the passwords of private meetings.

With an app id and its secret, every link has a token that Jitsi's Prosody plug-in `token_verification` checks
(lib-jitsi-meet, doc/tokens.md). Deployments mark moderators in two ways, and the token has both: `moderator` (8x8) and
`affiliation` (jitsi-contrib's `token_affiliation`). The host's token also has the password of a private meeting, which
jitsi-contrib's `token_security_ondemand` reads: it locks the room when the host joins.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from providers.api.mail import normalized
from providers.local.settings import LocalSettings

if TYPE_CHECKING:
    from providers.local.passwords import Passwords

TokenContext = dict[str, dict[str, str | bool]]
"""The `context` claim of a token: its user and, for hosts of private meetings, the room."""

_CLOCK_SKEW = timedelta(minutes=1)
_VALID_AFTER_END = timedelta(hours=6)


def new_room() -> str:
    """Return an unguessable name: 128 random bits in lower case, because Jitsi's rooms are."""
    return secrets.token_hex(16)


def host_of(user_id: str) -> dict[str, str]:
    """Return what Jitsi shows of the user as a host. The provider knows nothing but the operator's user id."""
    email = normalized(user_id)
    return {"id": user_id, "name": user_id} | ({} if email is None else {"email": email})


class Jitsi:
    """One Jitsi Meet. `passwords` is None without an app secret."""

    def __init__(self, settings: LocalSettings) -> None:
        self._meet_url = settings.meet_url
        self._app_id = settings.jitsi_app_id
        self._secret = settings.jitsi_app_secret
        self.passwords = None if self._secret is None else _passwords(self._secret)

    @property
    def has_tokens(self) -> bool:
        return self._secret is not None

    def join_url(self, room: str, *, since: datetime, end: datetime) -> str:
        """Return the participants' link, valid from `since` until some hours after `end`."""
        return self._url(room, self._token(room, since, end, {"user": {"affiliation": "member"}}))

    def host_url(
        self, room: str, *, since: datetime, end: datetime, host: Mapping[str, str], password: str | None = None
    ) -> str | None:
        """Return the moderator's link, or None without tokens: then one link serves everyone.

        `host` is what Jitsi shows of the host: `id`, `name`, `email`.
        """
        if not self.has_tokens:
            return None
        context: TokenContext = {"user": {**host, "affiliation": "owner", "moderator": True}}
        if password is not None:
            context["user"]["security_bypass"] = True
            context["room"] = {"password": password}
        return self._url(room, self._token(room, since, end, context))

    def _url(self, room: str, token: str | None) -> str:
        return f"{self._meet_url}/{room}" + ("" if token is None else f"?jwt={token}")

    def _token(self, room: str, since: datetime, end: datetime, context: TokenContext) -> str | None:
        """Return a token without a time of issue, so that every read of a meeting returns the same link."""
        if self._secret is None:
            return None
        import jwt  # noqa: PLC0415 — most gateways use no tokens, and start faster without this import

        claims = {
            "aud": "jitsi",
            "iss": self._app_id,
            "sub": self._subject,
            "room": room,
            "nbf": since - _CLOCK_SKEW,
            "exp": end + _VALID_AFTER_END,
            "context": context,
        }
        return jwt.encode(claims, self._secret.get_secret_value(), algorithm="HS256")

    @property
    def _subject(self) -> str:
        """The `sub` claim: the tenant if the address has one, else the host."""
        address = urlsplit(self._meet_url)
        return (address.path.strip("/") or address.hostname or "").lower()


def _passwords(app_secret: SecretStr) -> "Passwords":
    # Most gateways have no private meetings, and start faster without the cryptography.
    from providers.local.passwords import Passwords  # noqa: PLC0415

    return Passwords(app_secret)
