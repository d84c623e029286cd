"""Users, their companies and their tokens."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt

from providers.ringplan.sandbox.ids import Clock, ObjectIds
from providers.ringplan.sandbox.responses import Refusal

SIGNING_KEY = "a made-up key that signs the sandbox's tokens"


@dataclass(slots=True)
class User:
    """`may_write_calendar`: whether RingPlan may write to the user's Google calendar."""

    id: str
    email: str
    company_id: str
    may_write_calendar: bool = False


@dataclass(slots=True)
class Token:
    """The state of a token. A refresh token is `spent` after its first use."""

    user: User
    expires_at: datetime
    spent: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class Directory:
    """Register users, issue pairs of tokens and rotate them.

    `refreshes` counts the refreshed pairs, `reuses` the attempts to refresh with a spent token.
    With `opaque`, id_tokens are no JWTs.
    """

    def __init__(self, now: Clock, ids: ObjectIds) -> None:
        self.users: dict[str, User] = {}
        self.id_token_lifetime = timedelta(hours=8)
        self.refresh_token_lifetime = timedelta(hours=336)
        self.opaque = False
        self.refreshes = 0
        self.reuses = 0
        self._now = now
        self._ids = ids
        self._companies: dict[str, str] = {}
        self._id_tokens: dict[str, Token] = {}
        self._refresh_tokens: dict[str, Token] = {}

    def register(self, email: str, company: str) -> User:
        if email in self.users:
            raise Refusal(409, "A user with this email exists already")
        company_id = self._companies.setdefault(company, self._ids.new())
        self.users[email] = User(self._ids.new(), email, company_id)
        return self.users[email]

    def user_by_email(self, email: str) -> User:
        if email not in self.users:
            raise Refusal(404, "There is no such user")
        return self.users[email]

    def user_by_token(self, id_token: str | None) -> User:
        token = self._id_tokens.get(id_token or "")
        if token is None:
            raise Refusal(401, "Provided authorization is not valid")
        if token.expires_at <= self._now():
            raise Refusal(401, "Provided authorization has expired")
        return token.user

    def issue(self, user: User) -> Pair:
        now = self._now()
        expires_at = now + self.id_token_lifetime
        pair = Pair(self._id_token(user, now, expires_at), secrets.token_urlsafe(48))
        self._id_tokens[pair.id_token] = Token(user, expires_at)
        self._refresh_tokens[pair.refresh_token] = Token(user, now + self.refresh_token_lifetime)
        return pair

    def renew(self, refresh_token: str) -> Pair:
        """Return a new pair. The old refresh token is spent; the old id_token is valid until it expires."""
        token = self._refresh_tokens.get(refresh_token)
        if token is None or token.expires_at <= self._now():
            raise Refusal(401, "The refresh token is not valid")
        if token.spent:
            self.reuses += 1
            raise Refusal(401, "The refresh token was used before")
        token.spent = True
        self.refreshes += 1
        return self.issue(token.user)

    def expire_id_tokens(self) -> None:
        """Expire every issued id_token now."""
        for token in self._id_tokens.values():
            token.expires_at = self._now()

    def expire_refresh_tokens(self) -> None:
        for token in self._refresh_tokens.values():
            token.expires_at = self._now()

    def _id_token(self, user: User, now: datetime, expires_at: datetime) -> str:
        if self.opaque:
            return secrets.token_urlsafe(48)
        claims = {"emails": [user.email], "iat": now, "exp": expires_at, "jti": self._ids.new()}
        return jwt.encode(claims, SIGNING_KEY, algorithm="HS256")
