"""The accounts' credentials, encrypted, and who is about to spend them."""

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
    """Credentials are on their way to the provider. Past `lease_until` with nothing heard of it, `holder` has died."""

    fingerprint: str
    holder: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is kept to speak for each account.

    Credentials that can be used once are spent in two steps, so that they are never used twice: `begin_spending`
    before they leave, `finish_spending` with those that came back. A mark that was begun stays until one of
    `finish_spending`, `release_spending` and `put`: after a crash it is still there.
    """

    database: Database
    cipher: Cipher

    async def put(self, transaction: Transaction, account_key: str, secret: Mapping[str, str]) -> None:
        """Replaces whatever there was; nothing is being spent then."""
        row = {"account_key": account_key, "secret": self._sealed(account_key, secret), **_NOT_SPENDING}
        await upsert(transaction, credentials, [row])

    async def get(self, account_key: str, transaction: Transaction | None = None) -> Mapping[str, str] | None:
        """None where none are kept; CipherError where they can't be decrypted."""
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
        """What is being spent, or was when its holder died; None where nothing is."""
        statement = select(credentials).where(credentials.c.account_key == account_key)
        async with self.database.read(transaction) as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None or row.spending_fingerprint is None:
            return None
        return Spending(row.spending_fingerprint, row.spending_holder, from_microseconds(row.spending_lease_until))

    async def begin_spending(
        self, transaction: Transaction, account_key: str, fingerprint: str, holder: str, lease_until: datetime
    ) -> bool:
        """Marks credentials as being spent; False where there are none, or some are being spent already."""
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
        """Store a new end of the holder's lease; return False if it is not spending these credentials any more."""
        own = and_(credentials.c.account_key == account_key, credentials.c.spending_holder == holder)
        extended = await transaction.execute(
            update(credentials).where(own).values(spending_lease_until=to_microseconds(lease_until))
        )
        return extended.rowcount == 1

    async def finish_spending(
        self, transaction: Transaction, account_key: str, fingerprint: str, secret: Mapping[str, str]
    ) -> bool:
        """Keeps what came back; False where what was spent is no longer what is kept (the user connected again)."""
        return await self._end(transaction, account_key, fingerprint, {"secret": self._sealed(account_key, secret)})

    async def release_spending(self, transaction: Transaction, account_key: str, fingerprint: str) -> bool:
        """Takes the mark off credentials that surely never left; False where it is not there."""
        return await self._end(transaction, account_key, fingerprint, {})

    async def _end(
        self, transaction: Transaction, account_key: str, fingerprint: str, secret: Mapping[str, bytes]
    ) -> bool:
        marked = and_(credentials.c.account_key == account_key, credentials.c.spending_fingerprint == fingerprint)
        ended = await transaction.execute(update(credentials).where(marked).values(**secret, **_NOT_SPENDING))
        return ended.rowcount == 1

    def _sealed(self, account_key: str, secret: Mapping[str, str]) -> bytes:
        return self.cipher.encrypt(orjson.dumps(dict(secret)), "credentials", account_key)
