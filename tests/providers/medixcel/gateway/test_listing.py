"""M3: meetings of any window, over the days in India that it touches and the day before them."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.providers.medixcel.gateway.meetings import (
    DAY,
    HOUR,
    IST,
    LIST,
    MIDNIGHT,
    ist,
    listed,
    scheduled,
    utc,
    window,
)
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import GOOGLE, Medixcel, connected
from tests.testkit.statements import statements_of_all_stores

MINUTE = timedelta(minutes=1)
LISTED = "externalId service kind status startTime endTime durationMinutes joinUrl createdAt syncedAt isPrivate"
M3, M5 = "get_meetings_of_client_for_date", "get_meeting_details"
M3_PATH = f"/{M3}"


async def test_a_meeting_of_another_program_is_listed_with_all_fields_of_the_list(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    meeting_id = await medixcel.schedule("35", ist(MIDNIGHT + 10 * HOUR), minutes=45)
    async with medixcel.counted() as asked:
        [meeting] = await listed(ada, f"account {{ id }} {LISTED}")
    assert asked.paths == [M3, M3]
    assert meeting["account"] == {"id": account_id}
    assert (meeting["externalId"], meeting["service"], meeting["kind"]) == (meeting_id, "ZOOM", "SCHEDULED")
    assert (meeting["startTime"], meeting["endTime"]) == (
        utc(MIDNIGHT + 10 * HOUR),
        utc(MIDNIGHT + 10 * HOUR + 45 * MINUTE),
    )
    assert (meeting["durationMinutes"], meeting["status"]) == (45, "SCHEDULED")
    assert meeting["joinUrl"].startswith("https://zoom.example.com/j/")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (timedelta(), DAY, [-1, 0]),
        (-MINUTE, DAY, [-2, -1, 0]),
        (timedelta(), DAY + MINUTE, [-1, 0, 1]),
        (DAY - MINUTE, DAY, [-1, 0]),
        (timedelta(), 5 * DAY, [-1, 0, 1, 2, 3, 4]),
    ],
)
async def test_a_window_costs_a_call_for_each_day_in_india_that_it_touches_and_one_for_the_day_before(
    ada: Client, account_id: str, medixcel: Medixcel, start: timedelta, end: timedelta, days: list[int]
) -> None:
    span = {"from": utc(MIDNIGHT + start), "to": utc(MIDNIGHT + end)}
    async with medixcel.counted() as asked:
        await listed(ada, **span)
    assert sorted(call["date"] for call in asked.fields) == [f"{MIDNIGHT + day * DAY:%Y-%m-%d}" for day in days]
    assert {call["user_id"] for call in asked.fields} == {"ada"}
    async with medixcel.counted() as asked_again:
        await listed(ada, **span)
    assert asked_again.paths == []


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata", "UTC"])
async def test_a_day_in_any_zone_lists_the_meetings_that_overlap_it(
    ada: Client, account_id: str, medixcel: Medixcel, zone: str
) -> None:
    """At its first and its last minute, and not the minutes before and after."""
    first = MIDNIGHT.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0) + 2 * DAY
    last = first + DAY
    times = [first - MINUTE, first, last - MINUTE, last]
    ids = [await medixcel.schedule("35", ist(moment), minutes=1) for moment in times]
    found = await listed(ada, "externalId", **{"from": first.isoformat(), "to": last.isoformat()})
    assert [meeting["externalId"] for meeting in found] == ids[1:3]


async def test_a_window_that_was_read_is_fresh_for_half_a_minute(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    await listed(ada)
    ahead.pass_by(seconds=28)
    async with medixcel.counted() as fresh:
        await listed(ada)
    ahead.pass_by(seconds=3)
    async with medixcel.counted() as stale:
        await listed(ada)
    assert (fresh.paths, stale.paths) == ([], [M3, M3])


async def test_days_that_are_over_are_fresh_for_longer(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    over = window(start=MIDNIGHT - 40 * DAY)
    await listed(ada, **over)
    ahead.pass_by(minutes=59)
    async with medixcel.counted() as asked:
        await listed(ada, **over)
    assert asked.paths == []


async def test_overlapping_windows_ask_only_for_what_is_not_fresh(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    await listed(ada, **window(3))
    async with medixcel.counted() as asked:
        await listed(ada, **window(5))
    assert asked.of(M3) == 2


async def test_no_cache_reads_again(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    await listed(ada)
    async with medixcel.counted() as asked:
        await ada.data(LIST % "id", {"cache-control": "no-cache"}, filter=window())
    assert asked.paths == [M3, M3]


async def test_unchanged_days_are_neither_parsed_nor_written(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    await medixcel.schedule("35", ist(MIDNIGHT + 10 * HOUR))
    no_cache, days = {"cache-control": "no-cache"}, window(3)
    first = await ada.data(LIST % "id", no_cache, filter=days)

    async with medixcel.counted() as asked:
        with statements_of_all_stores() as sent:
            assert await ada.data(LIST % "id", no_cache, filter=days) == first

    assert len(first["meetings"]["nodes"]) == 1
    assert asked.of(M3) == 4
    assert not [each for each in sent if not each.lstrip().startswith("SELECT")]

    await medixcel.schedule("35", ist(MIDNIGHT + 11 * HOUR))
    assert len((await ada.data(LIST % "id", no_cache, filter=days))["meetings"]["nodes"]) == 2


async def test_a_day_is_read_again_after_details_have_changed_its_meeting(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    await medixcel.schedule("35", ist(MIDNIGHT + 10 * HOUR))
    no_cache = {"cache-control": "no-cache"}
    first = await ada.data(LIST % "id startTime", no_cache, filter=window())
    assert await ada.data(LIST % "id startTime", no_cache, filter=window()) == first

    await ada.data(LIST % "id title", no_cache, filter=window())
    with statements_of_all_stores() as sent:
        assert await ada.data(LIST % "id startTime", no_cache, filter=window()) == first

    # The title was new: it is stored, and the list is compared with what is stored now.
    assert [each for each in sent if "UPDATE meetings" in each]


async def test_a_month_is_read_eight_days_at_once(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    await medixcel.fail(M3_PATH, delay=0.02, times=32)
    async with medixcel.counted() as asked:
        await listed(ada, **window(31))
    assert (asked.of(M3), asked.peak) == (32, 8)


async def test_concurrent_readers_share_the_calls(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    await medixcel.fail(M3_PATH, delay=0.1, times=4)
    async with medixcel.counted() as asked:
        await asyncio.gather(*(listed(ada, **window(3)) for _ in range(20)))
    assert asked.of(M3) == 4


async def test_titles_cost_a_call_each_once_and_eight_at_a_time(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    starts = [MIDNIGHT + (number % 10) * DAY + number * MINUTE for number in range(50)]
    for number, start in enumerate(starts):
        await medixcel.schedule("35", ist(start), f"Visit {number:02}")
    async with medixcel.counted() as cold:
        found = await listed(ada, "title participants { email } organizerEmail", **window(10))
    assert sorted(meeting["title"] for meeting in found) == [f"Visit {number:02}" for number in range(50)]
    assert (cold.of(M3), cold.of(M5)) == (11, 50)
    assert cold.peak <= 8
    async with medixcel.counted() as fresh:
        await listed(ada, "title participants { email }", **window(10))
    assert fresh.paths == []
    ahead.pass_by(seconds=31)
    async with medixcel.counted() as known:
        assert await listed(ada, "title participants { email } organizerEmail", **window(10)) == found
    assert (known.of(M3), known.of(M5)) == (11, 0)


async def test_fields_of_the_list_cost_no_call_for_details(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    await medixcel.schedule("35", ist(MIDNIGHT))
    async with medixcel.counted() as asked:
        await listed(ada, f"id account {{ id }} provider {{ name }} {LISTED}")
    assert asked.paths == [M3, M3]


@pytest.mark.parametrize(
    "detail", ["uid", "title", "description", "hostUrl", "password", "organizerEmail", "icalendar", "calendarUrl"]
)
async def test_a_detail_costs_one_call_even_if_it_is_missing(
    ada: Client, account_id: str, medixcel: Medixcel, detail: str
) -> None:
    await medixcel.schedule("35", ist(MIDNIGHT))
    async with medixcel.counted() as asked:
        for _ in range(2):
            await listed(ada, detail)
    assert asked.paths == [M3, M3, M5]


async def test_a_meeting_that_was_scheduled_here_costs_no_details(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    await scheduled(ada, account_id)
    async with medixcel.counted() as asked:
        [meeting] = await listed(ada, "title description uid participants { email } hostUrl password icalendar")
    assert (asked.paths, meeting["title"]) == ([M3, M3], "Review")


async def test_a_text_filter_fetches_missing_titles(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    for title in ("Knee, left", "Knee, right", "Elbow"):
        await medixcel.schedule("35", ist(MIDNIGHT + HOUR), title)
    await medixcel.schedule("35", ist(MIDNIGHT + 3 * DAY), "Knee, later")
    async with medixcel.counted() as asked:
        found = await listed(ada, "title", text="KNEE")
    assert sorted(meeting["title"] for meeting in found) == ["Knee, left", "Knee, right"]
    assert (asked.of(M3), asked.of(M5)) == (2, 3)


async def test_a_meeting_over_midnight_is_shown_on_both_days(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    """It is listed on the day on which it starts; the window that begins in its midst is the first that is read."""
    meeting_id = await medixcel.schedule("35", ist(MIDNIGHT - HOUR / 2), minutes=120)
    for _ in range(2):
        async with medixcel.counted() as asked:
            hour = {"from": utc(MIDNIGHT), "to": utc(MIDNIGHT + HOUR)}
            assert await listed(ada, "externalId", **hour) == [{"externalId": meeting_id}]
        assert asked.paths == [M3, M3]
        ahead.pass_by(seconds=31)
    assert await listed(ada, "externalId", **window(start=MIDNIGHT - DAY)) == [{"externalId": meeting_id}]


async def test_a_meeting_that_takes_a_day_is_shown_until_it_ends(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    meeting_id = await medixcel.schedule("35", ist(MIDNIGHT - MINUTE), minutes=24 * 60)
    last = {"from": utc(MIDNIGHT + DAY - 2 * MINUTE), "to": utc(MIDNIGHT + DAY)}
    assert await listed(ada, "externalId", **last) == [{"externalId": meeting_id}]
    assert await listed(ada, "externalId", **last | {"from": utc(MIDNIGHT + DAY - MINUTE)}) == []


async def test_two_days_cost_three_calls_and_the_days_that_follow_them_no_call_for_the_day_before(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    async with medixcel.counted() as first:
        await listed(ada, **window(2))
    async with medixcel.counted() as following:
        await listed(ada, **window(2, MIDNIGHT + 2 * DAY))
    assert (first.of(M3), following.of(M3)) == (3, 2)


async def test_a_meeting_of_the_day_before_that_others_cancelled_is_cancelled_here(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    meeting_id = await medixcel.schedule("35", ist(MIDNIGHT - HOUR), minutes=120)
    assert await listed(ada, "status") == [{"status": "SCHEDULED"}]
    await medixcel.call("cancel_meeting", meeting_id=meeting_id)
    ahead.pass_by(seconds=31)
    assert await listed(ada) == []


async def test_a_day_without_meetings_is_empty_in_both_forms(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    for day, habit in enumerate(("204", "list")):
        await medixcel.behave(empty_day=habit)
        assert await listed(ada, **window(start=MIDNIGHT + day * DAY)) == []


@pytest.mark.parametrize("service", [1, GOOGLE])
async def test_a_meeting_that_others_cancelled_is_cancelled_here(
    ada: Client, medixcel: Medixcel, ahead: Ahead, service: int
) -> None:
    await connected(ada, service="GOOGLE_MEET" if service == GOOGLE else "ZOOM")
    meeting_id = await medixcel.schedule("35", ist(MIDNIGHT))
    assert await listed(ada, "status") == [{"status": "SCHEDULED"}]
    await medixcel.call("cancel_meeting", meeting_id=meeting_id)
    ahead.pass_by(seconds=31)
    assert await listed(ada) == []
    assert await listed(ada, "externalId", statuses=["CANCELLED"]) == [{"externalId": meeting_id}]
    ahead.pass_by(seconds=31)
    async with medixcel.counted() as asked:
        await listed(ada)
    assert asked.paths == [M3, M3]


async def test_a_meeting_that_was_moved_to_another_day_upstream_is_found_and_published(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    meeting_id = await medixcel.schedule("35", ist(MIDNIGHT))
    await listed(ada)
    moved = MIDNIGHT + 2 * DAY + HOUR
    await medixcel.call("reschedule_meeting", meeting_id=meeting_id, start_time=ist(moved), duration_in_minutes="15")
    ahead.pass_by(seconds=31)
    async with ada.subscribed("subscription { meetingChanged { startTime durationMinutes status } }") as socket:
        assert await listed(ada) == []
        event = (await socket.event())["data"]["meetingChanged"]
    assert event == {"startTime": utc(moved), "durationMinutes": 15, "status": "SCHEDULED"}
    assert await listed(ada, "startTime", **window(4)) == [{"startTime": utc(moved)}]


async def test_pages_go_through_a_list_in_either_order(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    ids = [await medixcel.schedule("35", ist(MIDNIGHT + number * MINUTE)) for number in range(7)]
    document = """
      query ($filter: MeetingFilter, $after: String, $order: MeetingOrder) {
        meetings(filter: $filter, first: 3, after: $after, orderBy: $order) {
          totalCount nodes { externalId } pageInfo { hasNextPage endCursor }
        }
      }
    """
    for order, expected in (("START_TIME_ASC", ids), ("START_TIME_DESC", ids[::-1])):
        found, after = [], None
        while True:
            page = (await ada.data(document, filter=window(), after=after, order=order))["meetings"]
            assert page["totalCount"] == 7
            found += [meeting["externalId"] for meeting in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        assert found == expected


@pytest.mark.parametrize(
    "span",
    [
        {"from": "0001-01-01T00:00:00Z", "to": "0001-12-31T00:00:00Z"},
        {"from": "9999-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"},
        {"from": "9999-12-31T23:59:59.999999Z"},
        {"to": "0001-01-01T00:00:01Z"},
    ],
)
async def test_windows_at_the_ends_of_the_calendar_are_valid_and_cost_no_call(
    ada: Client, account_id: str, medixcel: Medixcel, span: dict[str, str]
) -> None:
    async with medixcel.counted() as asked:
        answer = await ada.ask(LIST % "id", filter=span)
    if "errors" in answer:
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    else:
        assert answer["data"]["meetings"]["nodes"] == []
    assert asked.paths == []


async def test_a_window_of_more_than_a_year_is_refused(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        answer = await ada.ask(LIST % "id", filter={"from": utc(MIDNIGHT), "to": utc(MIDNIGHT + 367 * DAY)})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert asked.paths == []


async def test_without_a_window_it_is_today_and_thirty_days_on(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    async with medixcel.counted() as asked:
        await ada.data("{ meetings { nodes { id } } }")
    midnight = datetime.now(UTC).replace(hour=0, minute=0)
    days = [f"{(midnight + number * DAY).astimezone(IST):%Y-%m-%d}" for number in range(-1, 32)]
    assert sorted(call["date"] for call in asked.fields) == days
