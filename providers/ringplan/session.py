"""Calls on behalf of an account: with its current token, which is renewed before or when it runs out."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from providers.errors import RateLimited, Unavailable
from providers.models import Account
from providers.provider import TokenKeeper
from providers.ringplan.client import Client
from providers.ringplan.problem import TokenRefused
from providers.ringplan.tokens import (
    ID_TOKEN,
    REFRESH_TOKEN,
    Credentials,
    connection_ends_at,
    credentials_of,
    is_expired,
)

P = ParamSpec("P")
T = TypeVar("T")

_AHEAD = timedelta(minutes=1)


class Session:
    def __init__(self, client: Client, tokens: TokenKeeper, now: Callable[[], datetime]) -> None:
        self._client = client
        self._tokens = tokens
        self._now = now

    async def call(
        self, account: Account, call: Callable[Concatenate[str, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Makes a call of the client's with the account's token; once more with a new one where it is refused."""
        credentials = await self._current(account)
        try:
            return await call(credentials[ID_TOKEN], *args, **kwargs)
        except TokenRefused:
            credentials = await self._renew(account, credentials)
        return await call(credentials[ID_TOKEN], *args, **kwargs)

    async def renew(self, account: Account) -> Credentials:
        """Renews the account's tokens now."""
        return await self._renew(account, await self._tokens.current(account))

    async def renewed(self, credentials: Credentials) -> Credentials:
        """The pair that comes after `credentials`, which are spent by this (R3)."""
        pair = await self._client.refresh(credentials[REFRESH_TOKEN])
        return credentials_of(pair.id_token, pair.refresh_token, self._now())

    async def _current(self, account: Account) -> Credentials:
        credentials = await self._tokens.current(account)
        if not is_expired(credentials, self._now() + _AHEAD):
            return credentials
        try:
            return await self._renew(account, credentials)
        except (Unavailable, RateLimited):
            if is_expired(credentials, self._now()):
                raise
            return credentials

    async def _renew(self, account: Account, spent: Credentials) -> Credentials:
        return await self._tokens.renew(account, spent, self.renewed, connection_ends_at)
