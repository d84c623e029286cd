"""M6: meetings that are called off, here and by others."""

import pytest

from tests.providers.medixcel.gateway.meetings import LATER, START, at, ist, listed, meeting, moved, scheduled, utc
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel


async def test_cancelled_meetings_are_listed_only_on_request(ada: Client, account_id: str, ahead: Ahead) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    payload = await ada.do("cancelMeeting", "meeting { status title }", meetingId=meeting_id)
    assert payload["meeting"] == {"status": "CANCELLED", "title": "Review"}
    for _ in range(2):
        assert await listed(ada) == []
        assert await listed(ada, statuses=["CANCELLED"]) == [{"id": meeting_id}]
        assert (await meeting(ada, meeting_id))["status"] == "CANCELLED"
        ahead.pass_by(seconds=31)


async def test_cancelling_twice_has_the_effect_of_once(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    async with medixcel.counted() as asked:
        answers = [
            (await ada.do("cancelMeeting", "meeting { id status syncedAt }", meetingId=meeting_id))["meeting"]
            for _ in range(2)
        ]
    assert asked.paths == ["cancel_meeting"]
    assert answers[0] == answers[1]


async def test_a_meeting_that_others_cancelled_is_cancelled(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    created = await scheduled(ada, account_id, "id externalId")
    await medixcel.call("cancel_meeting", meeting_id=created["externalId"])
    payload = await ada.do("cancelMeeting", "meeting { status }", meetingId=created["id"])
    assert payload["meeting"] == {"status": "CANCELLED"}


@pytest.mark.usefixtures("account_id")
async def test_a_listed_meeting_can_be_moved_and_cancelled(ada: Client, medixcel: Medixcel) -> None:
    await medixcel.schedule("35", ist(START))
    [found] = await listed(ada)
    assert await moved(ada, found["id"]) == at(LATER, 45)
    payload = await ada.do("cancelMeeting", "meeting { status }", meetingId=found["id"])
    assert payload["meeting"] == {"status": "CANCELLED"}
    assert [each["cancelled"] for each in (await medixcel.state())["meetings"]] == [True]


async def test_meetings_of_a_disconnected_account_stay_readable_and_can_not_be_changed(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    await ada.do("disconnectAccount", accountId=account_id)
    assert await meeting(ada, meeting_id) == at(START, 30)
    assert await listed(ada) == [{"id": meeting_id}]
    for mutation, given in (("cancelMeeting", {}), ("rescheduleMeeting", {"startTime": utc(LATER)})):
        async with medixcel.counted() as asked:
            [error] = await ada.refusals(mutation, meetingId=meeting_id, **given)
        assert (error["code"], asked.paths) == ("NOT_AUTHORIZED", [])
