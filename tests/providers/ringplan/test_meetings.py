import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from providers.api.capabilities import LostWrite, MeetingQuery, MeetingSlice
from providers.api.unparsed import parsed
from providers.domain.entities import Account, DialIn, Meeting, MeetingKind, MeetingService
from providers.domain.errors import NotAuthorized, NotFound, OutcomeUnknown, RateLimited, Rejected
from providers.testing.core import ATTEMPT
from tests.providers.ringplan.bench import BEN, CARL, EMAIL, NOON, TOMORROW, Bench, a_meeting

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def test_a_scheduled_meeting_has_all_of_ringplans_fields(bench: Bench) -> None:
    meeting = await bench.provider.schedule_meeting(bench.account(), a_meeting(), ATTEMPT)
    assert (meeting.kind, meeting.service) == (MeetingKind.SCHEDULED, MeetingService.JITSI)
    assert (meeting.start_time, meeting.end_time) == (TOMORROW, TOMORROW + timedelta(minutes=30))
    assert (meeting.title, meeting.description, meeting.time_zone) == ("Check-up", "Bring the X-rays", "Europe/Berlin")
    assert meeting.join_url == f"{bench.url}/ringplan/rooms/{meeting.room}"
    assert meeting.participants == (BEN, CARL)
    assert (meeting.scope, meeting.account_key, meeting.user_id) == (EMAIL, EMAIL, "7")
    assert meeting.organizer_email == EMAIL
    assert meeting.uid
    assert meeting.icalendar is not None
    assert meeting.icalendar.startswith("BEGIN:VCALENDAR")
    assert not meeting.is_private
    assert meeting.password is None
    assert meeting.detailed


async def test_a_meeting_is_sent_as_the_document_shows(bench: Bench) -> None:
    await bench.provider.schedule_meeting(bench.account(), a_meeting(), ATTEMPT)
    assert bench.api_calls == ["POST /meet/calendar/event/scheduled"]
    assert bench.last_fields == {
        "title_meet": "Check-up",
        "summary": "Check-up",
        "description": "Bring the X-rays",
        "start_time": "2026-03-11T10:30:00.000000",
        "end_time": "2026-03-11T11:00:00.000000",
        "time_zone": "Europe/Berlin",
        "attendees": [{"email": "ben@example.com"}, {"email": "carl@example.com"}],
    }


async def test_the_dial_in_is_read_out_of_the_text(bench: Bench) -> None:
    meeting = await bench.provider.schedule_meeting(bench.account(), a_meeting(), ATTEMPT)
    assert meeting.dial_ins == (DialIn(number="(+1) 202-555-0150", pin="130-725-076#", region_code="US"),)


async def test_a_private_meeting_in_tokyo_has_a_moderators_link_of_its_own(bench: Bench) -> None:
    draft = a_meeting(time_zone="Asia/Tokyo", password="made up")
    meeting = await bench.provider.schedule_meeting(bench.account(), draft, ATTEMPT)
    assert bench.last_fields["start_time"] == "2026-03-11T18:30:00.000000"
    assert bench.last_fields["password"] == "made up"
    assert meeting.start_time == TOMORROW
    assert (meeting.is_private, meeting.password) == (True, "made up")
    page = await bench.core.http.call("GET", meeting.host_url or "")
    assert b"You are the moderator" in page.body
    assert (await bench.core.http.call("GET", meeting.join_url)).status == 403


async def test_the_only_token_of_a_public_meeting_is_the_hosts(bench: Bench) -> None:
    meeting = await bench.provider.schedule_meeting(bench.account(), a_meeting(), ATTEMPT)
    page = await bench.core.http.call("GET", meeting.host_url or "")
    assert b"You are the moderator" in page.body


