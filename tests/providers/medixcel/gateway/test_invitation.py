"""Invitations: the service gives none, so the gateway writes them."""

import pytest
from icalendar import Calendar, Event

from tests.providers.medixcel.gateway.meetings import LATER, START, ist, listed, meeting, moved, scheduled, window
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel


def read(text: str) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    return calendar, event


async def invitation(client: Client, meeting_id: str) -> tuple[Calendar, Event]:
    return read((await meeting(client, meeting_id, "icalendar"))["icalendar"])


async def test_an_invitation_has_what_participants_need(ada: Client, account_id: str) -> None:
    created = await scheduled(
        ada,
        account_id,
        "id uid joinUrl hostUrl password icalendar",
        description="Bring the letter",
        timeZone="Europe/Berlin",
    )
    calendar, event = read(created["icalendar"])
    assert (calendar.method, event.sequence, event.uid) == ("REQUEST", 0, created["uid"])
    assert (event.start, event.end) == (START, START.replace(minute=30))
    assert "DTSTART;TZID=Europe/Berlin:" in created["icalendar"]
    assert [zone.tz_name for zone in calendar.timezones] == ["Europe/Berlin"]
    assert (event.summary, event.description, event.location) == ("Review", "Bring the letter", created["joinUrl"])
    assert event.organizer == "mailto:user-ada@example.com"
    assert [(str(each), each.params["CN"]) for each in event.attendees] == [("mailto:ben@example.com", "Ben Moor")]
    unfolded = created["icalendar"].replace("\r\n ", "")
    assert created["hostUrl"] not in unfolded
    assert created["password"] not in unfolded


async def test_each_change_raises_the_sequence_and_a_read_does_not(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    await medixcel.behave(stays_stale=True)
    meeting_id = (await scheduled(ada, account_id))["id"]
    first = (await invitation(ada, meeting_id))[1]
    await moved(ada, meeting_id)
    for _ in range(2):
        ahead.pass_by(seconds=31)
        await listed(ada, **window(3))
        calendar, event = await invitation(ada, meeting_id)
        assert (calendar.method, event.sequence, event.uid, event.start) == ("REQUEST", 1, first.uid, LATER)
        await medixcel.settle()
    await ada.do("cancelMeeting", meetingId=meeting_id)
    calendar, event = await invitation(ada, meeting_id)
    assert (calendar.method, event.status, event.sequence, event.uid) == ("CANCEL", "CANCELLED", 2, first.uid)


async def test_a_change_at_the_service_increments_the_sequence(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    external_id = await medixcel.schedule("35", ist(START), "Visit")
    [found] = await listed(ada, "id icalendar")
    assert (read(found["icalendar"])[1].summary, read(found["icalendar"])[1].sequence) == ("Visit", 0)
    await medixcel.call("reschedule_meeting", meeting_id=external_id, start_time=ist(LATER), duration_in_minutes="15")
    ahead.pass_by(seconds=31)
    assert (await invitation(ada, found["id"]))[1].sequence == 1


@pytest.mark.parametrize("selection", ["title", "icalendar", "title icalendar participants { email }"])
async def test_an_invitation_costs_no_more_than_a_title(
    ada: Client, account_id: str, medixcel: Medixcel, selection: str
) -> None:
    await medixcel.schedule("35", ist(START))
    async with medixcel.counted() as asked:
        await listed(ada, selection)
    assert asked.paths == ["get_meetings_of_client_for_date"] * 2 + ["get_meeting_details"]
