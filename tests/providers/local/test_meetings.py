from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event

from providers.api.capabilities import MeetingQuery
from providers.api.provider import Core
from providers.domain.drafts import MeetingDraft
from providers.domain.entities import Account, Meeting, MeetingKind, MeetingService, Participant
from providers.domain.errors import Conflict, NotAuthorized, NotFound, NotSupported
from providers.local import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT
from providers.testing.details import details
from tests.providers.local.conftest import SECRET, Connect

START = datetime(2030, 7, 1, 9, tzinfo=UTC)
DRAFT = MeetingDraft(
    title="Review",
    description="Of all.",
    start_time=START,
    end_time=START + timedelta(minutes=45),
    time_zone="Europe/Berlin",
    participants=(Participant(email="ben@example.com", first_name="Ben", last_name="Moor", user_id="ben"),),
)


@pytest.fixture
async def account(connect: Connect) -> Account:
    return await connect()


@pytest.fixture
async def meeting(provider: LocalProvider, account: Account) -> Meeting:
    return await provider.schedule_meeting(account, DRAFT, ATTEMPT)


async def read(provider: LocalProvider, *accounts: Account, start: datetime, end: datetime) -> list[Meeting]:
    query = MeetingQuery(accounts=accounts, user_ids=None, start=start, end=end)
    return [meeting for each in provider.meeting_slices(query) for meeting in await provider.list_meetings(each)]


def event_of(meeting: Meeting) -> tuple[str, Event]:
    calendar = Calendar.from_ical(meeting.icalendar or "")
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    return str(calendar["method"]), event


async def test_a_meeting_is_stored_with_all_fields(provider: LocalProvider, account: Account, meeting: Meeting) -> None:
    assert meeting.service is MeetingService.JITSI
    assert (meeting.title, meeting.description, meeting.time_zone) == ("Review", "Of all.", "Europe/Berlin")
    assert meeting.participants == DRAFT.participants
    assert (meeting.organizer_email, meeting.user_id) == ("ada@example.com", "ada@example.com")
    assert meeting.join_url == f"https://meet.jit.si/{meeting.room}"
    assert meeting.host_url is None
    [again] = await read(provider, account, start=START, end=DRAFT.end_time)
    assert replace(again, synced_at=meeting.synced_at) == meeting


async def test_each_meeting_has_its_own_room(provider: LocalProvider, account: Account) -> None:
    rooms = {(await provider.schedule_meeting(account, DRAFT, ATTEMPT)).room for _ in range(5)}
    assert len(rooms) == 5


@pytest.mark.parametrize(
    ("start", "end", "is_found"),
    [
        (START, DRAFT.end_time, True),
        (START + timedelta(minutes=44), START + timedelta(hours=9), True),
        (START - timedelta(hours=1), START + timedelta(microseconds=1), True),
        (START - timedelta(hours=1), START, False),
        (DRAFT.end_time, START + timedelta(hours=9), False),
    ],
)
async def test_meetings_that_overlap_are_listed(
    provider: LocalProvider, account: Account, meeting: Meeting, start: datetime, end: datetime, is_found: bool
) -> None:
    assert [found.id for found in await read(provider, account, start=start, end=end)] == [meeting.id] * is_found


async def test_each_account_is_one_slice(provider: LocalProvider, connect: Connect) -> None:
    accounts = (await connect(), await connect())
    query = MeetingQuery(accounts=accounts, user_ids=None, start=START, end=DRAFT.end_time)
    slices = provider.meeting_slices(query)
    assert [(each.source, each.accounts, each.start, each.end) for each in slices] == [
        (account.key, (account,), query.start, query.end) for account in accounts
    ]


async def test_an_account_can_not_read_meetings_of_another(
    provider: LocalProvider, connect: Connect, meeting: Meeting
) -> None:
    other = await connect()
    assert await read(provider, other, start=START, end=DRAFT.end_time) == []
    stolen = replace(meeting, scope=other.key, account_key=other.key)
    assert await details(provider, [stolen]) == [None]
    with pytest.raises(NotFound):
        await provider.cancel_meeting(stolen, ATTEMPT)
    with pytest.raises(NotFound):
        await provider.reschedule_meeting(stolen, START, DRAFT.end_time, ATTEMPT)