@pytest.mark.parametrize(
    ("zone", "start", "sent"),
    [
        ("Etc/GMT+2", datetime(2026, 6, 1, 12, tzinfo=UTC), "2026-06-01T10:00:00.000000"),
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "2026-03-29T01:59:00.000000"),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 1, tzinfo=UTC), "2026-03-29T03:01:00.000000"),
        ("America/New_York", datetime(2026, 11, 1, 7, 1, tzinfo=UTC), "2026-11-01T02:01:00.000000"),
        ("Asia/Kathmandu", datetime(2026, 6, 1, 12, tzinfo=UTC), "2026-06-01T17:45:00.000000"),
    ],
)
async def test_times_are_sent_in_the_zone_of_the_meeting(bench: Bench, zone: str, start: datetime, sent: str) -> None:
    draft = a_meeting(time_zone=zone, start_time=start, end_time=start + HOUR)
    meeting = await bench.provider.schedule_meeting(bench.account(), draft, ATTEMPT)
    assert (bench.last_fields["start_time"], bench.last_fields["time_zone"]) == (sent, zone)
    assert (meeting.start_time, meeting.end_time, meeting.time_zone) == (start, start + HOUR, zone)


@pytest.mark.parametrize("minutes", [-90, 0, 30, 90])
async def test_an_ambiguous_local_time_keeps_the_requested_instant(bench: Bench, minutes: int) -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=minutes)
    draft = a_meeting(start_time=start, end_time=start + timedelta(minutes=20))
    meeting = await bench.provider.schedule_meeting(bench.account(), draft, ATTEMPT)
    assert (meeting.start_time, meeting.end_time, meeting.time_zone) == (
        draft.start_time,
        draft.end_time,
        "Europe/Berlin",
    )


async def test_a_calendar_without_a_grant_sends_the_user_to_google(bench: Bench) -> None:
    account = bench.account()
    bench.sandbox.directory.user_by_email(EMAIL).may_write_calendar = False
    with pytest.raises(NotAuthorized) as caught:
        await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    assert caught.value.authorization_url == await bench.provider.calendar_authorization_url(account)
    assert len(bench.api_calls) == 3


async def test_a_missing_grant_is_reported_even_if_its_url_is_unavailable(bench: Bench) -> None:
    account = bench.account()
    bench.sandbox.directory.user_by_email(EMAIL).may_write_calendar = False
    bench.fail(503, path="/meet/app/calendar/get-auth-url")
    with pytest.raises(NotAuthorized) as caught:
        await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    assert caught.value.authorization_url is None


async def test_another_404_is_no_missing_grant(bench: Bench) -> None:
    bench.fail(404, "There is no such page")
    with pytest.raises(NotFound):
        await bench.provider.schedule_meeting(bench.account(), a_meeting(), ATTEMPT)


async def test_a_refusal_has_ringplans_message(bench: Bench) -> None:
    draft = a_meeting(end_time=TOMORROW)
    with pytest.raises(Rejected, match="end_time has to be after start_time"):
        await bench.provider.schedule_meeting(bench.account(), draft, ATTEMPT)


async def test_a_meeting_that_may_have_been_made_is_an_unknown_outcome(bench: Bench) -> None:
    account = bench.account()
    bench.fail(502, work=True)
    with pytest.raises(OutcomeUnknown):
        await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    assert len(await _list(bench, account, NOON, NOON + 2 * DAY)) == 1


async def test_an_instant_meeting_is_a_history_event_that_ends_as_it_begins(bench: Bench) -> None:
    draft = a_meeting(start_time=NOON, end_time=NOON + timedelta(minutes=45), time_zone="Asia/Tokyo")
    meeting = await bench.provider.start_meeting(bench.account(), draft, ATTEMPT)
    assert bench.api_calls == ["POST /meet/calendar/event/history"]
    assert bench.last_fields["start_time"] == bench.last_fields["end_time"] == "2026-03-10T20:59:15.000000"
    assert bench.last_fields["time_zone"] == "Asia/Tokyo"
    assert meeting.kind is MeetingKind.INSTANT
    assert (meeting.start_time, meeting.end_time) == (NOON, NOON + timedelta(minutes=45))
    assert (meeting.title, meeting.time_zone, meeting.organizer_email) == ("Check-up", "Asia/Tokyo", EMAIL)
    assert meeting.participants == (BEN, CARL)
    assert not meeting.is_private


