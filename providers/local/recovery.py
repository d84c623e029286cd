"""Recovery of lost writes: a write is in the file, or it was not committed."""

import json

from providers.api import (
    Account,
    Contact,
    ContactDraft,
    Conversation,
    Core,
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
from providers.local.accounts import Accounts
from providers.local.contacts import BY_NUMBER
from providers.local.conversations import BY_CONTACT
from providers.local.database import Row
from providers.local.mapping import contact_from_row, conversation_from_row, message_from_row, microseconds
from providers.local.meetings import MEETINGS, Meetings
from providers.local.messages import MESSAGES

_SIMILAR_MEETINGS = f"""
    {MEETINGS} WHERE account_key = ? AND connected AND kind = ? AND title = ? AND end_time - start_time = ?
        AND created_at >= ? AND (kind = '{MeetingKind.INSTANT.value}' OR start_time = ?)
    ORDER BY meeting.position
"""
_SIMILAR_MESSAGES = f"""
    {MESSAGES} AND direction = '{MessageDirection.OUTBOUND.value}' AND text = ? AND media_urls = ? AND created_at >= ?
    ORDER BY message.position
"""


class Recovery:
    """Find what a lost write created, by its likeness to the draft."""

    def __init__(self, accounts: Accounts, meetings: Meetings, core: Core) -> None:
        self._accounts = accounts
        self._meetings = meetings
        self._core = core

    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, lost: LostWrite
    ) -> Meeting | None:
        start, end = microseconds(draft.start_time), microseconds(draft.end_time)
        values = (kind.value, draft.title, end - start, _since(lost), start)
        row = _first(await self._accounts.rows(account, _SIMILAR_MEETINGS, values), lost)
        return None if row is None else self._meetings.from_rows([row])[0]

    async def find_contact(self, account: Account, draft: ContactDraft, lost: LostWrite) -> Created[Contact] | None:
        row = _first(await self._accounts.rows(account, BY_NUMBER, (draft.e164,)), lost)
        return None if row is None else Created(entity=contact_from_row(row, self._core.now()))

    async def find_conversation(
        self, account: Account, contact: Contact, lost: LostWrite
    ) -> Created[Conversation] | None:
        row = _first(await self._accounts.rows(account, BY_CONTACT, (contact.external_id,)), lost)
        return None if row is None else Created(entity=conversation_from_row(row, self._core.now()))

    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, lost: LostWrite
    ) -> Message | None:
        values = (conversation.external_id, draft.text, json.dumps(draft.media_urls), _since(lost))
        row = _first(await self._accounts.rows(account, _SIMILAR_MESSAGES, values), lost)
        return None if row is None else message_from_row(row)


def _since(lost: LostWrite) -> int:
    """Return the earliest time of the lost write. The machine's clock may have been set back after it."""
    return microseconds(HostClock().earliest(lost.since))


def _first(rows: list[Row], lost: LostWrite) -> Row | None:
    return next((row for row in rows if row["id"] not in lost.taken), None)