async def test_an_instant_meeting_starts_at_the_current_time(provider: LocalProvider, account: Account) -> None:
    before = datetime.now(UTC)
    meeting = await provider.start_meeting(account, DRAFT, ATTEMPT)
    assert meeting.kind is MeetingKind.INSTANT
    assert before <= meeting.start_time <= datetime.now(UTC)
    assert meeting.duration_minutes == 45


async def test_the_invitation_is_a_request_from_the_organizer(meeting: Meeting) -> None:
    method, event = event_of(meeting)
    assert (method, event.uid, event.sequence) == ("REQUEST", meeting.uid, 0)
    assert (event.location, event["organizer"]) == (meeting.join_url, "mailto:ada@example.com")
    assert "TZID=Europe/Berlin" in (meeting.icalendar or "")


async def test_a_meeting_without_participants_is_published(provider: LocalProvider, account: Account) -> None:
    meeting = await provider.schedule_meeting(account, replace(DRAFT, participants=()), ATTEMPT)
    method, event = event_of(meeting)
    assert (method, event.attendees) == ("PUBLISH", [])


async def test_an_end_in_an_ambiguous_hour_is_the_given_instant(provider: LocalProvider, account: Account) -> None:
    start = datetime(2030, 11, 3, 4, 30, tzinfo=UTC)
    draft = replace(DRAFT, start_time=start, end_time=start + timedelta(hours=2), time_zone="America/New_York")
    _, event = event_of(await provider.schedule_meeting(account, draft, ATTEMPT))
    assert (event.start, event.end) == (draft.start_time, draft.end_time)


async def test_a_user_without_an_address_invites_from_the_no_reply_address(
    provider: LocalProvider, connect: Connect
) -> None:
    meeting = await provider.schedule_meeting(await connect("user-42"), DRAFT, ATTEMPT)
    _, event = event_of(meeting)
    assert event["organizer"] == "mailto:no-reply@switchboard.invalid"
    assert meeting.organizer_email is None


async def test_each_change_increments_the_sequence_and_leaves_the_uid(
    provider: LocalProvider, meeting: Meeting
) -> None:
    later = START + timedelta(days=1)
    moved = await provider.reschedule_meeting(meeting, later, later + timedelta(hours=1), ATTEMPT)
    again = await provider.reschedule_meeting(moved, START, DRAFT.end_time, ATTEMPT)
    cancelled = await provider.cancel_meeting(again, ATTEMPT)
    events = [(*event_of(version),) for version in (meeting, moved, again, cancelled)]
    assert [(method, event.sequence) for method, event in events] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("REQUEST", 2),
        ("CANCEL", 3),
    ]
    assert {event.uid for _, event in events} == {meeting.uid}
    assert (events[1][1].start, events[1][1].end) == (later, later + timedelta(hours=1))
    assert {version.room for version in (meeting, moved, again, cancelled)} == {meeting.room}


async def test_a_cancelled_meeting_is_listed_as_cancelled(
    provider: LocalProvider, account: Account, meeting: Meeting
) -> None:
    cancelled = await provider.cancel_meeting(meeting, ATTEMPT)
    [found] = await read(provider, account, start=START, end=DRAFT.end_time)
    assert (found.cancelled, found.icalendar) == (True, cancelled.icalendar)


async def test_a_cancelled_meeting_can_not_be_changed(provider: LocalProvider, meeting: Meeting) -> None:
    cancelled = await provider.cancel_meeting(meeting, ATTEMPT)
    with pytest.raises(Conflict):
        await provider.cancel_meeting(meeting, ATTEMPT)
    with pytest.raises(Conflict):
        await provider.reschedule_meeting(
            meeting, START + timedelta(days=1), DRAFT.end_time + timedelta(days=1), ATTEMPT
        )
    [found] = await details(provider, [meeting])
    assert found is not None
    assert (found.icalendar, found.start_time) == (cancelled.icalendar, meeting.start_time)


