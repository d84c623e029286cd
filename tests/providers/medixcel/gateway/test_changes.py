"""Changes that an organiser makes in the service itself to what the gateway has read: when they are shown."""

from datetime import datetime
from typing import Any

import pytest

from tests.providers.medixcel.gateway.meetings import (
    BEN,
    DAY,
    LIST,
    MIDNIGHT,
    MINUTE,
    START,
    ist,
    listed,
    meeting,
    scheduled,
    window,
)
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel, connected

Json = dict[str, Any]

M3, M5 = "get_meetings_of_client_for_date", "get_meeting_details"
NO_CACHE = {"cache-control": "no-cache"}
SHOWN = "title participants { email } syncedAt"
EVA = {"email": "eva@example.com", "firstName": "Eva", "lastName": "Holm", "userId": "eva"}
BEFORE = ("Review", ["ben@example.com", "eva@example.com"])
AFTER = ("Moved", ["ben@example.com"])


@pytest.fixture
async def known(ada: Client) -> Json:
    """A meeting on Google with two participants, whose details are known."""
    account_id = await connected(ada, service="GOOGLE_MEET")
    return await scheduled(ada, account_id, "id externalId syncedAt", participants=[BEN, EVA])


@pytest.fixture
async def changed(known: Json, medixcel: Medixcel) -> Json:
    await medixcel.change(known["externalId"], title="Moved", participants=["ben@example.com"])
    return known


def seen(node: Json) -> tuple[str, list[str]]:
    return node["title"], [each["email"] for each in node["participants"]]


def synced(node: Json) -> datetime:
    return datetime.fromisoformat(node["syncedAt"])


async def shown(client: Client, headers: dict[str, str] | None = None, selection: str = SHOWN) -> tuple[Json, Json]:
    """The one meeting of the day, and the answer's extensions."""
    answer = await client.ask(LIST % selection, headers, filter=window())
    assert "errors" not in answer
    (node,) = answer["data"]["meetings"]["nodes"]
    return node, answer.get("extensions", {})


