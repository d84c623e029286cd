"""Digests of unparsed pages: the same as long as nothing has changed, and others after a change."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from providers.api import (
    Completion,
    Contact,
    ContactDirectory,
    Conversation,
    ConversationDirectory,
    Meeting,
    MeetingDetails,
    MeetingQuery,
    MeetingReader,
    MeetingRescheduler,
    MessagePage,
    MessageReader,
    NumberDirectory,
    PhoneNumber,
    Unparsed,
)
from providers.testing.contract.contact import create
from providers.testing.contract.harness import Harness
from providers.testing.contract.meeting import schedule
from providers.testing.contract.message import converse, send
from providers.testing.core import ATTEMPT

T = TypeVar("T")


def unparsed(pages: Iterable[T | Unparsed[T]]) -> list[Unparsed[T]]:
    """Return the unparsed pages; skip the test if there are none."""
    found = [page for page in pages if isinstance(page, Unparsed)]
    if not found:
        pytest.skip("the plug-in parses its pages itself")
    return found


def digests(pages: Sequence[Unparsed[T]]) -> list[str]:
    return [page.digest for page in pages]


async def numbers(harness: Harness) -> list[Unparsed[list[PhoneNumber]]]:
    return unparsed([await harness.able(NumberDirectory).list_numbers(harness.account)])


async def contacts(harness: Harness) -> list[Unparsed[list[Contact]]]:
    return unparsed([page async for page in harness.able(ContactDirectory).list_contacts(harness.account)])


async def conversations(harness: Harness) -> list[Unparsed[list[Conversation]]]:
    return unparsed([page async for page in harness.able(ConversationDirectory).list_conversations(harness.account)])


async def messages(harness: Harness, conversation: Conversation) -> list[Unparsed[MessagePage]]:
    return unparsed([page async for page in harness.able(MessageReader).list_messages(harness.account, conversation)])


async def details(harness: Harness, meeting: Meeting) -> Unparsed[Completion | None]:
    (found,) = await harness.able(MeetingDetails).get_meetings([meeting])
    if not isinstance(found, Unparsed):
        pytest.skip("the plug-in parses its pages itself")
    return found


async def meetings(harness: Harness, around: Meeting) -> list[Unparsed[list[Meeting]]]:
    reader = harness.able(MeetingReader)
    query = MeetingQuery(
        accounts=(harness.account,),
        user_ids=(harness.account.user_id,),
        start=around.start_time,
        end=around.end_time,
    )
    return unparsed([await reader.list_meetings(each) for each in reader.meeting_slices(query)])


class DigestContract:
    async def test_meetings_have_another_digest_after_a_change(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        first, second = await meetings(harness, meeting), await meetings(harness, meeting)
        await schedule(harness)
        assert digests(first) == digests(second) != digests(await meetings(harness, meeting))

    async def test_unchanged_meetings_differ_by_the_time_of_reading_alone(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        first, second = await meetings(harness, meeting), await meetings(harness, meeting)
        assert digests(first) == digests(second)
        for one, other in zip([each.parse() for each in first], [each.parse() for each in second], strict=True):
            assert [replace(each, synced_at=meeting.synced_at) for each in one] == [
                replace(each, synced_at=meeting.synced_at) for each in other
            ]

    async def test_details_have_another_digest_after_a_change(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        first, second = await details(harness, meeting), await details(harness, meeting)
        start, end = meeting.start_time + timedelta(hours=2), meeting.end_time + timedelta(hours=3)
        await harness.able(MeetingRescheduler).reschedule_meeting(meeting, start, end, ATTEMPT)
        assert first.digest == second.digest != (await details(harness, meeting)).digest

    async def test_unchanged_details_complete_what_they_completed_before_to_the_same(self, harness: Harness) -> None:
        meeting = await schedule(harness)
        first, second = (await details(harness, meeting)).parse(), (await details(harness, meeting)).parse()
        assert first is not None
        assert second is not None
        once = first(meeting)
        assert replace(second(once), synced_at=once.synced_at) == once

    async def test_details_of_an_unknown_meeting_are_none(self, harness: Harness) -> None:
        unknown = replace(await schedule(harness), external_id=harness.unknown_id)
        assert (await details(harness, unknown)).parse() is None

    async def test_unchanged_numbers_have_equal_digests_and_are_equal(self, harness: Harness) -> None:
        first, second = await numbers(harness), await numbers(harness)
        assert digests(first) == digests(second)
        assert [page.parse() for page in first] == [page.parse() for page in second]

    async def test_contacts_have_another_digest_after_a_change(self, harness: Harness) -> None:
        await create(harness)
        first, second = await contacts(harness), await contacts(harness)
        await create(harness)
        assert digests(first) == digests(second) != digests(await contacts(harness))

    async def test_conversations_have_another_digest_after_a_change(self, harness: Harness) -> None:
        await converse(harness)
        first, second = await conversations(harness), await conversations(harness)
        await converse(harness)
        assert digests(first) == digests(second) != digests(await conversations(harness))

    async def test_messages_have_another_digest_after_a_change(self, harness: Harness) -> None:
        conversation = await converse(harness)
        await send(harness, conversation, "Hello")
        first, second = await messages(harness, conversation), await messages(harness, conversation)
        assert [page.parse() for page in first] == [page.parse() for page in second]
        await send(harness, conversation, "Hello again")
        assert digests(first) == digests(second) != digests(await messages(harness, conversation))
