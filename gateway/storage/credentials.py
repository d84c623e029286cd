"""Encrypted credentials of accounts, and the lease of the process that spends single-use ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.rows import upsert
from gateway.storage.tables import credentials
from gateway.storage.values import from_microseconds, to_microseconds

_NOT_SPENDING = {"spending_fingerprint": None, "spending_holder": None, "spending_lease_until": None}


_GET = "SELECT secret FROM credentials WHERE account_key = :account_key"
_DELETE = "DELETE FROM credentials WHERE account_key = :account_key"
_SPENDING = """
    SELECT spending_fingerprint, spending_holder, spending_lease_until FROM credentials
    WHERE account_key = :account_key AND spending_fingerprint IS NOT NULL
"""
_BEGIN_SPENDING = """
    UPDATE credentials
    SET spending_fingerprint = :fingerprint, spending_holder = :holder, spending_lease_until = :lease_until
    WHERE account_key = :account_key AND spending_fingerprint IS NULL
"""
_EXTEND_LEASE = """
    UPDATE credentials SET spending_lease_until = :lease_until
    WHERE account_key = :account_key AND spending_holder = :holder
"""
_FINISH_SPENDING = """
    UPDATE credentials
    SET secret = :secret, spending_fingerprint = NULL, spending_holder = NULL, spending_lease_until = NULL
    WHERE account_key = :account_key AND spending_fingerprint = :fingerprint
"""
_RELEASE_SPENDING = """
    UPDATE credentials SET spending_fingerprint = NULL, spending_holder = NULL, spending_lease_until = NULL
    WHERE account_key = :account_key AND spending_fingerprint = :fingerprint
"""


@dataclass(frozen=True, slots=True)
class Spending:
    """A mark that credentials are being sent to the provider. After `lease_until`, `holder` is considered dead."""

    fingerprint: str
    holder: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """Stored credentials, by account.

    Single-use credentials are spent in two steps, so that they are never used twice: `begin_spending` marks them before
    they are sent, `finish_spending` replaces them with the new ones from the response. The mark survives a crash; only
    `finish_spending`, `release_spending` and `put` remove it.
    """

    database: Database
    cipher: Cipher

    async def put(self, transaction: Transaction, account_key: str, secret: Mapping[str, str]) -> None:
        """Store the account's credentials. Replace stored ones and remove their mark."""
        row = {"account_key": account_key, "secret": self._sealed(account_key, secret), **_NOT_SPENDING}
        await upsert(transaction, credentials, [row])

    async def get(self, account_key: str, transaction: Transaction | None = None) -> Mapping[str, str] | None:
        """Return the account's credentials, or None. Raise CipherError if they can't be decrypted."""
        for (sealed,) in await self.database.select(_GET, {"account_key": account_key}, transaction):
            secret: dict[str, str] = orjson.loads(self.cipher.decrypt(sealed, "credentials", account_key))
            return secret
        return None

    async def delete(self, transaction: Transaction, account_key: str) -> None:
        await transaction.change(_DELETE, {"account_key": account_key})

    async def spending(self, account_key: str, transaction: Transaction | None = None) -> Spending | None:
        """Return the mark on the account's credentials, also after the holder died, or None."""
        rows = await self.database.select(_SPENDING, {"account_key": account_key}, transaction)
        for fingerprint, holder, lease_until in rows:
            return Spending(fingerprint, holder, from_microseconds(lease_until))
        return None

    async def begin_spending(
        self, transaction: Transaction, account_key: str, fingerprint: str, holder: str, lease_until: datetime
    ) -> bool:
        """Mark the credentials as being spent. Return False if there are none or they are marked already."""
        lease = {"fingerprint": fingerprint, "holder": holder, "lease_until": to_microseconds(lease_until)}
        return await transaction.change(_BEGIN_SPENDING, {"account_key": account_key, **lease}) == 1

    async def extend_lease(
        self, transaction: Transaction, account_key: str, holder: str, lease_until: datetime
    ) -> bool:
        """Store a new end of the holder's lease. Return False if the holder's mark is gone."""
        lease = {"account_key": account_key, "holder": holder, "lease_until": to_microseconds(lease_until)}
        return await transaction.change(_EXTEND_LEASE, lease) == 1

    async def finish_spending(
        self, transaction: Transaction, account_key: str, fingerprint: str, secret: Mapping[str, str]
    ) -> bool:
        """Store the new credentials and remove the mark. Return False if it is gone (the user connected again)."""
        marked = {"account_key": account_key, "fingerprint": fingerprint, "secret": self._sealed(account_key, secret)}
        return await transaction.change(_FINISH_SPENDING, marked) == 1

    async def release_spending(self, transaction: Transaction, account_key: str, fingerprint: str) -> bool:
        """Remove the mark of credentials that were certainly not sent. Return False if it is gone."""
        marked = {"account_key": account_key, "fingerprint": fingerprint}
        return await transaction.change(_RELEASE_SPENDING, marked) == 1

    def _sealed(self, account_key: str, secret: Mapping[str, str]) -> bytes:
        return self.cipher.encrypt(orjson.dumps(dict(secret)), "credentials", account_key)
