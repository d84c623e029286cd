"""M7: meetings that are moved, here and by others, and a service that is slow to notice."""

import pytest

from tests.providers.medixcel.gateway.meetings import (
    DAY,
    LATER,
    MIDNIGHT,
    START,
    WHEN,
    at,
    ist,
    listed,
    meeting,
    moved,
    scheduled,
    utc,
    window,
)
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel

CHANGED = "subscription { meetingChanged { id startTime status } }"


async def test_a_rescheduled_meeting_is_at_the_requested_time(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    async with medixcel.counted() as asked:
        assert await moved(ada, meeting_id) == at(LATER, 45)
    assert asked.paths == ["reschedule_meeting"]
    assert (asked.fields[0]["start_time"], asked.fields[0]["duration_in_minutes"]) == (ist(LATER), "45")


async def test_a_reschedule_without_a_duration_preserves_it(ada: Client, account_id: str) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    assert await moved(ada, meeting_id, minutes=None) == at(LATER, 30)


async def test_the_new_time_is_shown_while_the_service_returns_the_old_one(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    await medixcel.behave(stays_stale=True)
    meeting_id = (await scheduled(ada, account_id))["id"]
    assert await moved(ada, meeting_id) == at(LATER, 45)
    for _ in range(2):
        ahead.pass_by(seconds=31)
        assert await listed(ada, WHEN) == []
        assert await listed(ada, WHEN, **window(3)) == [at(LATER, 45)]
        assert await meeting(ada, meeting_id) == at(LATER, 45)
    await medixcel.settle()
    ahead.pass_by(seconds=31)
    assert await listed(ada, WHEN, **window(3)) == [at(LATER, 45)]


async def test_several_moves_are_shown_as_the_last_one(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    """The service lags behind, at first by all, then by one of them."""
    await medixcel.behave(stays_stale=True)
    meeting_id = (await scheduled(ada, account_id))["id"]
    await moved(ada, meeting_id, MIDNIGHT + DAY, 20)
    await moved(ada, meeting_id)
    for lag in (START, MIDNIGHT + DAY):
        minutes = "30" if lag == START else "20"
        external_id = (await meeting(ada, meeting_id, "externalId"))["externalId"]
        await medixcel.call(
            "reschedule_meeting", meeting_id=external_id, start_time=ist(lag), duration_in_minutes=minutes
        )
        await medixcel.settle()
        ahead.pass_by(seconds=31)
        assert await listed(ada, WHEN, **window(3)) == [at(LATER, 45)]
        assert await meeting(ada, meeting_id) == at(LATER, 45)


async def test_the_services_time_is_shown_again_after_it_has_caught_up(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    external_id = (await meeting(ada, meeting_id, "externalId"))["externalId"]
    await moved(ada, meeting_id)
    ahead.pass_by(seconds=31)
    await listed(ada, **window(3))
    await medixcel.call("reschedule_meeting", meeting_id=external_id, start_time=ist(START), duration_in_minutes="30")
    ahead.pass_by(seconds=31)
    assert await listed(ada, WHEN) == [at(START, 30)]


@pytest.mark.usefixtures("account_id")
async def test_outdated_details_do_not_undo_a_move(ada: Client, medixcel: Medixcel) -> None:
    """A meeting of a list, whose details are asked for after it was moved."""
    await medixcel.behave(stays_stale=True)
    await medixcel.schedule("35", ist(START))
    [found] = await listed(ada)
    await moved(ada, found["id"])
    assert await meeting(ada, found["id"], f"title {WHEN}") == at(LATER, 45) | {"title": "Visit"}
    assert await listed(ada, f"title {WHEN}", **window(3)) == [at(LATER, 45) | {"title": "Visit"}]


async def test_the_change_is_published(ada: Client, account_id: str) -> None:
    async with ada.subscribed(CHANGED) as socket:
        meeting_id = (await scheduled(ada, account_id))["id"]
        await moved(ada, meeting_id)
        await ada.do("cancelMeeting", meetingId=meeting_id)
        events = [(await socket.event())["data"]["meetingChanged"] for _ in range(3)]
    assert [(each["startTime"], each["status"]) for each in events][1:] == [
        (utc(LATER), "SCHEDULED"),
        (utc(LATER), "CANCELLED"),
    ]


async def test_a_cancelled_meeting_can_not_be_moved(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    await ada.do("cancelMeeting", meetingId=meeting_id)
    async with medixcel.counted() as asked:
        [error] = await ada.refusals(
            "rescheduleMeeting", meetingId=meeting_id, startTime=utc(LATER), durationMinutes=30
        )
    assert (error["code"], asked.paths) == ("CONFLICT", [])


async def test_a_meeting_that_others_cancelled_can_not_be_moved(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    created = await scheduled(ada, account_id, "id externalId")
    await medixcel.call("cancel_meeting", meeting_id=created["externalId"])
    [error] = await ada.refusals("rescheduleMeeting", meetingId=created["id"], startTime=utc(LATER), durationMinutes=30)
    assert (error["code"], error["provider"]) == ("CONFLICT", "connect")
