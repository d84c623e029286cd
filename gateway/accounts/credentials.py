"""The credentials of accounts: renewed by one caller at a time over all processes, and never spent twice."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
import structlog

from gateway.events.recorder import Record, Recorder
from gateway.storage import Spending, Store, Visibility
from providers.domain.entities import Account, AccountStatus
from providers.domain.errors import NotAuthorized, OutcomeUnknown, ProviderError, StoreUnavailable, Unavailable

Secret = Mapping[str, str]
Refresh = Callable[[Secret], Awaitable[Secret]]
ExpiresAt = Callable[[Secret], datetime | None]

_TRUSTED = 5.0
"""Seconds for which credentials are not read from the store again: a renewal that was missed meanwhile does no harm,
for what is refused is compared with the store."""

_MAX_ENTRIES = 10_000
_LEASE = timedelta(seconds=60)
_LOOK_AGAIN = 0.05
_PATIENCE = 10.0
"""Seconds for which a caller waits for another process."""

_SAVE_AGAIN = 0.5
_log = structlog.get_logger(__name__)


class AccountTokens:
    """Implements `providers.api.provider.TokenStore` over the store.

    What is about to be spent is marked before it leaves. A mark whose holder has died stays: nobody can tell whether
    the provider took those credentials, so they count as spent.
    """

    def __init__(self, store: Store, recorder: Recorder, now: Callable[[], datetime]) -> None:
        self._store = store
        self._recorder = recorder
        self._now = now
        self._holder = uuid4().hex
        self._flights: dict[str, asyncio.Task[Secret]] = {}
        self._read: dict[str, tuple[Secret, float]] = {}

    async def current(self, account: Account) -> Secret:
        secret, read_at = self._read.get(account.key, ({}, -_TRUSTED))
        if asyncio.get_running_loop().time() - read_at < _TRUSTED:
            return secret
        return await self._stored(account)

    async def _stored(self, account: Account) -> Secret:
        secret = await self._store.credentials.get(account.key)
        if secret is None:
            self._read.pop(account.key, None)
            raise _dead(account)
        if len(self._read) >= _MAX_ENTRIES:
            self._read.clear()
        self._read[account.key] = secret, asyncio.get_running_loop().time()
        return secret

    async def renew(self, account: Account, spent: Secret, refresh: Refresh, expires_at: ExpiresAt) -> Secret:
        """Unavailable where another process has been at it for long: the caller may ask again."""
        flight = self._flights.get(account.key)
        if flight is None:
            flight = asyncio.create_task(self._renew(account, spent, refresh, expires_at))
            self._flights[account.key] = flight
            flight.add_done_callback(lambda done: self._land(account, done))
        return await asyncio.shield(flight)

    async def drain(self) -> None:
        """Waits for the renewals that are under way: what a provider gives then is worth keeping."""
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    def _land(self, account: Account, flight: asyncio.Task[Secret]) -> None:
        del self._flights[account.key]
        if not flight.cancelled():
            flight.exception()

    async def _renew(self, account: Account, spent: Secret, refresh: Refresh, expires_at: ExpiresAt) -> Secret:
        patience = asyncio.get_running_loop().time() + _PATIENCE
        while asyncio.get_running_loop().time() < patience:
            current = await self._stored(account)
            if current != spent:
                return current
            spending = await self._store.credentials.spending(account.key)
            if spending is not None:
                await self._wait(account, spending)
            elif await self._begin(account, spent):
                return await self._spend(account, spent, refresh, expires_at)
        raise Unavailable("The account's tokens are being renewed.", provider=account.provider, retry_after=_PATIENCE)

    async def _begin(self, account: Account, spent: Secret) -> bool:
        """Marks `spent`, unless somebody else has done so, or it is not what is kept any more."""
        async with self._store.write() as transaction:
            if await self._store.credentials.get(account.key, transaction) != spent:
                return False
            return await self._store.credentials.begin_spending(
                transaction, account.key, _fingerprint(spent), self._holder, self._now() + _LEASE
            )

    async def _wait(self, account: Account, spending: Spending) -> None:
        """Lets the process that is spending come to its end; EXPIRED where it died over it."""
        if spending.lease_until <= self._now() or spending.holder == self._holder:
            await self._expire(account, spending.fingerprint)
        else:
            await asyncio.sleep(_LOOK_AGAIN)

    async def _spend(self, account: Account, spent: Secret, refresh: Refresh, expires_at: ExpiresAt) -> Secret:
        fingerprint = _fingerprint(spent)
        try:
            fresh = await refresh(spent)
        except (NotAuthorized, OutcomeUnknown) as error:
            _log.warning("tokens_dead", provider=account.provider, account=account.key, code=error.code.value)
            await self._expire(account, fingerprint)
            return await self._stored(account)
        except ProviderError:
            async with self._store.write() as transaction:
                await self._store.credentials.release_spending(transaction, account.key, fingerprint)
            raise
        await self._save(account, fingerprint, fresh, expires_at(fresh))
        return await self._stored(account)

    async def _save(self, account: Account, fingerprint: str, fresh: Secret, expires_at: datetime | None) -> None:
        """Keeps what came back. There is no other copy of it: a store that fails is tried for as long as the lease."""
        until = self._now() + _LEASE
        while True:
            try:
                async with self._recorder.record() as record:
                    await self._keep(record, account, fingerprint, fresh, expires_at)
                return
            except StoreUnavailable as error:
                _log.warning("tokens_not_saved", provider=account.provider, account=account.key, reason=error.message)
                if self._now() >= until:
                    raise
            await asyncio.sleep(_SAVE_AGAIN)

    async def _keep(
        self, record: Record, account: Account, fingerprint: str, fresh: Secret, expires_at: datetime | None
    ) -> None:
        kept = await self._store.credentials.finish_spending(record.transaction, account.key, fingerprint, fresh)
        (stored,) = await self._store.accounts.get_many(Visibility.unrestricted(), [account.key], record.transaction)
        if kept and stored is not None:
            await self._store.accounts.put(
                record.transaction, replace(stored, expires_at=expires_at or stored.expires_at)
            )

    async def _expire(self, account: Account, fingerprint: str) -> None:
        """Drops the credentials that were spent, unless the user has connected again meanwhile."""
        async with self._recorder.record() as record:
            spending = await self._store.credentials.spending(account.key, record.transaction)
            if spending is None or spending.fingerprint != fingerprint:
                return
            await self._store.credentials.delete(record.transaction, account.key)
            (stored,) = await self._store.accounts.get_many(
                Visibility.unrestricted(), [account.key], record.transaction
            )
            if stored is not None and stored.status is AccountStatus.CONNECTED:
                ended = replace(stored, status=AccountStatus.EXPIRED)
                await self._store.accounts.put(record.transaction, ended)
                record.announce_accounts([ended])


def _dead(account: Account) -> NotAuthorized:
    return NotAuthorized("The account's tokens are dead: its user has to connect it again.", provider=account.provider)


def _fingerprint(secret: Secret) -> str:
    return hashlib.sha256(orjson.dumps(dict(secret), option=orjson.OPT_SORT_KEYS)).hexdigest()