async def test_no_cache_shows_what_changed_in_details(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    asked_at = ahead()
    async with medixcel.counted() as asked:
        node, _ = await shown(ada, NO_CACHE)
    assert seen(node) == AFTER
    assert synced(node) >= asked_at
    assert asked.paths == [M3, M3, M5]


async def test_no_cache_reads_no_details_that_the_answer_does_not_show(
    ada: Client, known: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    asked_at = ahead()
    async with medixcel.counted() as asked:
        node, _ = await shown(ada, NO_CACHE, "startTime uid createdAt syncedAt")
    assert asked.paths == [M3, M3, M5]
    async with medixcel.counted() as asked:
        node, _ = await shown(ada, NO_CACHE, "startTime status syncedAt")
    assert asked.paths == [M3, M3]
    assert synced(node) >= asked_at


async def test_details_are_fresh_for_ten_minutes_and_say_when_they_were_read(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(seconds=595)
    async with medixcel.counted() as asked:
        node, extensions = await shown(ada)
    assert asked.paths == [M3, M3]
    assert seen(node) == BEFORE
    assert node["syncedAt"] == changed["syncedAt"]
    assert "stale" not in extensions


async def test_details_older_than_ten_minutes_are_read_again(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(seconds=601)
    asked_at = ahead()
    async with medixcel.counted() as asked:
        node, _ = await shown(ada)
    assert seen(node) == AFTER
    assert synced(node) >= asked_at
    assert asked.paths == [M3, M3, M5]


@pytest.mark.parametrize("usable", ["[usable_seconds]\nmeetings = 60"])
async def test_details_older_than_the_usable_age_are_fetched_before_the_response(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(seconds=61)
    node, _ = await shown(ada)
    assert seen(node) == AFTER


@pytest.mark.parametrize("usable", [""])
async def test_usable_details_are_returned_during_their_refresh(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(seconds=601)
    await medixcel.fail(f"/{M5}", delay=0.2)
    node, _ = await shown(ada)
    assert (seen(node), node["syncedAt"]) == (BEFORE, changed["syncedAt"])
    while seen(node) == BEFORE:
        node, extensions = await shown(ada)
    assert seen(node) == AFTER
    assert "stale" not in extensions


async def test_a_change_in_the_list_makes_its_details_due(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    await listed(ada)
    later = ist(START + 20 * MINUTE)
    await medixcel.call(
        "reschedule_meeting", meeting_id=changed["externalId"], start_time=later, duration_in_minutes="30"
    )
    await medixcel.settle()
    ahead.pass_by(seconds=31)
    async with medixcel.counted() as asked:
        first, _ = await shown(ada)
        second, _ = await shown(ada)
    assert (seen(first), seen(second)) == (AFTER, AFTER)
    assert asked.paths == [M3, M3, M5]


async def test_a_title_that_changed_with_the_time_is_announced_once(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    await listed(ada)
    later = ist(START + 20 * MINUTE)
    await medixcel.call(
        "reschedule_meeting", meeting_id=changed["externalId"], start_time=later, duration_in_minutes="30"
    )
    await medixcel.settle()
    ahead.pass_by(seconds=31)
    async with ada.subscribed("subscription { meetingChanged { title status } }") as socket:
        await shown(ada)
        assert (await socket.event())["data"]["meetingChanged"]["title"] == "Moved"
        assert (await socket.event())["data"]["meetingChanged"]["title"] == "Moved"
        await shown(ada, NO_CACHE)
        await ada.do("cancelMeeting", meetingId=changed["id"])
        assert (await socket.event())["data"]["meetingChanged"]["status"] == "CANCELLED"


@pytest.mark.parametrize("headers", [NO_CACHE, None])
async def test_details_that_cannot_be_read_again_are_shown_as_stale(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead, headers: dict[str, str] | None
) -> None:
    ahead.pass_by(seconds=601)
    await medixcel.fail(f"/{M5}", status=500, times=20)
    node, extensions = await shown(ada, headers)
    assert (seen(node), node["syncedAt"]) == (BEFORE, changed["syncedAt"])
    (stale,) = extensions["stale"]
    assert (stale["provider"], stale["code"], stale["since"]) == ("connect", "UNAVAILABLE", changed["syncedAt"])


async def test_changed_details_that_cannot_be_read_again_are_shown_as_stale(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    await listed(ada)
    await medixcel.call("cancel_meeting", meeting_id=changed["externalId"])
    await medixcel.fail(f"/{M5}", status=500, times=20)
    ahead.pass_by(seconds=31)
    answer = await ada.ask(LIST % SHOWN, NO_CACHE, filter=window())
    assert "errors" not in answer
    assert answer["extensions"]["stale"][0]["since"] == changed["syncedAt"]


async def test_details_that_were_never_read_and_cannot_be_are_an_error(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    await medixcel.schedule("35", ist(START))
    await medixcel.fail(f"/{M5}", status=500, times=20)
    answer = await ada.ask(LIST % "title syncedAt", filter=window())
    (node,) = answer["data"]["meetings"]["nodes"]
    assert node["title"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAVAILABLE"]


async def test_a_meeting_by_its_id_shows_a_change_although_its_list_is_fresh(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(seconds=31)
    await listed(ada)
    async with medixcel.counted() as asked:
        node = await meeting(ada, changed["id"], SHOWN)
    assert seen(node) == AFTER
    assert asked.paths == [M5]


async def test_a_meeting_by_its_id_that_cannot_be_read_is_asked_for_once(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(seconds=601)
    await medixcel.fail(f"/{M5}", status=404, times=20)
    async with medixcel.counted() as asked:
        assert seen(await meeting(ada, changed["id"], SHOWN)) == BEFORE
    assert asked.paths == [M5]


async def test_a_text_filter_fetches_titles_that_are_not_fresh(
    ada: Client, changed: Json, medixcel: Medixcel, ahead: Ahead
) -> None:
    assert await listed(ada, "title", text="moved") == []
    ahead.pass_by(seconds=601)
    assert await listed(ada, "title", text="moved") == [{"title": "Moved"}]


async def test_fifty_known_meetings_cost_no_details_for_ten_minutes_and_one_call_each_afterwards(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    for number in range(50):
        await medixcel.schedule("35", ist(MIDNIGHT + (number % 5) * DAY + number * MINUTE), f"Visit {number:02}")
    found = await listed(ada, "title", **window(5))
    ahead.pass_by(seconds=580)
    async with medixcel.counted() as within:
        assert await listed(ada, "title", **window(5)) == found
    ahead.pass_by(seconds=21)
    async with medixcel.counted() as afterwards:
        assert await listed(ada, "title", **window(5)) == found
    assert (within.of(M5), afterwards.of(M5)) == (0, 50)
    assert afterwards.peak <= 8


async def test_synced_at_depends_on_the_fields_that_fragments_and_directives_select(
    ada: Client, known: Json, ahead: Ahead
) -> None:
    document = """
      query ($filter: MeetingFilter, $with: Boolean!) {
        days: meetings(filter: $filter) { nodes { syncedAt ...Shown } }
      }
      fragment Shown on Meeting { id ... on Node { ... on Meeting { name: title @include(if: $with) } } }
    """
    ahead.pass_by(seconds=31)
    asked_at = ahead()
    (without,) = (await ada.data(document, filter=window(), **{"with": False}))["days"]["nodes"]
    (with_title,) = (await ada.data(document, filter=window(), **{"with": True}))["days"]["nodes"]
    assert synced(without) >= asked_at
    assert with_title["syncedAt"] == known["syncedAt"]