async def test_a_private_instant_meeting_has_its_password(bench: Bench) -> None:
    draft = a_meeting(start_time=NOON, end_time=NOON + HOUR, password="made up")
    meeting = await bench.provider.start_meeting(bench.account(), draft, ATTEMPT)
    assert (meeting.is_private, meeting.password) == (True, "made up")
    assert (await bench.core.http.call("GET", meeting.join_url)).status == 403


@pytest.mark.parametrize("begin", [NOON + HOUR, NOON - 25 * HOUR])
async def test_an_instant_meeting_begins_now_with_any_requested_time(bench: Bench, begin: datetime) -> None:
    draft = a_meeting(start_time=begin, end_time=begin + HOUR)
    assert (await bench.provider.start_meeting(bench.account(), draft, ATTEMPT)).start_time == NOON


@pytest.mark.parametrize("behind", [timedelta(seconds=50), timedelta(minutes=4)])
async def test_a_meeting_starts_and_is_found_while_ringplans_clock_is_behind_and_its_date_does_not_show_it(
    bench: Bench, behind: timedelta
) -> None:
    account, now = bench.account(), NOON + behind
    draft = a_meeting(start_time=now, end_time=now + HOUR)
    provider = replace(bench, core=replace(bench.core, now=lambda: now)).provider
    meeting = await provider.start_meeting(account, draft, ATTEMPT)
    assert meeting.start_time == now
    assert bench.api_calls == ["POST /meet/calendar/event/history"] * 2
    found = await provider.find_meeting(account, draft, MeetingKind.INSTANT, LostWrite(attempt=ATTEMPT, since=now))
    assert found is not None
    assert found.external_id == meeting.external_id


async def test_times_are_sent_in_whole_seconds_to_a_service_that_counts_seconds(bench: Bench) -> None:
    bench.clock.time = NOON + timedelta(microseconds=999_999)
    draft = a_meeting(start_time=bench.clock(), end_time=bench.clock() + HOUR)
    meeting = await bench.provider.start_meeting(bench.account(), draft, ATTEMPT)
    assert str(bench.last_fields["start_time"]).endswith("12:59:15.000000")
    assert meeting.start_time == NOON


async def test_each_account_is_a_slice(bench: Bench) -> None:
    accounts = (bench.account(), bench.account("dora@example.com"))
    query = MeetingQuery(accounts=accounts, user_ids=None, start=NOON, end=TOMORROW)
    slices = bench.provider.meeting_slices(query)
    assert [(part.source, part.accounts, part.start, part.end) for part in slices] == [
        (account.key, (account,), NOON, TOMORROW) for account in accounts
    ]


@pytest.mark.parametrize(
    ("start", "end", "kinds"),
    [
        (NOON - 9 * DAY, NOON - 2 * DAY, {"history"}),
        (NOON + 2 * DAY, NOON + 9 * DAY, {"scheduled"}),
        (NOON - 9 * DAY, NOON + 9 * DAY, {"history", "scheduled"}),
        (NOON, NOON + HOUR, {"history", "scheduled"}),
        (NOON - HOUR, NOON, {"history", "scheduled"}),
    ],
)
async def test_only_the_lists_that_a_window_may_need_are_read(
    bench: Bench, start: datetime, end: datetime, kinds: set[str]
) -> None:
    await _list(bench, bench.account(), start, end)
    queries = [dict(parse_qsl(call.query)) for call in bench.sandbox.api.calls]
    assert {query["event_type"] for query in queries} == kinds
    assert len(queries) == len(kinds)
    assert {(query["page"], query["per_page"]) for query in queries} == {("1", "20")}
    assert {query["date_from"] for query in queries} == {(start - DAY).strftime("%Y-%m-%dT%H:%M:%S")}
    assert {query["date_to"] for query in queries} == {(end + DAY).strftime("%Y-%m-%dT%H:%M:%S")}


async def test_a_window_lists_both_kinds_in_order_of_time(bench: Bench) -> None:
    account, provider = bench.account(), bench.provider
    later = await provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    now = await provider.start_meeting(account, a_meeting(start_time=NOON, end_time=NOON + HOUR, title="Now"), ATTEMPT)
    meetings = await _list(bench, account, NOON, NOON + 7 * DAY)
    assert [meeting.id for meeting in meetings] == [now.id, later.id]
    assert [meeting.kind for meeting in meetings] == [MeetingKind.INSTANT, MeetingKind.SCHEDULED]


