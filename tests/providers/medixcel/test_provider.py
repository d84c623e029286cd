"""The provider over HTTP against the sandbox."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from providers.api.capabilities import MeetingQuery
from providers.api.details import current
from providers.domain.drafts import ConnectionRequest
from providers.domain.entities import Account, DialIn, Meeting, MeetingKind, MeetingService, ParticipantResponse
from providers.domain.errors import (
    Conflict,
    InvalidInput,
    NotAuthorized,
    NotSupported,
    OutcomeUnknown,
    ProviderError,
    Rejected,
)
from providers.medixcel import MedixcelProvider
from providers.testing.core import ATTEMPT
from providers.testing.details import details
from providers.testing.faults import Fault
from tests.providers.medixcel.bench import (
    ADA,
    BEN,
    CLIENT_KEY,
    NOON,
    PHP_ERROR_PAGE,
    TOMORROW,
    Bench,
    a_draft,
    envelope,
)

DAY = timedelta(days=1)


def a_query(*accounts: Account, user_ids: Sequence[str] | None = ("45",), **window: datetime) -> MeetingQuery:
    window = {
        "start": datetime(2026, 3, 10, 18, 30, tzinfo=UTC),
        "end": datetime(2026, 3, 11, 18, 30, tzinfo=UTC),
    } | window
    return MeetingQuery(accounts=accounts, user_ids=None if user_ids is None else tuple(user_ids), **window)


async def listed(provider: MedixcelProvider, query: MeetingQuery) -> list[Meeting]:
    days = [await provider.list_meetings(each) for each in provider.meeting_slices(query)]
    return [meeting for day in days for meeting in day.parse()]


# Connecting


@pytest.mark.parametrize(
    ("request_", "wrong"),
    [
        (ConnectionRequest(user_id="45"), "ZOOM or GOOGLE_MEET"),
        (ConnectionRequest(user_id="45", service=MeetingService.JITSI), "ZOOM or GOOGLE_MEET"),
        (ConnectionRequest(user_id="45", service=MeetingService.ZOOM, refresh_token="made-up"), "no tokens"),
    ],
)
async def test_an_invalid_connection_request_has_an_error(
    bench: Bench, request_: ConnectionRequest, wrong: str
) -> None:
    assert wrong in (bench.provider().connection_request_error(request_) or "")


@pytest.mark.parametrize("service", [MeetingService.ZOOM, MeetingService.GOOGLE_MEET])
async def test_a_request_to_connect_to_a_service_is_right(bench: Bench, service: MeetingService) -> None:
    assert bench.provider().connection_request_error(ConnectionRequest(user_id="45", service=service)) is None


async def test_an_account_without_a_service_has_no_consent_page(bench: Bench) -> None:
    with pytest.raises(InvalidInput):
        bench.provider().authorization_page(Account(key="key", provider="connect", user_id="45"))


async def test_the_callbacks_parameters_connect_the_account(bench: Bench) -> None:
    pending = Account(key="key", provider="connect", user_id="45", service=MeetingService.ZOOM)
    grant = bench.provider().finish_connection(
        pending,
        {
            "status": "success",
            "iAccountId": "35",
            "expires_on": "2026-09-10 17:30:00",
            "connection_type": "1",
            "user_id": "45",
        },
    )
    assert (grant.external_id, grant.expires_at) == ("35", NOON.replace(month=9))


async def test_scheduling_a_meeting_extends_the_account_by_six_months(bench: Bench) -> None:
    account, later = bench.account(), NOON + 30 * DAY
    bench.clock.time = later
    await bench.provider().schedule_meeting(account, a_draft(), ATTEMPT)
    renewed = bench.provider().renewed_expiry(account, later)
    assert renewed == bench.upstream.accounts[35].expires_on == datetime(2026, 10, 9, 12, tzinfo=UTC)


async def test_an_account_is_disconnected(bench: Bench) -> None:
    await bench.provider().disconnect_account(bench.account(), ATTEMPT)
    assert bench.upstream.accounts[35].disconnected


@pytest.mark.parametrize("answer", [envelope("412"), envelope("204")])
async def test_an_account_that_is_disconnected_already_is_disconnected(bench: Bench, answer: str) -> None:
    bench.fail(200, answer)
    await bench.provider().disconnect_account(bench.account(), ATTEMPT)


async def test_an_account_that_was_never_connected_is_disconnected_without_a_call(bench: Bench) -> None:
    await bench.provider().disconnect_account(replace(bench.account(), external_id=None), ATTEMPT)
    assert bench.paths == []


async def test_a_disconnection_that_is_refused_is_an_error(bench: Bench) -> None:
    bench.fail(400)
    with pytest.raises(Rejected):
        await bench.provider().disconnect_account(bench.account(), ATTEMPT)


# Listing


async def test_a_day_in_india_is_a_slice_after_that_of_the_day_before(bench: Bench) -> None:
    account = bench.account()
    before, part = bench.provider().meeting_slices(a_query(account))
    assert (part.source, part.user_id, part.accounts) == ("user:45", "45", (account,))
    assert part.start == datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
    assert part.end == datetime(2026, 3, 11, 18, 30, tzinfo=UTC)
    assert (before.start, before.end) == (part.start - DAY, part.start)


async def test_a_day_elsewhere_is_a_slice_for_each_day_in_india_on_which_its_meetings_may_start(bench: Bench) -> None:
    query = a_query(start=datetime(2026, 3, 11, tzinfo=UTC), end=datetime(2026, 3, 12, tzinfo=UTC))
    assert [part.start.day for part in bench.provider().meeting_slices(query)] == [9, 10, 11]


async def test_slices_are_in_order_of_time_and_one_for_each_user(bench: Bench) -> None:
    first, second = bench.account("45"), bench.account("46")
    query = a_query(first, second, user_ids=["45", "46", "45"], end=TOMORROW + DAY)
    parts = bench.provider().meeting_slices(query)
    assert [(part.start.day, part.source) for part in parts] == [
        (9, "user:45"),
        (9, "user:46"),
        (10, "user:45"),
        (10, "user:46"),
        (11, "user:45"),
        (11, "user:46"),
    ]
    assert [part.accounts for part in parts] == [(first,), (second,)] * 3


async def test_all_users_are_one_source(bench: Bench) -> None:
    accounts = bench.account("45"), bench.account("46")
    _, part = bench.provider().meeting_slices(a_query(*accounts, user_ids=None))
    assert (part.source, part.user_id, part.accounts) == ("everyone", None, accounts)


async def test_no_users_have_no_slices(bench: Bench) -> None:
    assert bench.provider().meeting_slices(a_query(user_ids=[])) == []


async def test_every_slice_costs_a_call(bench: Bench) -> None:
    query = a_query(end=TOMORROW + 30 * DAY)
    await listed(bench.provider(), query)
    assert bench.paths == ["/get_meetings_of_client_for_date"] * 32


async def test_a_listed_meeting_belongs_to_its_user_and_to_no_account_yet(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    scheduled = await provider.schedule_meeting(account, a_draft(), ATTEMPT)
    (meeting,) = await listed(provider, a_query(account))
    assert meeting == Meeting(
        scope="connect/45",
        external_id=scheduled.external_id,
        provider="connect",
        user_id="45",
        service=MeetingService.GOOGLE_MEET,
        kind=MeetingKind.SCHEDULED,
        start_time=TOMORROW,
        end_time=TOMORROW + timedelta(minutes=30),
        join_url=scheduled.join_url,
        created_at=NOON,
        synced_at=NOON,
        detailed=False,
    )
    assert meeting.id == scheduled.id


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2026, 3, 10, 18, 29, 59, tzinfo=UTC), 10),
        (datetime(2026, 3, 10, 18, 30, tzinfo=UTC), 11),
        (datetime(2026, 3, 11, 18, 29, 59, tzinfo=UTC), 11),
        (datetime(2026, 3, 11, 18, 30, tzinfo=UTC), 12),
    ],
)
async def test_a_meeting_is_found_on_its_day_in_india(bench: Bench, start: datetime, day: int) -> None:
    provider, account = bench.provider(), bench.account()
    await provider.schedule_meeting(account, a_draft(start_time=start, end_time=start + timedelta(minutes=5)), ATTEMPT)
    (meeting,) = await listed(provider, a_query(account, start=start, end=start + timedelta(seconds=1)))
    assert meeting.start_time == start
    assert f'"2026-03-{day}"' in bench.last_call.body


async def test_a_user_sees_no_meeting_of_another_that_the_upstream_sends(bench: Bench) -> None:
    provider = bench.provider()
    for user_id in ("45", "46"):
        await provider.schedule_meeting(bench.account(user_id), a_draft(), ATTEMPT)
    everybody = await bench.core.http.call(
        "POST",
        f"{bench.url}/get_meetings_of_client_for_date",
        json={"client_key": CLIENT_KEY, "date": "2026-03-11"},
    )
    bench.fail(200, everybody.body.decode())
    assert {meeting.user_id for meeting in await listed(provider, a_query())} == {"45"}


async def test_the_meetings_of_all_users_are_listed(bench: Bench) -> None:
    provider = bench.provider()
    for user_id in ("45", "46"):
        await provider.schedule_meeting(bench.account(user_id), a_draft(), ATTEMPT)
    meetings = await listed(provider, a_query(user_ids=None))
    assert [meeting.scope for meeting in meetings] == ["connect/45", "connect/46"]


# Scheduling and starting


async def test_a_scheduled_google_meeting_is_known_with_all_details(bench: Bench) -> None:
    account = bench.account()
    meeting = await bench.provider().schedule_meeting(account, a_draft(description="Bring the letter"), ATTEMPT)
    answer = ParticipantResponse.NEEDS_ACTION
    assert bench.paths == ["/set_up_meeting"]
    assert meeting == Meeting(
        scope="connect/45",
        external_id="45",
        provider="connect",
        user_id="45",
        service=MeetingService.GOOGLE_MEET,
        kind=MeetingKind.SCHEDULED,
        start_time=TOMORROW,
        end_time=TOMORROW + timedelta(minutes=30),
        join_url=meeting.join_url,
        synced_at=NOON,
        account_key=account.key,
        uid=meeting.uid,
        title="Check-up",
        description="Bring the letter",
        time_zone="Europe/Berlin",
        host_url=meeting.join_url,
        room=meeting.join_url.removeprefix("https://meet.example.com/"),
        organizer_email="user-45@example.com",
        participants=(replace(ADA, response=answer), replace(BEN, response=answer)),
        dial_ins=(DialIn(number="+1 202-555-0143", pin=meeting.dial_ins[0].pin, region_code="US"),),
        calendar_url=f"https://calendar.example.com/event?eid={meeting.uid}",
        created_at=NOON,
    )
    assert meeting.uid
    assert meeting.dial_ins[0].pin


async def test_a_scheduled_zoom_meeting_has_a_host_link_a_password_and_a_number(bench: Bench) -> None:
    meeting = await bench.provider().schedule_meeting(bench.account(service=MeetingService.ZOOM), a_draft(), ATTEMPT)
    assert meeting.service is MeetingService.ZOOM
    assert meeting.host_url
    assert meeting.host_url != meeting.join_url
    assert meeting.password
    assert meeting.room
    assert meeting.organizer_email == "user-45@example.com"
    assert meeting.participants == (ADA, BEN)
    assert [(one.number, one.region_code) for one in meeting.dial_ins] == [("+1 2025550187", "US")]
    assert (meeting.calendar_url, meeting.icalendar) == (None, None)
    assert not {meeting.host_url, meeting.password} & set(repr(meeting).split("'"))


@pytest.mark.parametrize("service", [MeetingService.ZOOM, MeetingService.GOOGLE_MEET])
async def test_a_meeting_that_starts_now_sends_no_start_time(bench: Bench, service: MeetingService) -> None:
    provider, account = bench.provider(), bench.account(service=service)
    draft = a_draft(start_time=NOON, end_time=NOON + timedelta(minutes=45))
    meeting = await provider.start_meeting(account, draft, ATTEMPT)
    assert "start_time" not in bench.last_fields
    assert (meeting.kind, meeting.start_time, meeting.duration_minutes) == (MeetingKind.INSTANT, NOON, 45)
    (listed_,) = await listed(provider, a_query(start=NOON, end=NOON + timedelta(hours=1)))
    (detailed,) = await details(provider, [listed_])
    assert detailed
    assert listed_.kind is detailed.kind is MeetingKind.INSTANT


async def test_a_meeting_without_participants_is_refused_without_a_call(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    for set_up in (provider.schedule_meeting, provider.start_meeting):
        with pytest.raises(InvalidInput) as error:
            await set_up(account, a_draft(participants=()), ATTEMPT)
        assert error.value.path == ("input", "participants")
    assert bench.paths == []


async def test_a_custom_password_is_not_supported(bench: Bench) -> None:
    with pytest.raises(NotSupported) as error:
        await bench.provider().schedule_meeting(bench.account(), a_draft(password="made-up"), ATTEMPT)
    assert error.value.path == ("input", "password")
    assert bench.paths == []


async def test_a_year_that_the_upstream_can_not_represent_is_refused_before_anything_is_sent(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    meeting = await provider.schedule_meeting(account, a_draft(), ATTEMPT)
    bench.sandbox.reset()
    start, end = datetime(9997, 12, 31, 23, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
    for asked in (
        provider.schedule_meeting(account, a_draft(start_time=start, end_time=end), ATTEMPT),
        provider.reschedule_meeting(meeting, start, end, ATTEMPT),
    ):
        with pytest.raises(InvalidInput) as error:
            await asked
        assert error.value.path == ("input", "startTime")
    assert bench.paths == []


async def test_a_pending_account_schedules_no_meeting(bench: Bench) -> None:
    with pytest.raises(NotAuthorized):
        await bench.provider().schedule_meeting(replace(bench.account(), external_id=None), a_draft(), ATTEMPT)
    assert bench.paths == []


async def test_an_account_past_its_six_months_is_not_authorized(bench: Bench) -> None:
    account = bench.account()
    bench.clock.time = NOON + 190 * DAY
    with pytest.raises(NotAuthorized, match="expired"):
        await bench.provider().schedule_meeting(account, a_draft(), ATTEMPT)


async def test_a_disconnected_account_is_not_authorized(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    await provider.disconnect_account(account, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await provider.start_meeting(account, a_draft(), ATTEMPT)


async def test_a_meeting_with_a_lost_response_exists_once(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    bench.sandbox.add(Fault(cut=True))
    with pytest.raises(OutcomeUnknown):
        await provider.schedule_meeting(account, a_draft(), ATTEMPT)
    assert len(bench.upstream.meetings) == 1


# Details


async def test_details_fill_in_what_the_list_lacks(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    scheduled = await provider.schedule_meeting(account, a_draft(), ATTEMPT)
    (meeting,) = await listed(provider, a_query())
    (detailed,) = await details(provider, [replace(meeting, account_key=account.key)])
    participants = tuple(replace(one, user_id=None) for one in scheduled.participants)
    assert detailed == replace(scheduled, time_zone="Asia/Kolkata", participants=participants)


async def test_details_keep_what_only_the_gateway_knows(bench: Bench) -> None:
    provider = bench.provider()
    scheduled = await provider.schedule_meeting(bench.account(), a_draft(description="Bring the letter"), ATTEMPT)
    assert await details(provider, [scheduled]) == [scheduled]


async def test_details_have_the_participants_responses(bench: Bench) -> None:
    provider = bench.provider()
    scheduled = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    bench.upstream.meetings[45].participants[0].response = "accepted"
    (detailed,) = await details(provider, [scheduled])
    assert detailed
    assert detailed.participants[0] == replace(ADA, response=ParticipantResponse.ACCEPTED)


async def test_details_come_in_order_with_a_gap_where_a_meeting_is_gone(bench: Bench) -> None:
    provider, account = bench.provider(), bench.account()
    scheduled = [await provider.schedule_meeting(account, a_draft(title=f"Check-up {n}"), ATTEMPT) for n in range(3)]
    gone = replace(scheduled[0], external_id="9999")
    detailed = await details(provider, [scheduled[2], gone, scheduled[0], scheduled[1]])
    assert detailed == [scheduled[2], None, scheduled[0], scheduled[1]]


async def test_fifty_details_are_fifty_calls_and_at_most_eight_at_once(bench: Bench) -> None:
    provider = bench.provider()
    meeting = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    bench.sandbox.reset()
    bench.sandbox.add(Fault(delay=0.02, times=50))
    assert len(await details(provider, [meeting] * 50)) == 50
    assert (len(bench.paths), bench.sandbox.peak) == (50, 8)


async def test_lists_and_details_together_are_at_most_eight_calls_at_once(bench: Bench) -> None:
    provider = bench.provider()
    meeting = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    days = provider.meeting_slices(a_query(start=NOON, end=NOON + 12 * DAY))
    bench.sandbox.reset()
    bench.sandbox.add(Fault(delay=0.02, times=26))
    await asyncio.gather(*map(provider.list_meetings, days), provider.get_meetings([meeting] * 12))
    assert (len(bench.paths), bench.sandbox.peak) == (26, 8)


async def test_details_of_nothing_cost_nothing(bench: Bench) -> None:
    assert await details(bench.provider(), []) == []
    assert bench.paths == []


async def test_a_meeting_that_can_not_be_read_spoils_no_other(bench: Bench) -> None:
    provider = bench.provider()
    meeting = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    bench.fail(500, PHP_ERROR_PAGE)
    results = [current(each, meeting) for each in await provider.get_meetings([meeting] * 3)]
    assert sorted(type(answer).__name__ for answer in results) == ["Meeting", "Meeting", "Unavailable"]


# Moving and cancelling


@pytest.mark.parametrize("service", [MeetingService.ZOOM, MeetingService.GOOGLE_MEET])
async def test_a_rescheduled_meeting_is_at_the_requested_time(bench: Bench, service: MeetingService) -> None:
    provider = bench.provider()
    scheduled = await provider.schedule_meeting(
        bench.account(service=service), a_draft(description="Bring the letter"), ATTEMPT
    )
    start, end = TOMORROW + DAY, TOMORROW + DAY + timedelta(minutes=75)
    moved = await provider.reschedule_meeting(scheduled, start, end, ATTEMPT)
    assert moved == replace(scheduled, start_time=start, end_time=end)
    assert bench.last_fields == {
        "client_key": CLIENT_KEY,
        "meeting_id": "45",
        "start_time": "2026-03-12 15:00:00",
        "duration_in_minutes": "75",
    }
    assert await details(provider, [scheduled]) == [moved]


async def test_a_rescheduled_meeting_has_whole_seconds_and_minutes(bench: Bench) -> None:
    provider = bench.provider()
    meeting = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    start = TOMORROW + timedelta(hours=1, microseconds=5)
    moved = await provider.reschedule_meeting(meeting, start, start + timedelta(minutes=20, seconds=1), ATTEMPT)
    assert (moved.start_time, moved.end_time) == (
        TOMORROW + timedelta(hours=1),
        TOMORROW + timedelta(hours=1, minutes=21),
    )


async def test_the_upstream_may_show_the_old_time_for_a_while(bench: Bench) -> None:
    bench.behave(stays_stale=True)
    provider = bench.provider()
    scheduled = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    moved = await provider.reschedule_meeting(
        scheduled, TOMORROW + DAY, TOMORROW + DAY + timedelta(minutes=30), ATTEMPT
    )
    assert moved.start_time == TOMORROW + DAY
    assert await details(provider, [scheduled]) == [scheduled]
    bench.upstream.settle()
    assert await details(provider, [scheduled]) == [moved]


async def test_a_cancelled_meeting_cannot_be_moved(bench: Bench) -> None:
    provider = bench.provider()
    scheduled = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    await provider.cancel_meeting(scheduled, ATTEMPT)
    with pytest.raises(Conflict):
        await provider.reschedule_meeting(scheduled, TOMORROW, TOMORROW + timedelta(minutes=30), ATTEMPT)


async def test_a_meeting_is_cancelled_once(bench: Bench) -> None:
    provider = bench.provider()
    scheduled = await provider.schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    bench.clock.time += DAY
    cancelled = await provider.cancel_meeting(scheduled, ATTEMPT)
    assert cancelled == replace(scheduled, cancelled=True, synced_at=NOON + DAY)
    assert bench.upstream.meetings[45].cancelled
    with pytest.raises(Conflict):
        await provider.cancel_meeting(scheduled, ATTEMPT)


@pytest.mark.parametrize("service", [MeetingService.ZOOM, MeetingService.GOOGLE_MEET])
async def test_a_cancelled_meeting_stays_cancelled_and_is_not_listed(bench: Bench, service: MeetingService) -> None:
    provider = bench.provider()
    cancelled = await provider.cancel_meeting(
        await provider.schedule_meeting(bench.account(service=service), a_draft(), ATTEMPT), ATTEMPT
    )
    assert await details(provider, [cancelled]) == [cancelled]
    assert await listed(provider, a_query()) == []


# Messages for operators


async def test_check_finds_no_fault_of_a_working_provider(bench: Bench) -> None:
    assert await bench.provider().check([]) == []
    assert bench.last_fields == {"client_key": CLIENT_KEY, "date": "2026-03-10"}


@pytest.mark.parametrize("failures", ["http", "body", "both"])
async def test_check_reports_a_wrong_key(bench: Bench, failures: str) -> None:
    bench.behave(failures=failures)
    (problem,) = await bench.provider(client_key="another-made-up-key").check([])
    assert problem.startswith("The client key is not accepted.")
    assert "another-made-up-key" not in problem


async def test_check_reports_a_wrong_address(bench: Bench) -> None:
    (problem,) = await bench.provider(base_url=f"{bench.url}/v2").check([])
    assert "is base_url right?" in problem
    bench.fail(200, "<h1>Welcome</h1>")
    (problem,) = await bench.provider().check([])
    assert "is base_url right?" in problem


@pytest.mark.parametrize("settings", [{"base_url": "http://127.0.0.1:1/connect"}, {}], ids=["unreached", "failing"])
async def test_check_reports_an_unavailable_service(bench: Bench, settings: Mapping[str, str]) -> None:
    bench.fail(500, PHP_ERROR_PAGE)
    (problem,) = await bench.provider(**settings).check([])
    assert "is out of order or can't be reached" in problem


async def test_every_error_names_the_provider(bench: Bench) -> None:
    bench.fail(500)
    with pytest.raises(ProviderError) as error:
        await listed(bench.provider(), a_query())
    assert error.value.provider == "connect"
