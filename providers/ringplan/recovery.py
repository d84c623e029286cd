"""What became of a write whose answer got lost: the lists (R5, R9, R11, R15, R16) are searched for what it was to make.

They don't tell when contacts, conversations and events were made. Their ids do: like MongoDB's they begin with the
second. One that is no such id counts as new. Both follow RingPlan's clock.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from providers.api import (
    Account,
    Contact,
    ContactDraft,
    Conversation,
    Created,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingKind,
    Message,
    MessageDirection,
    MessageDraft,
    phone,
)
from providers.ringplan import wire
from providers.ringplan.calendar import START_MARGIN, Calendar
from providers.ringplan.mapping import HISTORY, REGION, SCHEDULED, created_meeting_from_wire, instant_to_wire
from providers.ringplan.texting import Texting

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_DAY = timedelta(days=1)


class Lookup(Texting, Calendar):
    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, trace: LostWrite
    ) -> Meeting | None:
        """By title, start and end; a scheduled one is history once it has begun."""
        instant = kind is MeetingKind.INSTANT
        since = self._clock.earliest(trace.since)
        first = min(since, trace.since) if instant else draft.start_time
        window = (instant_to_wire(first - _DAY), instant_to_wire(max(draft.end_time, self._core.now()) + _DAY))
        for event_type in [HISTORY] if instant else [SCHEDULED, HISTORY]:
            events = await self._events(account, event_type, *window)
            for event in _oldest(events, trace.taken, since):
                if _has_title(event, draft) and _is_at_time(event, draft, kind, first):
                    return created_meeting_from_wire(event, self._reading(account), draft, kind)
        return None

    async def find_contact(self, account: Account, draft: ContactDraft, trace: LostWrite) -> Created[Contact] | None:
        """A number has one contact, whatever it is called."""
        since = self._clock.earliest(trace.since)
        async for page in self.list_contacts(account):
            for contact in page:
                if contact.e164 == draft.e164:
                    return Created(entity=contact, created=_is_new(contact.external_id, since))
        return None

    async def find_conversation(
        self, account: Account, contact: Contact, from_number: str, trace: LostWrite
    ) -> Created[Conversation] | None:
        number, since = phone.e164(from_number, REGION), self._clock.earliest(trace.since)
        async for page in self.list_conversations(account):
            for one in page:
                if (one.contact_external_id, phone.e164(one.from_number, REGION)) == (contact.external_id, number):
                    return Created(entity=one, created=_is_new(one.external_id, since))
        return None

    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, trace: LostWrite
    ) -> Message | None:
        """By text and media; as far back as the conversation has messages that are new enough."""
        found, since = None, self._clock.earliest(trace.since)
        async for page in self.list_messages(account, conversation):
            for message in page.messages:
                if message.created_at < since:
                    return found
                if message.external_id not in trace.taken and _says(message, draft):
                    found = message
        return found


def _oldest(events: Iterable[wire.Meeting], taken: frozenset[str], since: datetime) -> list[wire.Meeting]:
    new = (event for event in events if event.id not in taken and _is_new(event.id, since))
    return sorted(new, key=lambda event: event.id)


def _is_new(external_id: str, since: datetime) -> bool:
    if not _OBJECT_ID.fullmatch(external_id):
        return True
    return datetime.fromtimestamp(int(external_id[:8], 16), UTC) >= since.replace(microsecond=0)


def _has_title(event: wire.Meeting, draft: MeetingDraft) -> bool:
    return _words(event.event.title_meet) in {_words(draft.title), ""}


def _is_at_time(event: wire.Meeting, draft: MeetingDraft, kind: MeetingKind, first: datetime) -> bool:
    """In whole seconds. An instant meeting takes no time, and its start is sent as a little earlier than it is."""
    start, end = (moment.replace(microsecond=0) for moment in (event.event.date_start, event.event.date_end))
    if kind is MeetingKind.INSTANT:
        return first - START_MARGIN <= start.replace(microsecond=0) == end
    return (start, end) == (draft.start_time.replace(microsecond=0), draft.end_time.replace(microsecond=0))


def _says(message: Message, draft: MessageDraft) -> bool:
    media = {medium.url for medium in message.media if medium.url}
    return (
        message.direction is MessageDirection.OUTBOUND
        and _words(message.text) == _words(draft.text)
        and media == set(draft.media_urls)
    )


def _words(text: str | None) -> str:
    """Whatever became of the blanks."""
    return " ".join((text or "").split())
