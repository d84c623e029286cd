"""Rooms of a Jitsi Meet and the links into them.

With an app id and its secret every link carries a token as Jitsi's Prosody plug-in `token_verification` reads it
(lib-jitsi-meet, doc/tokens.md). Moderators are told in both ways that deployments know: `moderator` (8x8) and
`affiliation` (jitsi-contrib's `token_affiliation`). The host's token also brings the password of a private meeting, as
jitsi-contrib's `token_security_ondemand` reads it: it locks the room when the host comes in.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from providers.local.password import Passwords
from providers.local.settings import LocalSettings

Context = dict[str, dict[str, str | bool]]
"""What a token says of its bearer and of the room."""

_LEEWAY = timedelta(minutes=1)
_STAY = timedelta(hours=6)


def new_room() -> str:
    """A name that nobody can guess: 128 random bits. Lower case, since Jitsi's rooms are."""
    return secrets.token_hex(16)


class Jitsi:
    def __init__(self, settings: LocalSettings) -> None:
        self._meet_url = settings.meet_url
        self._app_id = settings.jitsi_app_id
        self._secret = settings.jitsi_app_secret
        self.passwords = None if self._secret is None else Passwords(self._secret)

    @property
    def has_tokens(self) -> bool:
        return self._secret is not None

    def join_url(self, room: str, *, since: datetime, end: datetime) -> str:
        """The link for everybody who is invited: good from `since` until some hours after `end`."""
        return self._url(room, self._token(room, since, end, {"user": {"affiliation": "member"}}))

    def host_url(
        self, room: str, *, since: datetime, end: datetime, host: Mapping[str, str], password: str | None = None
    ) -> str | None:
        """The host's own link, which makes a moderator. None without tokens: then all links are worth the same.

        `host` is what Jitsi shows of the host: `id`, `name`, `email`.
        """
        if not self.has_tokens:
            return None
        context: Context = {"user": {**host, "affiliation": "owner", "moderator": True}}
        if password is not None:
            context["user"]["security_bypass"] = True
            context["room"] = {"password": password}
        return self._url(room, self._token(room, since, end, context))

    def _url(self, room: str, token: str | None) -> str:
        return f"{self._meet_url}/{room}" + ("" if token is None else f"?jwt={token}")

    def _token(self, room: str, since: datetime, end: datetime, context: Context) -> str | None:
        """The same token for the same meeting whenever it is read."""
        if self._secret is None:
            return None
        import jwt  # noqa: PLC0415 — most gateways are without tokens, and start sooner without this

        claims = {
            "aud": "jitsi",
            "iss": self._app_id,
            "sub": self._subject,
            "room": room,
            "nbf": since - _LEEWAY,
            "exp": end + _STAY,
            "context": context,
        }
        return jwt.encode(claims, self._secret.get_secret_value(), algorithm="HS256")

    @property
    def _subject(self) -> str:
        """The tenant where the address names one, else the host."""
        address = urlsplit(self._meet_url)
        return (address.path.strip("/") or address.hostname or "").lower()
