"""Conversations: one per contact, because an account has one number."""

from collections.abc import AsyncIterator

from providers.api import Account, Contact, Conversation, Core, Created
from providers.api.phone import HOME_REGION, e164
from providers.local.accounts import Accounts, new_id
from providers.local.database import Database, Row, Transaction
from providers.local.errors import invalid, not_found
from providers.local.mapping import conversation_from_row

PAGE_SIZE = 500

CONVERSATIONS = """
    SELECT conversation.position, conversation.id, contact.id AS contact_id, contact.e164, account.account_key,
        account.number
    FROM account
    JOIN conversation ON conversation.account_position = account.position
    JOIN contact ON contact.position = contact_position
    WHERE account.account_key = ? AND connected
"""
_PAGE = f"{CONVERSATIONS} AND conversation.position > ? ORDER BY conversation.position LIMIT {PAGE_SIZE}"
BY_CONTACT = f"{CONVERSATIONS} AND contact.id = ?"
_CONTACT = "SELECT 1 FROM contact WHERE id = ? AND account_position = ?"
_INSERT = """
    INSERT INTO conversation (id, account_position, contact_position)
    SELECT ?, account_position, position FROM contact WHERE id = ? AND account_position = ?
"""


async def get_or_create_conversation(transaction: Transaction, account: Row, contact_id: str) -> tuple[Row, bool]:
    """Return the account's conversation with one of its contacts, and whether it is new."""
    key = (account["account_key"], contact_id)
    existing = await transaction.row(BY_CONTACT, key)
    if existing is not None:
        return existing, False
    await transaction.rows(_INSERT, (new_id(), contact_id, account["position"]))
    [created] = await transaction.rows(BY_CONTACT, key)
    return created, True


class Conversations:
    """Read and create the conversations of an account."""

    def __init__(self, database: Database, accounts: Accounts, core: Core) -> None:
        self._database = database
        self._accounts = accounts
        self._core = core

    async def list_conversations(self, account: Account) -> AsyncIterator[list[Conversation]]:
        position = 0
        while rows := await self._accounts.rows(account, _PAGE, (position,)):
            now = self._core.now()
            yield [conversation_from_row(row, now) for row in rows]
            position = rows[-1]["position"]

    async def create_conversation(self, account: Account, contact: Contact, from_number: str) -> Created[Conversation]:
        """Raise InvalidInput if `from_number` is not the account's number."""
        async with self._database.writing() as transaction:
            owner = await self._accounts.row(transaction, account.key)
            if e164(from_number, HOME_REGION) != owner["number"]:
                message = f"This account sends messages from {owner['number']} only."
                raise invalid(message, "fromNumber", self._core.name)
            if await transaction.row(_CONTACT, (contact.external_id, owner["position"])) is None:
                raise not_found("contact", self._core.name)
            row, created = await get_or_create_conversation(transaction, owner, contact.external_id)
            return Created(entity=conversation_from_row(row, self._core.now()), created=created)
