"""Phone numbers that messages are sent from, as last fetched."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, and_, delete, true

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import among
from gateway.storage.rows import Keyset, Listing, upsert
from gateway.storage.tables import phone_numbers
from gateway.storage.values import cleaned
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import PhoneNumber

_KEY = (phone_numbers.c.account_key, phone_numbers.c.external_id)
_ORDER = (phone_numbers.c.account_key, phone_numbers.c.ordinal, phone_numbers.c.external_id)


class PhoneNumbers:
    """By account, in the provider's order."""

    def __init__(self, database: Database) -> None:
        self._list = Listing(database, Keyset(phone_numbers, _ORDER), _model)

    async def replace_all(self, transaction: Transaction, account_key: str, numbers: Sequence[PhoneNumber]) -> None:
        """Store the numbers of an account, and delete others."""
        await transaction.execute(delete(phone_numbers).where(phone_numbers.c.account_key == account_key))
        await upsert(transaction, phone_numbers, [_row(cleaned(number), place) for place, number in enumerate(numbers)])

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[PhoneNumber | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        return await self._list.by_pair(_KEY, keys, visibility.visible(phone_numbers), transaction)

    async def of_accounts(self, visibility: Visibility, account_keys: Sequence[str] | None = None) -> list[PhoneNumber]:
        """Return the numbers of accounts, or of every visible account."""
        wanted = true() if account_keys is None else among(phone_numbers.c.account_key, account_keys)
        return await self._list.where(and_(wanted, visibility.visible(phone_numbers)))


def _row(number: PhoneNumber, place: int) -> dict[str, Any]:
    return {
        "account_key": number.account_key,
        "external_id": number.external_id,
        "number": number.number,
        "e164": number.e164,
        "owners": orjson.dumps(number.owners).decode(),
        "ordinal": place,
    }


def _model(row: Row[Any]) -> PhoneNumber:
    return PhoneNumber(
        account_key=row.account_key,
        external_id=row.external_id,
        number=row.number,
        e164=row.e164,
        owners=tuple(orjson.loads(row.owners)),
    )
