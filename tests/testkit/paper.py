"""A plug-in of another package: an upstream on paper, which a test reads, writes, counts, holds up and lets fail."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar, TypeVar

from providers.api.capabilities import Grant, MeetingQuery, MeetingSlice, MessagePage
from providers.api.provider import Core, ProviderSettings
from providers.api.unparsed import Unparsed
from providers.domain.drafts import ConnectionRequest, ContactDraft, MeetingDraft, MessageDraft
from providers.domain.entities import (
    Account,
    Contact,
    Conversation,
    Meeting,
    MeetingKind,
    MeetingService,
    Message,
    MessageDirection,
    MessageStatus,
    PhoneNumber,
)
from providers.domain.errors import Conflict, InvalidInput, NotFound, OutcomeUnknown, ProviderError
from providers.domain.results import Created

NUMBER = "+12025550100"

T = TypeVar("T")


@dataclass
class Paper:
    """The upstream's objects by account key; messages by conversation, newest first.

    `calls` counts the calls, `parsed` those of lists whose response was parsed. A call waits for its gate in `gates`,
    if there is one, then raises its error in `failures`. The responses to `unanswered` calls are lost after the
    upstream has processed them.
    """

    meetings: dict[str, list[Meeting]] = field(default_factory=dict)
    contacts: dict[str, list[Contact]] = field(default_factory=dict)
    conversations: dict[str, list[Conversation]] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    page_size: int = 3
    calls: Counter[str] = field(default_factory=Counter)
    parsed: Counter[str] = field(default_factory=Counter)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    failures: dict[str, ProviderError] = field(default_factory=dict)
    broken_accounts: dict[str, ProviderError] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    status: MessageStatus = MessageStatus.SENT
    running: int = 0
    most_at_once: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def asked(self, call: str, account_key: str | None = None) -> None:
        self.calls[call] += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        async with self.changed:
            self.changed.notify_all()
        try:
            if call in self.gates:
                await self.gates[call].wait()
        finally:
            self.running -= 1
        error = self.failures.get(call) or self.broken_accounts.get(account_key or "")
        if error is not None:
            raise error

    async def until_asked(self, call: str, times: int) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.calls[call] >= times)

    def answered(self, call: str) -> None:
        if call in self.unanswered:
            raise OutcomeUnknown("No answer came.", provider="paper")

    def write(self, conversation: Conversation, text: str, at: datetime, **said: object) -> Message:
        """Store a message at the upstream."""
        messages = self.messages.setdefault(conversation.external_id, [])
        message = Message(
            account_key=conversation.account_key,
            conversation_external_id=conversation.external_id,
            external_id=f"{conversation.external_id}-{len(messages) + 1:06}",
            direction=MessageDirection.INBOUND,
            status=MessageStatus.RECEIVED,
            text=text,
            from_number="+12025550199",
            to_number=NUMBER,
            created_at=at,
        )
        messages.insert(0, replace(message, **said))  # type: ignore[arg-type]
        return messages[0]


@dataclass(frozen=True, slots=True)
class PaperPage(Unparsed[T]):
    """A page of a list, whose bytes are what it looks like."""

    paper: Paper
    call: str
    page: T

    @property
    def digest(self) -> str:
        return sha256(repr(self.page).encode()).hexdigest()

    def parse(self) -> T:
        self.paper.parsed[self.call] += 1
        return self.page


@dataclass(frozen=True, slots=True)
class PaperMeetings(PaperPage[list[Meeting]]):
    """The meetings of a slice, without details. The time of reading is no part of the response."""

    read_at: datetime

    def parse(self) -> list[Meeting]:
        # zero-argument super() fails in a dataclass with slots
        return [replace(each, synced_at=self.read_at, detailed=False) for each in PaperPage.parse(self)]


PAPERS: dict[str, Paper] = {}
"""The upstreams that there are, by the name that a configuration calls them."""


class PaperSettings(ProviderSettings):
    upstream: str
    poll_seconds: float = 10.0
    poll_always: bool = False


class PaperProvider:
    Settings: ClassVar[type[ProviderSettings]] = PaperSettings
    services: ClassVar[tuple[MeetingService, ...]] = (MeetingService.ZOOM,)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    def __init__(self, settings: PaperSettings, core: Core) -> None:
        self.poll_seconds = settings.poll_seconds
        self.poll_always = settings.poll_always
        self._core = core
        self._paper = PAPERS[settings.upstream]

    async def open(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        return []

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: str) -> Grant:
        await self._paper.asked("connect_account")
        self._paper.answered("connect_account")
        return Grant(external_id=request.id_token or f"at-paper-{account.key}", service=MeetingService.ZOOM)

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        await self._paper.asked("disconnect_account", account.key)

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        return query.slices_by_account()

    async def list_meetings(self, meeting_slice: MeetingSlice) -> PaperMeetings:
        await self._paper.asked("list_meetings", meeting_slice.source)
        meetings = [
            each
            for each in self._paper.meetings.get(meeting_slice.source, [])
            if each.start_time < meeting_slice.end and each.end_time > meeting_slice.start
        ]
        return PaperMeetings(self._paper, "list_meetings", meetings, self._core.now())

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._set_up("schedule_meeting", account, draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._set_up("start_meeting", account, draft, MeetingKind.INSTANT)

    async def reschedule_meeting(
        self, meeting: Meeting, start_time: datetime, end_time: datetime, attempt: str
    ) -> Meeting:
        await self._paper.asked("reschedule_meeting")
        moved = replace(self._standing(meeting), start_time=start_time, end_time=end_time)
        self._replace(moved)
        return moved

    async def cancel_meeting(self, meeting: Meeting, attempt: str) -> Meeting:
        await self._paper.asked("cancel_meeting")
        cancelled = replace(self._standing(meeting), cancelled=True)
        self._replace(cancelled)
        return cancelled

    async def list_numbers(self, account: Account) -> PaperPage[list[PhoneNumber]]:
        await self._paper.asked("list_numbers", account.key)
        own = PhoneNumber(account_key=account.key, external_id=NUMBER, number=NUMBER, e164=NUMBER)
        return PaperPage(self._paper, "list_numbers", [own])

    async def list_contacts(self, account: Account) -> AsyncIterator[PaperPage[list[Contact]]]:
        await self._paper.asked("list_contacts", account.key)
        yield PaperPage(self._paper, "list_contacts", list(self._paper.contacts.get(account.key, [])))

    async def create_contact(self, account: Account, draft: ContactDraft, attempt: str) -> Created[Contact]:
        await self._paper.asked("create_contact")
        known = self._paper.contacts.setdefault(account.key, [])
        same = next((each for each in known if each.e164 == draft.e164), None)
        if same is not None:
            return Created(entity=same, created=False)
        contact = Contact(
            account_key=account.key,
            external_id=f"contact-{len(known) + 1}",
            number=draft.number,
            e164=draft.e164,
            synced_at=self._core.now(),
            first_name=draft.first_name,
            last_name=draft.last_name,
        )
        known.append(contact)
        self._paper.answered("create_contact")
        return Created(entity=contact)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft, attempt: str) -> Contact:
        await self._paper.asked("update_contact")
        known = self._paper.contacts[account.key]
        updated = replace(
            contact, number=draft.number, e164=draft.e164, first_name=draft.first_name, last_name=draft.last_name
        )
        known[:] = [updated if each.external_id == contact.external_id else each for each in known]
        return updated

    async def list_conversations(self, account: Account) -> AsyncIterator[PaperPage[list[Conversation]]]:
        await self._paper.asked("list_conversations", account.key)
        yield PaperPage(self._paper, "list_conversations", list(self._paper.conversations.get(account.key, [])))

    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: str
    ) -> Created[Conversation]:
        await self._paper.asked("create_conversation")
        if from_number != NUMBER:
            raise InvalidInput("This is another's number.", provider=self._core.name, path=("input", "fromNumber"))
        known = self._paper.conversations.setdefault(account.key, [])
        conversation = Conversation(
            account_key=account.key,
            external_id=f"conversation-{len(known) + 1}",
            contact_external_id=contact.external_id,
            from_number=from_number,
            synced_at=self._core.now(),
        )
        known.append(conversation)
        return Created(entity=conversation)

    async def list_messages(
        self, account: Account, conversation: Conversation, skip: int = 0
    ) -> AsyncIterator[PaperPage[MessagePage]]:
        """Pages begin at multiples of the page size, as upstreams that number their pages have it."""
        size = self._paper.page_size
        start, is_last = skip // size * size, False
        while not is_last:
            await self._paper.asked("list_messages", account.key)
            messages = self._paper.messages.get(conversation.external_id, [])
            page = tuple(messages[start : start + size])
            is_last = len(page) < size
            yield PaperPage(self._paper, "list_messages", MessagePage(messages=page, is_last=is_last))
            start += size

    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: str
    ) -> Message:
        await self._paper.asked("send_message", account.key)
        message = self._paper.write(
            conversation,
            draft.text,
            self._core.now(),
            direction=MessageDirection.OUTBOUND,
            status=self._paper.status,
            from_number=NUMBER,
            to_number="+12025550199",
        )
        self._paper.answered("send_message")
        return message

    async def _set_up(self, call: str, account: Account, draft: MeetingDraft, kind: MeetingKind) -> Meeting:
        await self._paper.asked(call)
        known = self._paper.meetings.setdefault(account.key, [])
        meeting = Meeting(
            scope=account.key,
            external_id=f"meeting-{len(known) + 1}",
            provider=account.provider,
            user_id=account.user_id,
            service=MeetingService.ZOOM,
            kind=kind,
            start_time=draft.start_time,
            end_time=draft.end_time,
            join_url=f"https://meet.example.com/{len(known) + 1}",
            synced_at=self._core.now(),
            account_key=account.key,
            title=draft.title,
            time_zone=draft.time_zone,
            participants=draft.participants,
        )
        known.append(meeting)
        self._paper.answered(call)
        return meeting

    def _standing(self, meeting: Meeting) -> Meeting:
        known = self._paper.meetings.get(meeting.scope, [])
        found = next((each for each in known if each.external_id == meeting.external_id), None)
        if found is None:
            raise NotFound("There is no such meeting.", provider=self._core.name)
        if found.cancelled:
            raise Conflict("The meeting is cancelled.", provider=self._core.name)
        return found

    def _replace(self, meeting: Meeting) -> None:
        known = self._paper.meetings[meeting.scope]
        self._paper.meetings[meeting.scope] = [
            meeting if each.external_id == meeting.external_id else each for each in known
        ]
