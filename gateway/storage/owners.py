"""Owners of rows: each row under an account has the account's user."""

from gateway.storage.database import Transaction
from gateway.storage.tables import contacts, conversations, message_coverage, messages, phone_numbers

_OWNED = (phone_numbers, contacts, conversations, messages, message_coverage)


async def add_missing_owners(transaction: Transaction) -> None:
    """Set the user of rows that have none.

    A process of an earlier version, which writes until it is stopped, knows nothing of the column.
    """
    for statement in _ADD_OWNER:
        await transaction.change(statement, {})


_ADD_OWNER = [
    f"UPDATE {table.name} SET user_id = (SELECT accounts.user_id FROM accounts"
    f" WHERE accounts.key = {table.name}.account_key) WHERE user_id = ''"
    for table in _OWNED
]
