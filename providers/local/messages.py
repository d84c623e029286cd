"""Messages: one transaction stores a message for its sender and for its recipient."""

import asyncio
import json
from collections.abc import AsyncIterator

import structlog

from providers.api import (
    Account,
    ContactDraft,
    Conversation,
    Core,
    Entity,
    Message,
    MessageDirection,
    MessageDraft,
    MessagePage,
    MessageStatus,
    Rejected,
)
from providers.local.accounts import Accounts, new_id
from providers.local.contacts import get_or_create_contact
from providers.local.conversations import CONVERSATIONS, get_or_create_conversation
from providers.local.database import Database, Row, Transaction
from providers.local.errors import not_found
from providers.local.mapping import contact_from_row, conversation_from_row, message_from_row, microseconds

PAGE_SIZE = 100

_log = structlog.get_logger(__name__)

MESSAGES = """
    SELECT message.*, conversation.id AS conversation_id, account_key
    FROM account
    JOIN conversation ON conversation.account_position = account.position
    JOIN message ON conversation_position = conversation.position
    WHERE account_key = ? AND connected AND conversation.id = ?
"""
_PAGE = f"{MESSAGES} AND created_at < ? ORDER BY created_at DESC LIMIT {PAGE_SIZE + 1} OFFSET ?"
_CONVERSATION = f"{CONVERSATIONS} AND conversation.id = ?"
_RECIPIENT = "SELECT * FROM account WHERE number = ? AND connected"
# At least a microsecond later than every message of the conversation, so that `created_at` is a total order.
_INSERT = """
    INSERT INTO message (id, conversation_position, direction, status, text, from_number, to_number, media_urls,
        created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, max(?, 1 + (
        SELECT coalesce(max(created_at), 0) FROM message WHERE conversation_position = ?
    )))
    RETURNING *, ? AS conversation_id, ? AS account_key
"""
_AFTER_ALL = 2**63 - 1
"""A `created_at` later than any message's: the largest integer of SQLite."""


class Messages:
    """Read and send the messages of a conversation."""

    def __init__(self, database: Database, accounts: Accounts, core: Core) -> None:
        self._database = database
        self._accounts = accounts
        self._core = core
        self._publishing: set[asyncio.Future[None]] = set()

    async def aclose(self) -> None:
        """Wait until everything that was published is stored, or has failed."""
        if self._publishing:
            await asyncio.wait(self._publishing)

    async def list_messages(
        self, account: Account, conversation: Conversation, skip: int
    ) -> AsyncIterator[MessagePage]:
        before, is_last = _AFTER_ALL, False
        while not is_last:
            rows = await self._accounts.rows(account, _PAGE, (conversation.external_id, before, skip))
            # One row more than a page was read: it shows whether another page follows.
            is_last = len(rows) <= PAGE_SIZE
            page = rows[:PAGE_SIZE]
            yield MessagePage(messages=tuple(message_from_row(row) for row in page), is_last=is_last)
            before, skip = (page[-1]["created_at"] if page else 0), 0

    async def send_message(self, account: Account, conversation: Conversation, draft: MessageDraft) -> Message:
        """Raise Rejected, and store nothing, if no connected account has the contact's number."""
        async with self._database.writing() as transaction:
            row = await transaction.row(_CONVERSATION, (account.key, conversation.external_id))
            if row is None:
                await self._accounts.row(transaction, account.key)
                raise not_found("conversation", self._core.name)
            recipient = await self._recipient(transaction, row["e164"])
            sent = await self._insert(transaction, row, draft, MessageDirection.OUTBOUND)
            received = await self._deliver(transaction, recipient, row["number"], draft)
        self._publish(received)
        return sent

    async def _recipient(self, transaction: Transaction, number: str) -> Row:
        row = await transaction.row(_RECIPIENT, (number,))
        if row is None:
            raise Rejected(
                f"{number} can't receive messages: it is not the number of an account connected here.",
                provider=self._core.name,
            )
        return row

    async def _deliver(
        self, transaction: Transaction, recipient: Row, sender: str, draft: MessageDraft
    ) -> tuple[Entity, ...]:
        """Store the message for the recipient, with the contact and the conversation if they don't exist yet."""
        now = self._core.now()
        sender_draft = ContactDraft(first_name=sender, last_name="", number=sender, e164=sender)
        contact, _ = await get_or_create_contact(transaction, recipient, sender_draft)
        conversation, _ = await get_or_create_conversation(transaction, recipient, contact["id"])
        message = await self._insert(transaction, conversation, draft, MessageDirection.INBOUND)
        return contact_from_row(contact, now), conversation_from_row(conversation, now), message

    async def _insert(
        self, transaction: Transaction, conversation: Row, draft: MessageDraft, direction: MessageDirection
    ) -> Message:
        own_number, contact_number = conversation["number"], conversation["e164"]
        is_outbound = direction is MessageDirection.OUTBOUND
        values = (
            new_id(),
            conversation["position"],
            direction.value,
            (MessageStatus.DELIVERED if is_outbound else MessageStatus.RECEIVED).value,
            draft.text,
            own_number if is_outbound else contact_number,
            contact_number if is_outbound else own_number,
            json.dumps(draft.media_urls),
            microseconds(self._core.now()),
            conversation["position"],
            conversation["id"],
            conversation["account_key"],
        )
        [row] = await transaction.rows(_INSERT, values)
        return message_from_row(row)

    def _publish(self, received: tuple[Entity, ...]) -> None:
        """Publish what the recipient received, without waiting: it is stored before, or with, what the sender gets.

        A failure is logged only: the next poll finds the stored message.
        """
        publishing = asyncio.ensure_future(self._core.publish(received))
        self._publishing.add(publishing)
        publishing.add_done_callback(self._published)

    def _published(self, publishing: asyncio.Future[None]) -> None:
        self._publishing.discard(publishing)
        error = None if publishing.cancelled() else publishing.exception()
        if error is not None:
            _log.error("message_publish_failed", provider=self._core.name, exc_info=error)
