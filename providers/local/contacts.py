"""Contacts: one per account and number."""

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence

from providers.api import Account, Conflict, Contact, ContactDraft, Core, Created
from providers.local.accounts import Accounts, new_id
from providers.local.database import AMONG, Database, Row, Transaction
from providers.local.errors import not_found
from providers.local.mapping import contact_from_row

PAGE_SIZE = 500

_CONTACTS = """
    SELECT contact.position, contact.id, first_name, last_name, contact.number AS contact_number, e164, account_key
    FROM account JOIN contact ON account_position = account.position
    WHERE account_key = ? AND connected
"""
_PAGE = f"{_CONTACTS} AND contact.position > ? ORDER BY contact.position LIMIT {PAGE_SIZE}"
_BY_IDS = f"{_CONTACTS} AND contact.id {AMONG}"
_BY_ID = f"{_CONTACTS} AND contact.id = ?"
BY_NUMBER = f"{_CONTACTS} AND e164 = ?"
_INSERT = """
    INSERT INTO contact (id, account_position, first_name, last_name, number, e164) VALUES (?, ?, ?, ?, ?, ?)
"""
_UPDATE = "UPDATE contact SET first_name = ?, last_name = ?, number = ?, e164 = ? WHERE position = ?"


async def get_or_create_contact(transaction: Transaction, account: Row, draft: ContactDraft) -> tuple[Row, bool]:
    """Return the account's contact with the draft's number, and whether it is new. An existing one stays unchanged."""
    key = (account["account_key"], draft.e164)
    existing = await transaction.row(BY_NUMBER, key)
    if existing is not None:
        return existing, False
    values = (new_id(), account["position"], draft.first_name, draft.last_name or None, draft.number, draft.e164)
    await transaction.rows(_INSERT, values)
    [created] = await transaction.rows(BY_NUMBER, key)
    return created, True


class Contacts:
    """Read, create and update the contacts of an account."""

    def __init__(self, database: Database, accounts: Accounts, core: Core) -> None:
        self._database = database
        self._accounts = accounts
        self._core = core

    async def list_contacts(self, account: Account) -> AsyncIterator[list[Contact]]:
        position = 0
        while rows := await self._accounts.rows(account, _PAGE, (position,)):
            now = self._core.now()
            yield [contact_from_row(row, now) for row in rows]
            position = rows[-1]["position"]

    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        rows = await self._accounts.rows(account, _BY_IDS, (json.dumps([*external_ids]),))
        now = self._core.now()
        found = {row["id"]: contact_from_row(row, now) for row in rows}
        return [found.get(external_id) for external_id in external_ids]

    async def create_contact(self, account: Account, draft: ContactDraft) -> Created[Contact]:
        async with self._database.writing() as transaction:
            owner = await self._accounts.row(transaction, account.key)
            row, created = await get_or_create_contact(transaction, owner, draft)
            return Created(entity=contact_from_row(row, self._core.now()), created=created)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft) -> Contact:
        """Raise Conflict if another contact of the account has the number."""
        async with self._database.writing() as transaction:
            await self._accounts.row(transaction, account.key)
            row = await transaction.row(_BY_ID, (account.key, contact.external_id))
            if row is None:
                raise not_found("contact", self._core.name)
            await self._update(transaction, row["position"], draft)
            [updated] = await transaction.rows(_BY_ID, (account.key, contact.external_id))
            return contact_from_row(updated, self._core.now())

    async def _update(self, transaction: Transaction, position: int, draft: ContactDraft) -> None:
        values = (draft.first_name, draft.last_name or None, draft.number, draft.e164, position)
        try:
            await transaction.rows(_UPDATE, values)
        except sqlite3.IntegrityError:
            raise Conflict(f"Another contact has the number {draft.e164}.", provider=self._core.name) from None