async def test_a_disconnected_account_can_not_read_or_write_meetings(
    provider: LocalProvider, account: Account, meeting: Meeting
) -> None:
    await provider.disconnect_account(account, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await provider.schedule_meeting(account, DRAFT, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await provider.cancel_meeting(meeting, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await read(provider, account, start=START, end=DRAFT.end_time)


async def test_without_tokens_a_meeting_with_a_password_is_not_supported(
    provider: LocalProvider, account: Account
) -> None:
    assert not provider.private_meetings
    for write in (provider.schedule_meeting, provider.start_meeting):
        with pytest.raises(NotSupported):
            await write(account, replace(DRAFT, password="made-up"), ATTEMPT)
    assert await read(provider, account, start=datetime.now(UTC), end=DRAFT.end_time) == []


class TestWithTokens:
    @pytest.fixture
    def settings(self, settings: LocalSettings) -> LocalSettings:
        return LocalSettings.model_validate(
            settings.model_dump() | {"jitsi_app_id": "switchboard", "jitsi_app_secret": SECRET}
        )

    async def test_a_password_makes_a_private_meeting(self, provider: LocalProvider, account: Account) -> None:
        meeting = await provider.schedule_meeting(account, replace(DRAFT, password="made-up"), ATTEMPT)
        assert (meeting.is_private, meeting.password) == (True, "made-up")
        [found] = await details(provider, [meeting])
        assert found is not None
        assert (found.password, found.host_url) == ("made-up", meeting.host_url)

    async def test_a_password_is_stored_encrypted_and_lost_with_the_app_secret(
        self, provider: LocalProvider, account: Account, settings: LocalSettings, core: Core
    ) -> None:
        meeting = await provider.schedule_meeting(account, replace(DRAFT, password="made-up-password"), ATTEMPT)
        stored = b"".join(path.read_bytes() for path in Path(settings.path).parent.glob("*.db*"))
        assert b"made-up-password" not in stored
        changed = LocalSettings.model_validate(settings.model_dump() | {"jitsi_app_secret": f"another than {SECRET}"})
        other = LocalProvider(changed, core)
        await other.open()
        [found] = await details(other, [meeting])
        await other.aclose()
        assert found is not None
        assert (found.is_private, found.password) == (True, None)

    async def test_host_and_guests_have_different_links(self, meeting: Meeting) -> None:
        assert meeting.host_url is not None
        assert meeting.join_url.startswith(f"https://meet.jit.si/{meeting.room}?jwt=")
        assert meeting.host_url.startswith(f"https://meet.jit.si/{meeting.room}?jwt=")
        assert meeting.host_url != meeting.join_url
        assert not meeting.is_private

    async def test_the_invitation_has_the_guests_link_and_no_secret(
        self, provider: LocalProvider, account: Account
    ) -> None:
        meeting = await provider.schedule_meeting(account, replace(DRAFT, password="made-up-password"), ATTEMPT)
        text = (meeting.icalendar or "").replace("\r\n ", "")
        assert meeting.join_url in text
        assert (meeting.host_url or "").partition("jwt=")[2] not in text
        assert "made-up-password" not in text
        assert SECRET not in text

    async def test_a_rescheduled_meeting_has_links_valid_until_its_new_end(
        self, provider: LocalProvider, meeting: Meeting
    ) -> None:
        later = START + timedelta(days=30)
        moved = await provider.reschedule_meeting(meeting, later, later + timedelta(hours=1), ATTEMPT)
        assert moved.join_url != meeting.join_url
        assert moved.join_url in (moved.icalendar or "").replace("\r\n ", "")


async def test_a_new_process_reads_the_same(settings: LocalSettings, core: Core, meeting: Meeting) -> None:
    other = LocalProvider(settings, core)
    await other.open()
    [found] = await details(other, [meeting])
    await other.aclose()
    assert found is not None
    assert replace(found, synced_at=meeting.synced_at) == meeting
