"""Encrypted credentials of accounts, and the lease of the process that spends single-use ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import and_, delete, select, update

from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.rows import upsert
from gateway.storage.tables import credentials
from gateway.storage.values import from_microseconds, to_microseconds

_NOT_SPENDING = {"spending_fingerprint": None, "spending_holder": None, "spending_lease_until": None}


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
        statement = select(credentials.c.secret).where(credentials.c.account_key == account_key)
        async with self.database.read(transaction) as connection:
            sealed = (await connection.execute(statement)).scalar_one_or_none()
        if sealed is None:
            return None
        secret: dict[str, str] = orjson.loads(self.cipher.decrypt(sealed, "credentials", account_key))
        return secret

    async def delete(self, transaction: Transaction, account_key: str) -> None:
        await transaction.execute(delete(credentials).where(credentials.c.account_key == account_key))

    async def spending(self, account_key: str, transaction: Transaction | None = None) -> Spending | None:
        """Return the mark on the account's credentials, also after the holder died, or None."""
        statement = select(credentials).where(credentials.c.account_key == account_key)
        async with self.database.read(transaction) as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None or row.spending_fingerprint is None:
            return None
        return Spending(row.spending_fingerprint, row.spending_holder, from_microseconds(row.spending_lease_until))

    async def begin_spending(
        self, transaction: Transaction, account_key: str, fingerprint: str, holder: str, lease_until: datetime
    ) -> bool:
        """Mark the credentials as being spent. Return False if there are none or they are marked already."""
        free = and_(credentials.c.account_key == account_key, credentials.c.spending_fingerprint.is_(None))
        marked = await transaction.execute(
            update(credentials)
            .where(free)
            .values(
                spending_fingerprint=fingerprint,
                spending_holder=holder,
                spending_lease_until=to_microseconds(lease_until),
            )
        )
        return marked.rowcount == 1

    async def extend_lease(
        self, transaction: Transaction, account_key: str, holder: str, lease_until: datetime
    ) -> bool:
        """Store a new end of the holder's lease. Return False if the holder's mark is gone."""
        own = and_(credentials.c.account_key == account_key, credentials.c.spending_holder == holder)
        extended = await transaction.execute(
            update(credentials).where(own).values(spending_lease_until=to_microseconds(lease_until))
        )
        return extended.rowcount == 1

    async def finish_spending(
        self, transaction: Transaction, account_key: str, fingerprint: str, secret: Mapping[str, str]
    ) -> bool:
        """Store the new credentials and remove the mark. Return False if it is gone (the user connected again)."""
        return await self._end(transaction, account_key, fingerprint, {"secret": self._sealed(account_key, secret)})

    async def release_spending(self, transaction: Transaction, account_key: str, fingerprint: str) -> bool:
        """Remove the mark of credentials that were certainly not sent. Return False if it is gone."""
        return await self._end(transaction, account_key, fingerprint, {})

    async def _end(
        self, transaction: Transaction, account_key: str, fingerprint: str, secret: Mapping[str, bytes]
    ) -> bool:
        marked = and_(credentials.c.account_key == account_key, credentials.c.spending_fingerprint == fingerprint)
        ended = await transaction.execute(update(credentials).where(marked).values(**secret, **_NOT_SPENDING))
        return ended.rowcount == 1

    def _sealed(self, account_key: str, secret: Mapping[str, str]) -> bytes:
        return self.cipher.encrypt(orjson.dumps(dict(secret)), "credentials", account_key)
