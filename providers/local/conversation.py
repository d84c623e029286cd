"""Conversations: one for each contact, since an account has one number."""

from collections.abc import AsyncIterator

from providers.api import Account, Contact, Conversation, Created, InvalidInput
from providers.api.phone import HOME_REGION, e164
from providers.local.database import Row, Transaction
from providers.local.mapping import conversation_from_row
from providers.local.part import Part, new_id

PAGE = 500

CONVERSATIONS = """
    SELECT conversation.position, conversation.id, contact.id AS contact_id, contact.e164, account.account_key,
        account.number
    FROM account
    JOIN conversation ON conversation.account_position = account.position
    JOIN contact ON contact.position = contact_position
    WHERE account.account_key = ? AND connected
"""
_PAGE = f"{CONVERSATIONS} AND conversation.position > ? ORDER BY conversation.position LIMIT {PAGE}"
BY_CONTACT = f"{CONVERSATIONS} AND contact.id = ?"
_CONTACT = "SELECT 1 FROM contact WHERE id = ? AND account_position = ?"
_INSERT = """
    INSERT INTO conversation (id, account_position, contact_position)
    SELECT ?, account_position, position FROM contact WHERE id = ? AND account_position = ?
"""


async def conversation_with_contact(transaction: Transaction, account: Row, contact_id: str) -> tuple[Row, bool]:
    """The account's conversation with a contact of its own, and whether it was made for this."""
    with_contact = (account["account_key"], contact_id)
    known = await transaction.row(BY_CONTACT, with_contact)
    if known is not None:
        return known, False
    await transaction.rows(_INSERT, (new_id(), contact_id, account["position"]))
    [made] = await transaction.rows(BY_CONTACT, with_contact)
    return made, True


class Conversations(Part):
    async def list_conversations(self, account: Account) -> AsyncIterator[list[Conversation]]:
        position = 0
        while rows := await self._account_rows(account, _PAGE, (position,)):
            now = self._core.now()
            yield [conversation_from_row(row, now) for row in rows]
            position = rows[-1]["position"]

    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: str
    ) -> Created[Conversation]:
        """InvalidInput where `from_number` is not the account's own."""
        async with self._database.writing() as transaction:
            owner = await self._account_row(transaction, account.key)
            if e164(from_number, HOME_REGION) != owner["number"]:
                message = f"Messages of this account are sent from {owner['number']}."
                raise InvalidInput(message, provider=self._core.name, path=("input", "fromNumber"))
            if await transaction.row(_CONTACT, (contact.external_id, owner["position"])) is None:
                raise self._not_found("contact")
            row, created = await conversation_with_contact(transaction, owner, contact.external_id)
            return Created(entity=conversation_from_row(row, self._core.now()), created=created)
