"""Messages: what one account sends arrives at the other in the same transaction."""

import json
from collections.abc import AsyncIterator

import structlog

from providers.api import (
    Account,
    ContactDraft,
    Conversation,
    Entity,
    Message,
    MessageDirection,
    MessageDraft,
    MessagePage,
    MessageStatus,
    Rejected,
)
from providers.local.contact import contact_with_number
from providers.local.conversation import CONVERSATIONS, conversation_with_contact
from providers.local.database import Row, Transaction
from providers.local.mapping import contact_from_row, conversation_from_row, message_from_row, microseconds
from providers.local.part import Part, new_id

PAGE = 100

_log = structlog.get_logger(__name__)

MESSAGES = """
    SELECT message.*, conversation.id AS conversation_id, account_key
    FROM account
    JOIN conversation ON conversation.account_position = account.position
    JOIN message ON conversation_position = conversation.position
    WHERE account_key = ? AND connected AND conversation.id = ?
"""
_PAGE = f"{MESSAGES} AND created_at < ? ORDER BY created_at DESC LIMIT {PAGE + 1} OFFSET ?"
_CONVERSATION = f"{CONVERSATIONS} AND conversation.id = ?"
_RECIPIENT = "SELECT * FROM account WHERE number = ? AND connected"
_INSERT = """
    INSERT INTO message (id, conversation_position, direction, status, text, from_number, to_number, media_urls,
        created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, max(?, 1 + (
        SELECT coalesce(max(created_at), 0) FROM message WHERE conversation_position = ?
    )))
    RETURNING *, ? AS conversation_id, ? AS account_key
"""
_NEWEST = 2**63 - 1


class Messages(Part):
    max_media = 10
    poll_seconds = 10.0
    poll_always = False

    async def list_messages(
        self, account: Account, conversation: Conversation, skip: int = 0
    ) -> AsyncIterator[MessagePage]:
        before, is_last = _NEWEST, False
        while not is_last:
            rows = await self._account_rows(account, _PAGE, (conversation.external_id, before, skip))
            is_last = len(rows) <= PAGE
            page = rows[:PAGE]
            yield MessagePage(messages=tuple(message_from_row(row) for row in page), is_last=is_last)
            before, skip = (page[-1]["created_at"] if page else 0), 0

    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: str
    ) -> Message:
        """Rejected where the contact's number is nobody's: then nothing is kept."""
        async with self._database.writing() as transaction:
            row = await transaction.row(_CONVERSATION, (account.key, conversation.external_id))
            if row is None:
                await self._account_row(transaction, account.key)
                raise self._not_found("conversation")
            recipient = await self._recipient(transaction, row["e164"])
            sent = await self._keep(transaction, row, draft, MessageDirection.OUTBOUND)
            arrived = await self._deliver(transaction, recipient, row["number"], draft)
        await self._tell(arrived)
        return sent

    async def _recipient(self, transaction: Transaction, number: str) -> Row:
        row = await transaction.row(_RECIPIENT, (number,))
        if row is None:
            raise Rejected(
                f"{number} is nobody's number: only accounts that are connected here can be texted.",
                provider=self._core.name,
            )
        return row

    async def _deliver(
        self, transaction: Transaction, recipient: Row, sender: str, draft: MessageDraft
    ) -> tuple[Entity, ...]:
        """Puts the message where the recipient finds it, with the contact and the conversation that it needs there."""
        now = self._core.now()
        stranger = ContactDraft(first_name=sender, last_name="", number=sender, e164=sender)
        contact, _ = await contact_with_number(transaction, recipient, stranger)
        conversation, _ = await conversation_with_contact(transaction, recipient, contact["id"])
        message = await self._keep(transaction, conversation, draft, MessageDirection.INBOUND)
        return contact_from_row(contact, now), conversation_from_row(conversation, now), message

    async def _keep(
        self, transaction: Transaction, conversation: Row, draft: MessageDraft, direction: MessageDirection
    ) -> Message:
        """Later than all that the conversation has, by a microsecond at least: the order is total."""
        ours, theirs, position = conversation["number"], conversation["e164"], conversation["position"]
        is_outbound = direction is MessageDirection.OUTBOUND
        values = (
            new_id(),
            position,
            direction.value,
            (MessageStatus.DELIVERED if is_outbound else MessageStatus.RECEIVED).value,
            draft.text,
            ours if is_outbound else theirs,
            theirs if is_outbound else ours,
            json.dumps(draft.media_urls),
            microseconds(self._core.now()),
            position,
            conversation["id"],
            conversation["account_key"],
        )
        [row] = await transaction.rows(_INSERT, values)
        return message_from_row(row)

    async def _tell(self, arrived: tuple[Entity, ...]) -> None:
        """The message is kept by now: whoever can't be told will find it there."""
        try:
            await self._core.publish(arrived)
        except Exception:
            _log.exception("local_publish_failed", provider=self._core.name)
