"""Phone numbers that messages are sent from, as last fetched."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import delete

from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.page_sql import Parents
from gateway.storage.prepared import Row, all_of
from gateway.storage.rows import Keyset, upsert
from gateway.storage.tables import phone_numbers
from gateway.storage.values import cleaned
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import PhoneNumber

_KEY = (phone_numbers.c.account_key, phone_numbers.c.external_id)
_ORDER = (phone_numbers.c.account_key, phone_numbers.c.ordinal, phone_numbers.c.external_id)
_COLUMNS = (
    phone_numbers.c.account_key,
    phone_numbers.c.external_id,
    phone_numbers.c.number,
    phone_numbers.c.e164,
    phone_numbers.c.owners,
    phone_numbers.c.ordinal,
)


class PhoneNumbers:
    """By account, in the provider's order."""

    def __init__(self, database: Database) -> None:
        self._table = EntityTable(database, Keyset(phone_numbers, _ORDER), _COLUMNS, _model)

    async def replace_all(self, transaction: Transaction, account_key: str, numbers: Sequence[PhoneNumber]) -> None:
        """Store the numbers of an account, and delete others."""
        await transaction.execute(delete(phone_numbers).where(phone_numbers.c.account_key == account_key))
        await upsert(transaction, phone_numbers, [_row(cleaned(number), place) for place, number in enumerate(numbers)])

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[PhoneNumber | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(phone_numbers))
        found = await self._table.get_many(_KEY, keys, *visible, transaction=transaction)
        return [found.get(key) for key in keys]

    async def of_accounts(self, visibility: Visibility, account_keys: Sequence[str] | None = None) -> list[PhoneNumber]:
        """Return the numbers of accounts, or of every visible account."""
        keys = None if account_keys is None else [(key,) for key in account_keys]
        of_accounts = None if keys is None else Parents((phone_numbers.c.account_key,), keys)
        visible = visibility.condition(phone_numbers) if keys is None else visibility.check(phone_numbers)
        return await self._table.all(*all_of(visible), parents=of_accounts)


def _row(number: PhoneNumber, place: int) -> dict[str, Any]:
    return {
        "account_key": number.account_key,
        "external_id": number.external_id,
        "number": number.number,
        "e164": number.e164,
        "owners": orjson.dumps(number.owners).decode(),
        "ordinal": place,
    }


def _model(row: Row) -> PhoneNumber:
    account_key, external_id, number, e164, owners, *_ = row
    return PhoneNumber(
        account_key=account_key,
        external_id=external_id,
        number=number,
        e164=e164,
        owners=tuple(orjson.loads(owners)),
    )