async def test_a_list_omits_the_fields_returned_at_creation(bench: Bench) -> None:
    account = bench.account()
    await bench.provider.schedule_meeting(account, a_meeting(password="made up"), ATTEMPT)
    (meeting,) = await _list(bench, account, NOON, NOON + 7 * DAY)
    assert (meeting.host_url, meeting.password, meeting.icalendar, meeting.dial_ins) == (None, None, None, ())
    assert meeting.is_private
    assert not meeting.detailed
    assert (meeting.start_time, meeting.time_zone) == (TOMORROW, "Europe/Berlin")
    assert [participant.email for participant in meeting.participants] == ["ben@example.com", "carl@example.com"]


async def test_a_meeting_in_progress_is_listed_once(bench: Bench) -> None:
    account = bench.account()
    draft = a_meeting(start_time=NOON + HOUR, end_time=NOON + 4 * HOUR)
    made = await bench.provider.schedule_meeting(account, draft, ATTEMPT)
    bench.clock.time = NOON + 2 * HOUR
    for start, end in ((NOON, NOON + DAY), (NOON + 3 * HOUR, NOON + DAY), (NOON, NOON + 2 * HOUR)):
        assert [meeting.id for meeting in await _list(bench, account, start, end)] == [made.id]


async def test_a_scheduled_meeting_that_is_over_stays_a_scheduled_one(bench: Bench) -> None:
    account = bench.account()
    await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    bench.clock.time = NOON + 7 * DAY
    (meeting,) = await _list(bench, account, NOON, NOON + 7 * DAY)
    assert meeting.kind is MeetingKind.SCHEDULED


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (TOMORROW - HOUR, TOMORROW, 0),
        (TOMORROW - HOUR, TOMORROW + timedelta(seconds=1), 1),
        (TOMORROW + timedelta(minutes=29), TOMORROW + HOUR, 1),
        (TOMORROW + timedelta(minutes=30), TOMORROW + HOUR, 0),
    ],
)
async def test_only_meetings_that_overlap_the_window_are_listed(
    bench: Bench, start: datetime, end: datetime, count: int
) -> None:
    account = bench.account()
    await bench.provider.schedule_meeting(account, a_meeting(), ATTEMPT)
    assert len(await _list(bench, account, start, end)) == count


async def test_all_pages_of_both_lists_are_read(bench: Bench) -> None:
    account, provider = bench.account(), bench.provider
    drafts = [
        a_meeting(start_time=NOON + number * HOUR, end_time=NOON + (number + 1) * HOUR) for number in range(1, 46)
    ]
    await asyncio.gather(*(provider.schedule_meeting(account, draft, ATTEMPT) for draft in drafts))
    bench.clock.time = NOON + 20 * HOUR
    bench.forget_calls()
    meetings = await _list(bench, account, NOON, NOON + 7 * DAY)
    assert [meeting.start_time for meeting in meetings] == [draft.start_time for draft in drafts]
    assert len(bench.api_calls) == 4


async def test_a_failing_list_fails_the_window(bench: Bench) -> None:
    bench.fail(429, headers={"retry-after": "7"})
    with pytest.raises(RateLimited) as caught:
        await _list(bench, bench.account(), NOON, NOON + DAY)
    assert caught.value.retry_after == 7


async def test_two_accounts_see_their_own_meetings(bench: Bench) -> None:
    ada, dora = bench.account(), bench.account("dora@example.com")
    await bench.provider.schedule_meeting(ada, a_meeting(), ATTEMPT)
    assert await _list(bench, dora, NOON, NOON + 7 * DAY) == []


async def _list(bench: Bench, account: Account, start: datetime, end: datetime) -> list[Meeting]:
    meeting_slice = MeetingSlice(source=account.key, start=start, end=end, accounts=(account,))
    return parsed(await bench.provider.list_meetings(meeting_slice))
