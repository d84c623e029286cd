"""Ordinals: each contact has a place in the order of their creation."""

from gateway.storage.database import Transaction


async def add_missing_ordinals(transaction: Transaction) -> None:
    """Give a place to contacts that have none, after all others.

    A process of an earlier version, which writes until it is stopped, knows nothing of the column.
    """
    await transaction.change(_NUMBER, {})


_NUMBER = """
    UPDATE contacts SET ordinal = numbered.place FROM (
        SELECT account_key, external_id, (SELECT max(ordinal) FROM contacts)
            + row_number() OVER (ORDER BY written_at, account_key, external_id) AS place
        FROM contacts WHERE ordinal = 0
    ) AS numbered
    WHERE contacts.account_key = numbered.account_key AND contacts.external_id = numbered.external_id
    AND contacts.ordinal = 0
"""
