"""Contacts: one for each number that an account knows."""

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence

from providers.api import Account, Conflict, Contact, ContactDraft, Created
from providers.local.database import AMONG, Row, Transaction
from providers.local.mapping import contact_from_row
from providers.local.part import Part, new_id

PAGE = 500

_CONTACTS = """
    SELECT contact.position, contact.id, first_name, last_name, contact.number AS contact_number, e164, account_key
    FROM account JOIN contact ON account_position = account.position
    WHERE account_key = ? AND connected
"""
_PAGE = f"{_CONTACTS} AND contact.position > ? ORDER BY contact.position LIMIT {PAGE}"
_BY_IDS = f"{_CONTACTS} AND contact.id {AMONG}"
_BY_ID = f"{_CONTACTS} AND contact.id = ?"
BY_NUMBER = f"{_CONTACTS} AND e164 = ?"
_INSERT = """
    INSERT INTO contact (id, account_position, first_name, last_name, number, e164) VALUES (?, ?, ?, ?, ?, ?)
"""
_UPDATE = "UPDATE contact SET first_name = ?, last_name = ?, number = ?, e164 = ? WHERE position = ?"


async def contact_with_number(transaction: Transaction, account: Row, draft: ContactDraft) -> tuple[Row, bool]:
    """The account's contact with the draft's number, and whether it was made for this; a known one stays as it is."""
    of_number = (account["account_key"], draft.e164)
    known = await transaction.row(BY_NUMBER, of_number)
    if known is not None:
        return known, False
    values = (new_id(), account["position"], draft.first_name, draft.last_name or None, draft.number, draft.e164)
    await transaction.rows(_INSERT, values)
    [made] = await transaction.rows(BY_NUMBER, of_number)
    return made, True


class Contacts(Part):
    async def list_contacts(self, account: Account) -> AsyncIterator[list[Contact]]:
        position = 0
        while rows := await self._account_rows(account, _PAGE, (position,)):
            now = self._core.now()
            yield [contact_from_row(row, now) for row in rows]
            position = rows[-1]["position"]

    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        rows = await self._account_rows(account, _BY_IDS, (json.dumps(list(external_ids)),))
        now = self._core.now()
        found = {row["id"]: contact_from_row(row, now) for row in rows}
        return [found.get(external_id) for external_id in external_ids]

    async def create_contact(self, account: Account, draft: ContactDraft, attempt: str) -> Created[Contact]:
        async with self._database.writing() as transaction:
            owner = await self._account_row(transaction, account.key)
            row, created = await contact_with_number(transaction, owner, draft)
            return Created(entity=contact_from_row(row, self._core.now()), created=created)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft, attempt: str) -> Contact:
        """Conflict where another contact has the number."""
        async with self._database.writing() as transaction:
            await self._account_row(transaction, account.key)
            row = await transaction.row(_BY_ID, (account.key, contact.external_id))
            if row is None:
                raise self._not_found("contact")
            await self._change(transaction, row["position"], draft)
            [changed] = await transaction.rows(_BY_ID, (account.key, contact.external_id))
            return contact_from_row(changed, self._core.now())

    async def _change(self, transaction: Transaction, position: int, draft: ContactDraft) -> None:
        values = (draft.first_name, draft.last_name or None, draft.number, draft.e164, position)
        try:
            await transaction.rows(_UPDATE, values)
        except sqlite3.IntegrityError:
            raise Conflict(f"Another contact has the number {draft.e164}.", provider=self._core.name) from None
