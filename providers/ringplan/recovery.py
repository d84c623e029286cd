"""Recovery of lost writes: search the lists (R5, R9, R11, R15, R16) for the object that a lost write was to create.

The lists don't show when contacts, conversations and events were created. Their ids do: as MongoDB's, they begin with
the second of their creation. An id of another form counts as new. All these times are of RingPlan's clock.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from providers.api import (
    Account,
    Contact,
    ContactDraft,
    Conversation,
    Core,
    Created,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingKind,
    Message,
    MessageDirection,
    MessageDraft,
    parsed,
    phone,
)
from providers.ringplan import wire
from providers.ringplan.client import Client
from providers.ringplan.mapping import HISTORY, REGION, SCHEDULED, ReadContext, created_meeting_from_wire
from providers.ringplan.meetings import START_MARGIN, Meetings
from providers.ringplan.texting import Texting

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_DAY = timedelta(days=1)


class Recovery:
    """Search for the object that a lost write created, by comparing lists with the draft."""

    def __init__(self, client: Client, meetings: Meetings, texting: Texting, core: Core) -> None:
        self._client = client
        self._meetings = meetings
        self._texting = texting
        self._core = core

    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, lost: LostWrite
    ) -> Meeting | None:
        """Search by title, start and end. RingPlan lists a scheduled meeting as history after its start."""
        is_instant, now = kind is MeetingKind.INSTANT, self._core.now()
        since = self._since(lost)
        first = min(since, lost.since) if is_instant else draft.start_time
        last = max(draft.end_time, now)
        for event_type in [HISTORY] if is_instant else [SCHEDULED, HISTORY]:
            events = await self._meetings.events(account, event_type, first - _DAY, last + _DAY)
            for event in _new_events(events, lost.taken, since):
                if _has_title(event, draft) and _is_at_time(event, draft, kind, first):
                    return created_meeting_from_wire(event, ReadContext(account, now), draft, kind)
        return None

    async def find_contact(self, account: Account, draft: ContactDraft, lost: LostWrite) -> Created[Contact] | None:
        """Search by number alone: a company has one contact per number."""
        since = self._since(lost)
        async for page in self._texting.list_contacts(account):
            for contact in page.parse():
                if contact.e164 == draft.e164:
                    return Created(entity=contact, created=_is_new(contact.external_id, since))
        return None

    async def find_conversation(
        self, account: Account, contact: Contact, from_number: str, lost: LostWrite
    ) -> Created[Conversation] | None:
        number, since = phone.e164(from_number, REGION), self._since(lost)
        async for page in self._texting.list_conversations(account):
            for each in page.parse():
                if (each.contact_external_id, phone.e164(each.from_number, REGION)) == (contact.external_id, number):
                    return Created(entity=each, created=_is_new(each.external_id, since))
        return None

    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, lost: LostWrite
    ) -> Message | None:
        """Search by text and media, back to the first message that is older than the write."""
        found, since = None, self._since(lost)
        async for page in self._texting.list_messages(account, conversation, skip=0):
            for message in parsed(page).messages:
                if message.created_at < since:
                    return found
                if message.external_id not in lost.taken and _is_like_draft(message, draft):
                    found = message
        return found

    def _since(self, lost: LostWrite) -> datetime:
        """Return the earliest time of the lost write by RingPlan's clock."""
        return self._client.clock.earliest(lost.since)


def _new_events(events: Iterable[wire.Meeting], taken: frozenset[str], since: datetime) -> list[wire.Meeting]:
    """Return the events that the lost write may have created, oldest first."""
    new = (event for event in events if event.id not in taken and _is_new(event.id, since))
    return sorted(new, key=lambda event: event.id)


def _is_new(external_id: str, since: datetime) -> bool:
    if not _OBJECT_ID.fullmatch(external_id):
        return True
    return datetime.fromtimestamp(int(external_id[:8], 16), UTC) >= since.replace(microsecond=0)


def _has_title(event: wire.Meeting, draft: MeetingDraft) -> bool:
    return _words(event.event.title_meet) in {_words(draft.title), ""}


def _is_at_time(event: wire.Meeting, draft: MeetingDraft, kind: MeetingKind, first: datetime) -> bool:
    """Compare in whole seconds. An instant meeting has no length, and its start was sent a little in the past."""
    start, end = (moment.replace(microsecond=0) for moment in (event.event.date_start, event.event.date_end))
    if kind is MeetingKind.INSTANT:
        return first - START_MARGIN <= start == end
    return (start, end) == (draft.start_time.replace(microsecond=0), draft.end_time.replace(microsecond=0))


def _is_like_draft(message: Message, draft: MessageDraft) -> bool:
    media = {medium.url for medium in message.media if medium.url}
    return (
        message.direction is MessageDirection.OUTBOUND
        and _words(message.text) == _words(draft.text)
        and media == set(draft.media_urls)
    )


def _words(text: str | None) -> str:
    """Return the text with single spaces: RingPlan may change white space."""
    return " ".join((text or "").split())
