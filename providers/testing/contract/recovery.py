"""Recovery of lost writes: a finder finds the object that a draft created, and no other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from providers.api import (
    MAX_SKEW,
    Contact,
    ContactCreator,
    ContactFinder,
    ConversationFinder,
    InstantMeetings,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingFinder,
    MeetingKind,
    MeetingScheduler,
    MessageDraft,
    MessageFinder,
)
from providers.testing.contract.harness import Harness
from providers.testing.contract.lifecycle import assert_same_methods
from providers.testing.contract.message import converse, send
from providers.testing.core import ATTEMPT

_MINUTE = timedelta(minutes=1)


def _just_now(harness: Harness, *taken: str) -> LostWrite:
    return LostWrite(attempt=ATTEMPT, since=harness.core.now() - _MINUTE, taken=frozenset(taken))


def _too_late(harness: Harness) -> LostWrite:
    """Return a lost write later than every object, however far the upstream's clock is ahead."""
    return LostWrite(attempt=ATTEMPT, since=harness.core.now() + MAX_SKEW + _MINUTE)


async def _set_up(harness: Harness, draft: MeetingDraft, kind: MeetingKind) -> Meeting:
    if kind is MeetingKind.INSTANT:
        return await harness.able(InstantMeetings).start_meeting(harness.account, draft, ATTEMPT)
    return await harness.able(MeetingScheduler).schedule_meeting(harness.account, draft, ATTEMPT)


class RecoveryContract:
    async def test_its_finders_have_the_signatures_of_their_protocols(self, harness: Harness) -> None:
        for protocol in (MeetingFinder, ContactFinder, ConversationFinder, MessageFinder):
            if isinstance(harness.provider, protocol):
                assert_same_methods(protocol, type(harness.provider))

    @pytest.mark.parametrize("kind", list(MeetingKind))
    async def test_a_meeting_is_found_by_its_draft(self, harness: Harness, kind: MeetingKind) -> None:
        finder, draft = harness.able(MeetingFinder), harness.meeting_draft()
        if kind is MeetingKind.INSTANT:
            draft = replace(draft, start_time=harness.core.now(), end_time=harness.core.now() + 30 * _MINUTE)
        made = await _set_up(harness, draft, kind)

        found = await finder.find_meeting(harness.account, draft, kind, _just_now(harness))

        assert found is not None
        assert (found.id, found.title, found.kind, found.account_key) == (made.id, made.title, kind, made.account_key)
        assert (found.start_time, found.end_time) == (made.start_time, made.end_time)
        assert found.participants == made.participants

    async def test_another_meeting_is_not_found(self, harness: Harness) -> None:
        finder, draft = harness.able(MeetingFinder), harness.meeting_draft()
        made = await _set_up(harness, draft, MeetingKind.SCHEDULED)
        now, later = _just_now(harness), _too_late(harness)
        tried = [
            (replace(draft, title="Another"), MeetingKind.SCHEDULED, now),
            (replace(draft, end_time=draft.end_time + _MINUTE), MeetingKind.SCHEDULED, now),
            (replace(draft, start_time=draft.start_time + _MINUTE), MeetingKind.SCHEDULED, now),
            (draft, MeetingKind.INSTANT, now),
            (draft, MeetingKind.SCHEDULED, later),
            (draft, MeetingKind.SCHEDULED, _just_now(harness, made.external_id)),
        ]

        assert [await finder.find_meeting(harness.account, *each) for each in tried] == [None] * len(tried)

    async def test_of_two_equal_meetings_the_one_that_is_not_taken_is_found(self, harness: Harness) -> None:
        finder, draft = harness.able(MeetingFinder), harness.meeting_draft()
        first, second = [await _set_up(harness, draft, MeetingKind.SCHEDULED) for _ in range(2)]

        found = await finder.find_meeting(
            harness.account, draft, MeetingKind.SCHEDULED, _just_now(harness, first.external_id)
        )

        assert found is not None
        assert found.id == second.id

    async def test_a_contact_is_found_by_its_number(self, harness: Harness) -> None:
        finder, draft = harness.able(ContactFinder), await harness.contact_draft()
        assert await finder.find_contact(harness.account, draft, _just_now(harness)) is None
        made = (await harness.able(ContactCreator).create_contact(harness.account, draft, ATTEMPT)).entity

        found = await finder.find_contact(harness.account, replace(draft, first_name="Bert"), _just_now(harness))

        assert found is not None
        assert found.created
        assert replace(found.entity, synced_at=made.synced_at) == made

    async def test_a_conversation_is_found_by_its_contact_and_number(self, harness: Harness) -> None:
        finder, made = harness.able(ConversationFinder), await converse(harness)
        contact = Contact(
            account_key=made.account_key,
            external_id=made.contact_external_id or "",
            number="",
            e164=None,
            synced_at=made.synced_at,
        )
        stranger = replace(contact, external_id=harness.unknown_id)
        lost = _just_now(harness)

        found = await finder.find_conversation(harness.account, contact, made.from_number, lost)

        assert found is not None
        assert replace(found.entity, synced_at=made.synced_at) == made
        assert await finder.find_conversation(harness.account, stranger, made.from_number, lost) is None

    async def test_a_message_is_found_by_its_text(self, harness: Harness) -> None:
        finder, conversation = harness.able(MessageFinder), await converse(harness)
        first, second = [await send(harness, conversation, "Are you there?") for _ in range(2)]
        draft, other = MessageDraft(text="Are you there?"), MessageDraft(text="Are you here?")
        now, later = _just_now(harness), _too_late(harness)

        assert await finder.find_message(harness.account, conversation, draft, now) == first
        but_first = _just_now(harness, first.external_id)
        assert await finder.find_message(harness.account, conversation, draft, but_first) == second
        assert await finder.find_message(harness.account, conversation, draft, later) is None
        assert await finder.find_message(harness.account, conversation, other, now) is None
