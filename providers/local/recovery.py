"""What became of a write whose end was never noted: it is in the file, or it was not done."""

import json

from providers.api import (
    Account,
    Contact,
    ContactDraft,
    Conversation,
    Created,
    HostClock,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingKind,
    Message,
    MessageDirection,
    MessageDraft,
)
from providers.local.contact import BY_NUMBER, Contacts
from providers.local.conversation import BY_CONTACT, Conversations
from providers.local.database import Row
from providers.local.mapping import contact_from_row, conversation_from_row, message_from_row, microseconds
from providers.local.meeting import MEETINGS, Meetings
from providers.local.message import MESSAGES, Messages

_MEETINGS_LIKE = f"""
    {MEETINGS} WHERE account_key = ? AND connected AND kind = ? AND title = ? AND end_time - start_time = ?
        AND created_at >= ? AND (kind = '{MeetingKind.INSTANT.value}' OR start_time = ?)
    ORDER BY meeting.position
"""
_MESSAGES_LIKE = f"""
    {MESSAGES} AND direction = '{MessageDirection.OUTBOUND.value}' AND text = ? AND media_urls = ? AND created_at >= ?
    ORDER BY message.position
"""


class Lookup(Meetings, Contacts, Conversations, Messages):
    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, trace: LostWrite
    ) -> Meeting | None:
        start, end = microseconds(draft.start_time), microseconds(draft.end_time)
        like = (kind.value, draft.title, end - start, _since(trace), start)
        row = _first(await self._account_rows(account, _MEETINGS_LIKE, like), trace)
        return None if row is None else self._models([row])[0]

    async def find_contact(self, account: Account, draft: ContactDraft, trace: LostWrite) -> Created[Contact] | None:
        row = _first(await self._account_rows(account, BY_NUMBER, (draft.e164,)), trace)
        return None if row is None else Created(entity=contact_from_row(row, self._core.now()))

    async def find_conversation(
        self,
        account: Account,
        contact: Contact,
        from_number: str,
        trace: LostWrite,
    ) -> Created[Conversation] | None:
        row = _first(await self._account_rows(account, BY_CONTACT, (contact.external_id,)), trace)
        return None if row is None else Created(entity=conversation_from_row(row, self._core.now()))

    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, trace: LostWrite
    ) -> Message | None:
        like = (conversation.external_id, draft.text, json.dumps(draft.media_urls), _since(trace))
        row = _first(await self._account_rows(account, _MESSAGES_LIKE, like), trace)
        return None if row is None else message_from_row(row)


def _since(trace: LostWrite) -> int:
    """The machine's clock may have been set back since."""
    return microseconds(HostClock().earliest(trace.since))


def _first(rows: list[Row], trace: LostWrite) -> Row | None:
    return next((row for row in rows if row["id"] not in trace.taken), None)
