"""Owners of rows: each row under an account has the account's user."""

from sqlalchemy import Update, select, update

from gateway.storage.database import Transaction
from gateway.storage.tables import (
    accounts,
    contacts,
    conversations,
    message_coverage,
    messages,
    phone_numbers,
)

_OWNED = (phone_numbers, contacts, conversations, messages, message_coverage)


async def add_missing_owners(transaction: Transaction) -> None:
    """Set the user of rows that have none.

    A process of an earlier version, which writes until it is stopped, knows nothing of the column.
    """
    for statement in _ADD_OWNER:
        await transaction.execute(statement)


def _add_owner() -> list[Update]:
    owners = [select(accounts.c.user_id).where(accounts.c.key == table.c.account_key) for table in _OWNED]
    return [
        update(table).where(table.c.user_id == "").values(user_id=owner.scalar_subquery())
        for table, owner in zip(_OWNED, owners, strict=True)
    ]


_ADD_OWNER = _add_owner()
