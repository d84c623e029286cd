"""Meetings: scheduled, started, read, rescheduled, cancelled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from providers.api import (
    Capability,
    Conflict,
    InstantMeetings,
    Meeting,
    MeetingCanceller,
    MeetingDetails,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingReader,
    MeetingRescheduler,
    MeetingScheduler,
    NotSupported,
    parsed,
)
from providers.testing.contract.harness import Harness
from providers.testing.contract.model import assert_sound
from providers.testing.core import ATTEMPT
from providers.testing.details import details


async def schedule(harness: Harness) -> Meeting:
    scheduler = harness.able(MeetingScheduler)
    return await scheduler.schedule_meeting(harness.account, harness.meeting_draft(), ATTEMPT)


async def listed(harness: Harness, around: Meeting | MeetingDraft) -> list[Meeting]:
    """Return the account's meetings around that time, read by a new provider."""
    provider = harness.make()
    await provider.open()
    reader = harness.able(MeetingReader, provider)
    day = timedelta(days=1)
    query = MeetingQuery(
        accounts=(harness.account,),
        user_ids=(harness.account.user_id,),
        start=around.start_time - day,
        end=around.end_time + day,
    )
    found = [found for each in reader.meeting_slices(query) for found in parsed(await reader.list_meetings(each))]
    await provider.aclose()
    return list({found.external_id: found for found in found}.values())


class MeetingContract:
    async def test_a_scheduled_meeting_equals_its_draft(self, harness: Harness) -> None:
        draft = harness.meeting_draft()
        meeting = await harness.able(MeetingScheduler).schedule_meeting(harness.account, draft, ATTEMPT)
        assert_sound(harness, meeting)
        assert (meeting.title, meeting.kind) == (draft.title, MeetingKind.SCHEDULED)
        assert (meeting.start_time, meeting.end_time) == (draft.start_time, draft.end_time)
        assert [person.email for person in meeting.participants] == ["ada@example.com"]
        assert meeting.join_url.startswith("http")

    async def test_a_scheduled_meeting_is_listed_under_the_same_id(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        [found] = [other for other in await listed(harness, meeting) if other.external_id == meeting.external_id]
        assert_sound(harness, found)
        assert (found.id, found.start_time) == (meeting.id, meeting.start_time)
        assert found.title == meeting.title or not found.detailed

    async def test_a_meeting_is_listed_until_its_end(self, harness: Harness) -> None:
        asked = harness.meeting_draft()
        draft = replace(asked, end_time=asked.start_time + timedelta(hours=24))
        meeting = await harness.able(MeetingScheduler).schedule_meeting(harness.account, draft, ATTEMPT)
        last = MeetingQuery(
            accounts=(harness.account,),
            user_ids=(harness.account.user_id,),
            start=draft.end_time - timedelta(minutes=1),
            end=draft.end_time,
        )
        reader = harness.able(MeetingReader)
        found = [found for each in reader.meeting_slices(last) for found in parsed(await reader.list_meetings(each))]
        assert meeting.external_id in [each.external_id for each in found]

    async def test_a_started_meeting_begins_now(self, harness: Harness) -> None:
        now = harness.core.now()
        draft = harness.meeting_draft(start_time=now, end_time=now + timedelta(minutes=30))
        meeting = await harness.able(InstantMeetings).start_meeting(harness.account, draft, ATTEMPT)
        assert_sound(harness, meeting)
        assert meeting.kind is MeetingKind.INSTANT
        assert abs(meeting.start_time - now) < timedelta(minutes=2)

    async def test_slices_cover_the_query_in_order_of_time(self, harness: Harness) -> None:
        now = harness.core.now()
        query = MeetingQuery(accounts=(harness.account,), user_ids=None, start=now, end=now + timedelta(days=3))
        slices = harness.able(MeetingReader).meeting_slices(query)
        assert min(each.start for each in slices) <= query.start
        assert max(each.end for each in slices) >= query.end
        assert [each.start for each in slices] == sorted(each.start for each in slices)

    async def test_details_come_in_order_with_none_for_an_unknown_meeting(self, harness: Harness) -> None:
        first, second = await schedule(harness), await schedule(harness)
        unknown = replace(first, external_id=harness.unknown_id)
        found = await details(harness.able(MeetingDetails), [second, unknown, first, second])
        assert [meeting and meeting.id for meeting in found] == [second.id, None, first.id, second.id]
        for meeting in filter(None, found):
            assert_sound(harness, meeting)

    async def test_no_meetings_have_no_details(self, harness: Harness) -> None:
        assert not await harness.able(MeetingDetails).get_meetings([])

    async def test_a_rescheduled_meeting_has_the_same_id(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        start, end = meeting.start_time + timedelta(hours=2), meeting.end_time + timedelta(hours=3)
        moved = await harness.able(MeetingRescheduler).reschedule_meeting(meeting, start, end, ATTEMPT)
        assert_sound(harness, moved)
        assert (moved.id, moved.start_time, moved.end_time) == (meeting.id, start, end)
        assert [(found.id, found.start_time) for found in await listed(harness, moved)] == [(meeting.id, start)]

    async def test_a_meeting_is_cancelled_once(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        canceller = harness.able(MeetingCanceller)
        cancelled = await canceller.cancel_meeting(meeting, ATTEMPT)
        assert (cancelled.id, cancelled.cancelled) == (meeting.id, True)
        standing = [found.id for found in await listed(harness, meeting) if not found.cancelled]
        assert meeting.id not in standing
        with pytest.raises(Conflict):
            await canceller.cancel_meeting(meeting, ATTEMPT)

    async def test_a_password_makes_a_meeting_private_or_is_rejected(self, harness: Harness) -> None:
        scheduler = harness.able(MeetingScheduler)
        draft = harness.meeting_draft(password="made-up-password")
        if Capability.PRIVATE_MEETING in harness.capabilities:
            meeting = await scheduler.schedule_meeting(harness.account, draft, ATTEMPT)
            assert meeting.is_private
            assert "made-up-password" not in repr(meeting)
        else:
            with pytest.raises(NotSupported):
                await scheduler.schedule_meeting(harness.account, draft, ATTEMPT)
