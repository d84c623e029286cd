"""Calls on behalf of an account: with its current token, which is renewed before or when it runs out."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from providers.api import Account, NotAuthorized, OutcomeUnknown, ProviderError, RateLimited, TokenStore, Unavailable
from providers.ringplan.client import Client
from providers.ringplan.errors import TokenRefused
from providers.ringplan.tokens import (
    ID_TOKEN,
    REFRESH_TOKEN,
    Credentials,
    can_be_renewed,
    connection_ends_at,
    credentials_of,
    is_expired,
    is_same_user,
    without_refresh_token,
)

P = ParamSpec("P")
T = TypeVar("T")

_AHEAD = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


class Session:
    def __init__(self, provider: str, client: Client, tokens: TokenStore, now: Callable[[], datetime]) -> None:
        self._provider = provider
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
            credentials = await self._renew(account, credentials, lives=False)
        return await call(credentials[ID_TOKEN], *args, **kwargs)

    async def renew(self, account: Account) -> Credentials:
        """Renews the account's tokens now."""
        return await self._renew(account, await self._tokens.current(account))

    async def renewed(self, credentials: Credentials, *, lives: bool = False) -> Credentials:
        """The pair that comes after `credentials`, whose refresh_token is spent by this (R3).

        Where nobody can say whether it was, it is given up; the id_token stays, if it `lives`.
        """
        if not can_be_renewed(credentials):
            raise self._given_up(lives)
        try:
            pair = await self._client.refresh(credentials[REFRESH_TOKEN])
        except OutcomeUnknown as error:
            if not lives:
                raise
            _log.warning("refresh_token_given_up", provider=error.provider, reason=error.message)
            return without_refresh_token(credentials)
        fresh = credentials_of(pair.id_token, pair.refresh_token, self._now())
        if not is_same_user(credentials, fresh):
            raise NotAuthorized("The two tokens were of different users: connect again.", provider=self._provider)
        return fresh

    def _given_up(self, lives: bool) -> ProviderError:
        error = Unavailable if lives else NotAuthorized
        return error("RingPlan did not answer when the tokens were renewed.", provider=self._provider)

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

    async def _renew(self, account: Account, spent: Credentials, *, lives: bool = True) -> Credentials:
        lives = lives and not is_expired(spent, self._now())
        return await self._tokens.renew(account, spent, partial(self.renewed, lives=lives), connection_ends_at)
