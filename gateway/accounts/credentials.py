"""Credentials of accounts, refreshed by one caller at a time over all processes, and never spent twice."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import orjson
import structlog

from gateway.aio.single_flight import SingleFlight
from gateway.coordination.leases import Leases
from gateway.events.recorder import Record, Recorder
from gateway.storage import Spending, Store, Transaction, Visibility
from providers.domain.entities import Account, AccountStatus
from providers.domain.errors import NotAuthorized, OutcomeUnknown, ProviderError, StoreUnavailable, Unavailable

Secret = Mapping[str, str]
Refresh = Callable[[Secret], Awaitable[Secret]]
ExpiresAt = Callable[[Secret], datetime | None]

CACHE_SECONDS = 5.0
"""Seconds for which credentials are served from memory. Stale ones do no harm: when the provider refuses them, they are
compared with the store before they are refreshed."""

MAX_CACHED = 10_000
LEASE = timedelta(seconds=60)
"""Duration of the lease of credentials that are being refreshed. Longer than the journal's: an account whose lease ends
without an outcome expires, so a process that only stands still for a while must not lose it."""

POLL_SECONDS = 0.05
"""Seconds between two looks at credentials that another process refreshes."""

MAX_WAIT_SECONDS = 10.0
"""Seconds for which a caller waits for another process."""

SAVE_RETRY_SECONDS = 0.5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Renewal:
    """One refresh of the credentials `spent` of an account."""

    account: Account
    spent: Secret
    refresh: Refresh
    expires_at: ExpiresAt

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(orjson.dumps(dict(self.spent), option=orjson.OPT_SORT_KEYS)).hexdigest()


class AccountTokens:
    """Implements `providers.api.provider.TokenStore` over the store.

    Credentials are marked in the store before they are sent to be spent. If the process dies, the mark stays: the
    provider may have accepted them, so they count as spent, and the account expires.
    """

    def __init__(self, store: Store, recorder: Recorder, now: Callable[[], datetime]) -> None:
        self._store = store
        self._recorder = recorder
        self._now = now
        self._leases: Leases[Transaction] = Leases(store.credentials, store.write, now, LEASE)
        self._renewals: SingleFlight[str, Secret] = SingleFlight("token_refresh_failed")
        self._cache: dict[str, tuple[Secret, float]] = {}

    async def current(self, account: Account) -> Secret:
        """Return the credentials, at most CACHE_SECONDS old; raise NotAuthorized if the account has none."""
        secret, read_at = self._cache.get(account.key, ({}, -CACHE_SECONDS))
        if asyncio.get_running_loop().time() - read_at < CACHE_SECONDS:
            return secret
        return await self._stored(account)

    async def renew(self, account: Account, spent: Secret, refresh: Refresh, expires_at: ExpiresAt) -> Secret:
        """Return credentials other than `spent`: those that `refresh` returns, or that another caller got.

        Raise NotAuthorized if the account has expired, and Unavailable if another process takes too long: retry later.
        """
        renewal = _Renewal(account, spent, refresh, expires_at)
        return await self._renewals.run(account.key, partial(self._renew, renewal))

    async def drain(self) -> None:
        """Wait for the renewals in progress: a provider returns new credentials only once."""
        try:
            await self._renewals.drain()
        finally:
            await self._leases.stop()

    async def _stored(self, account: Account) -> Secret:
        secret = await self._store.credentials.get(account.key)
        if secret is None:
            self._cache.pop(account.key, None)
            raise NotAuthorized(
                "The account's tokens are dead: its user has to connect it again.", provider=account.provider
            )
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        self._cache[account.key] = secret, asyncio.get_running_loop().time()
        return secret

    async def _renew(self, renewal: _Renewal) -> Secret:
        account, time = renewal.account, asyncio.get_running_loop().time
        end = time() + MAX_WAIT_SECONDS
        while time() < end:
            current = await self._stored(account)
            if current != renewal.spent:
                return current
            spending = await self._store.credentials.spending(account.key)
            if spending is not None:
                await self._wait(account, spending)
            elif await self._begin(renewal):
                with self._leases.held(account.key):
                    return await self._spend(renewal)
        raise Unavailable(
            "The account's tokens are being renewed.", provider=account.provider, retry_after=MAX_WAIT_SECONDS
        )

    async def _begin(self, renewal: _Renewal) -> bool:
        """Mark the credentials as being spent; return False if they are marked, or no longer the stored ones."""
        key = renewal.account.key
        async with self._store.write() as transaction:
            if await self._store.credentials.get(key, transaction) != renewal.spent:
                return False
            return await self._store.credentials.begin_spending(
                transaction, key, renewal.fingerprint, self._leases.holder, self._leases.until()
            )

    async def _wait(self, account: Account, spending: Spending) -> None:
        """Wait a moment for the process that spends the credentials; if it died, the account expires."""
        if self._leases.is_elsewhere(spending.holder, spending.lease_until):
            await asyncio.sleep(POLL_SECONDS)
        else:
            await self._expire(account, spending.fingerprint)

    async def _spend(self, renewal: _Renewal) -> Secret:
        account = renewal.account
        try:
            fresh = await renewal.refresh(renewal.spent)
        except (NotAuthorized, OutcomeUnknown) as error:
            _log.warning("account_expired", provider=account.provider, account=account.key, code=error.code.value)
            await self._expire(account, renewal.fingerprint)
            return await self._stored(account)
        except ProviderError:
            async with self._store.write() as transaction:
                await self._store.credentials.release_spending(transaction, account.key, renewal.fingerprint)
            raise
        await self._save(renewal, fresh)
        return await self._stored(account)

    async def _save(self, renewal: _Renewal, fresh: Secret) -> None:
        """Store new credentials, of which there is no other copy: retry for as long as a lease if the store fails."""
        account, until = renewal.account, self._leases.until()
        while True:
            try:
                async with self._recorder.record() as record:
                    await self._put(record, renewal, fresh)
                return
            except StoreUnavailable as error:
                _log.warning("tokens_not_saved", provider=account.provider, account=account.key, reason=error.message)
                if self._now() >= until:
                    raise
            await asyncio.sleep(SAVE_RETRY_SECONDS)

    async def _put(self, record: Record, renewal: _Renewal, fresh: Secret) -> None:
        credentials, accounts, key = self._store.credentials, self._store.accounts, renewal.account.key
        is_current = await credentials.finish_spending(record.transaction, key, renewal.fingerprint, fresh)
        (stored,) = await accounts.get_many(Visibility.unrestricted(), [key], record.transaction)
        if is_current and stored is not None:
            expires_at = renewal.expires_at(fresh) or stored.expires_at
            await accounts.put(record.transaction, replace(stored, expires_at=expires_at))

    async def _expire(self, account: Account, fingerprint: str) -> None:
        """Delete credentials that were spent, unless the user has connected again since."""
        credentials, accounts = self._store.credentials, self._store.accounts
        async with self._recorder.record() as record:
            spending = await credentials.spending(account.key, record.transaction)
            if spending is None or spending.fingerprint != fingerprint:
                return
            await credentials.delete(record.transaction, account.key)
            (stored,) = await accounts.get_many(Visibility.unrestricted(), [account.key], record.transaction)
            if stored is not None and stored.status is AccountStatus.CONNECTED:
                expired = replace(stored, status=AccountStatus.EXPIRED)
                await accounts.put(record.transaction, expired)
                record.announce_accounts([expired])
