"""Lifecycle of an account in the store: connected, renewed, disconnected."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from gateway.events.recorder import Record
from gateway.storage import Store, Visibility
from providers.api.capabilities import Grant
from providers.domain.changes import ChangeKind
from providers.domain.entities import Account, AccountStatus


def new_account(provider: str, user_id: str) -> Account:
    """Return a PENDING account with a random key."""
    return Account(key=uuid4().hex, provider=provider, user_id=user_id)


@dataclass(frozen=True, slots=True)
class AccountLifecycle:
    """Stores and announces changes of accounts, in the transaction of the caller's record."""

    store: Store
    now: Callable[[], datetime]

    async def connected(self, record: Record, account: Account, grant: Grant) -> Account:
        """Store the grant; return the account, CONNECTED.

        That is the user's stored account with the grant's external id, if there is one: `account` then ends.
        """
        known = await self._known(record, account, grant)
        if known is not None and known.key != account.key:
            await self._discard(record, account)
        now, before = self.now(), known or account
        connected = replace(
            before,
            external_id=grant.external_id,
            service=grant.service or account.service,
            status=AccountStatus.CONNECTED,
            connected_at=now,
            first_connected_at=before.first_connected_at or now,
            expires_at=grant.expires_at,
        )
        await self.store.accounts.put(record.transaction, connected)
        await self.store.meetings.adopt(record.transaction, connected)
        await self.store.credentials.put(record.transaction, connected.key, grant.credentials)
        # The new credentials may be of a user who sees something else.
        await self.store.read_versions.invalidate(record.transaction, connected.provider, [connected])
        record.announce_accounts([connected], ChangeKind.ADDED if known is None else ChangeKind.CHANGED)
        return connected

    async def renewed(self, record: Record, account: Account, grant: Grant) -> Account:
        """Store the grant's expiry, unless the account was disconnected since; return the account as stored."""
        (current,) = await self.store.accounts.get_many(Visibility.unrestricted(), [account.key], record.transaction)
        if current is None or current.status is not AccountStatus.CONNECTED:
            return current or account
        renewed = replace(current, expires_at=grant.expires_at or current.expires_at)
        await self.store.accounts.put(record.transaction, renewed)
        record.announce_accounts([renewed])
        return renewed

    async def disconnected(self, record: Record, account: Account) -> Account:
        """Delete the credentials; return the account, DISCONNECTED. Its meetings and messages stay readable."""
        ended = replace(account, status=AccountStatus.DISCONNECTED)
        await self.store.accounts.put(record.transaction, ended)
        await self.store.credentials.delete(record.transaction, account.key)
        record.announce_accounts([ended])
        return ended

    async def _known(self, record: Record, account: Account, grant: Grant) -> Account | None:
        """Return the user's stored account with the grant's external id, or else the account itself if it is stored."""
        if grant.external_id is not None:
            found = await self.store.accounts.find(
                account.provider, account.user_id, grant.external_id, record.transaction
            )
            if found is not None:
                return found
        (stored,) = await self.store.accounts.get_many(Visibility.unrestricted(), [account.key], record.transaction)
        return stored

    async def _discard(self, record: Record, account: Account) -> None:
        """Disconnect a PENDING account whose user connected a stored account again; it may not be stored itself."""
        (stored,) = await self.store.accounts.get_many(Visibility.unrestricted(), [account.key], record.transaction)
        if stored is not None:
            await self.disconnected(record, stored)
