"""Calls on behalf of an account, with its current token, which is refreshed before and after it expires."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from providers.api import Account, Core, NotAuthorized, OutcomeUnknown, ProviderError, RateLimited, Unavailable
from providers.ringplan.client import Client
from providers.ringplan.errors import TokenRefused
from providers.ringplan.tokens import (
    ID_TOKEN,
    REFRESH_TOKEN,
    Credentials,
    can_be_refreshed,
    connection_expires_at,
    credentials_of,
    is_expired,
    is_same_user,
    without_refresh_token,
)

P = ParamSpec("P")
T = TypeVar("T")

_REFRESH_AHEAD = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


class Session:
    """Make calls with an account's token, and refresh it once over all processes (`Core.tokens`)."""

    def __init__(self, client: Client, core: Core) -> None:
        self._client = client
        self._core = core

    async def call(
        self, account: Account, call: Callable[Concatenate[str, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Make a call of the client with the account's token. If the token is refused, refresh it and retry once."""
        credentials = await self._current(account)
        try:
            return await call(credentials[ID_TOKEN], *args, **kwargs)
        except TokenRefused:
            credentials = await self._refresh(account, credentials, is_valid=False)
        return await call(credentials[ID_TOKEN], *args, **kwargs)

    async def refresh(self, account: Account) -> Credentials:
        """Refresh the account's tokens now."""
        return await self._refresh(account, await self._core.tokens.current(account))

    async def refreshed(self, credentials: Credentials, *, is_valid: bool = False) -> Credentials:
        """Return the pair that follows `credentials` (R3), whose refresh_token is spent by the call.

        If the response is lost, the refresh_token may be spent and is given up: a second use could revoke the account.
        The id_token remains in use if it `is_valid`; else raise OutcomeUnknown.
        """
        if not can_be_refreshed(credentials):
            raise self._given_up(is_valid=is_valid)
        try:
            pair = await self._client.refresh(credentials[REFRESH_TOKEN])
        except OutcomeUnknown as error:
            if not is_valid:
                raise
            _log.warning("refresh_token_discarded", provider=error.provider, reason=error.message)
            return without_refresh_token(credentials)
        fresh = credentials_of(pair.id_token, pair.refresh_token, self._core.now())
        if not is_same_user(credentials, fresh):
            raise NotAuthorized("The two tokens belong to different users. Connect again.", provider=self._core.name)
        return fresh

    def _given_up(self, *, is_valid: bool) -> ProviderError:
        error = Unavailable if is_valid else NotAuthorized
        return error("RingPlan did not respond when the tokens were refreshed.", provider=self._core.name)

    async def _current(self, account: Account) -> Credentials:
        credentials = await self._core.tokens.current(account)
        if not is_expired(credentials, self._core.now() + _REFRESH_AHEAD):
            return credentials
        try:
            return await self._refresh(account, credentials)
        except (Unavailable, RateLimited):
            # The token is valid for some seconds more: use it while the login host is down.
            if is_expired(credentials, self._core.now()):
                raise
            return credentials

    async def _refresh(self, account: Account, spent: Credentials, *, is_valid: bool = True) -> Credentials:
        is_valid = is_valid and not is_expired(spent, self._core.now())
        refresh = partial(self.refreshed, is_valid=is_valid)
        return await self._core.tokens.renew(account, spent, refresh, connection_expires_at)
