"""M2: meetings that are set up through the gateway."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.providers.medixcel.gateway.meetings import (
    BEN,
    DAY,
    IST,
    MINUTE,
    START,
    WHEN,
    Json,
    at,
    ist,
    listed,
    scheduled,
    utc,
    window,
)
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel, connected

ACCOUNT_CHANGED = "subscription { accountChanged { status expiresAt } }"


async def test_the_service_gets_the_requested_meeting(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        await scheduled(ada, account_id, title="Knee", participants=[BEN, {"email": "cem@example.com"}])
    assert asked.paths == ["set_up_meeting"]
    assert asked.fields == [
        {
            "client_key": "sandbox-client-key",
            "video_call_provider_account_id": "35",
            "duration_in_minutes": "30",
            "meeting_title": "Knee",
            "participants": [
                {"iUserID": "ben", "sEmail": "ben@example.com", "sFirstName": "Ben", "sLastName": "Moor"},
                {"iUserID": "", "sEmail": "cem@example.com"},
            ],
            "start_time": ist(START),
        }
    ]


@pytest.mark.parametrize("start", ["2035-10-28T02:30:00+02:00", "2035-10-28T02:30:00+01:00"])
async def test_an_hour_that_the_zone_of_the_meeting_has_twice_is_one_hour_in_india(
    ada: Client, account_id: str, medixcel: Medixcel, start: str
) -> None:
    moment = datetime.fromisoformat(start)
    async with medixcel.counted() as asked:
        made = await scheduled(ada, account_id, WHEN, startTime=start, timeZone="Europe/Berlin")
    assert asked.fields[0]["start_time"] == ist(moment)
    assert made == at(moment, 30)


async def test_a_zoom_meeting_has_room_password_and_host_link(ada: Client, account_id: str) -> None:
    created = await scheduled(
        ada,
        account_id,
        f"{WHEN} externalId uid service kind title description timeZone joinUrl hostUrl room password "
        "organizerEmail calendarUrl account { id } participants { email firstName lastName userId response } "
        "dialIns { number pin regionCode }",
        description="Bring the letter",
        timeZone="Asia/Kolkata",
    )
    assert created | at(START, 30) == created
    assert (created["service"], created["kind"], created["account"]) == ("ZOOM", "SCHEDULED", {"id": account_id})
    assert (created["title"], created["description"], created["timeZone"]) == (
        "Review",
        "Bring the letter",
        "Asia/Kolkata",
    )
    assert created["participants"] == [BEN | {"response": "UNKNOWN"}]
    assert created["hostUrl"].startswith("https://zoom.example.com/s/")
    assert created["joinUrl"].startswith("https://zoom.example.com/j/")
    assert created["organizerEmail"] == "user-ada@example.com"
    assert [(each["number"], each["regionCode"]) for each in created["dialIns"]] == [("+1 2025550187", "US")]
    assert all(created[name] for name in ("externalId", "uid", "room", "password"))
    assert created["calendarUrl"] is None


async def test_a_google_meeting_has_dial_ins_calendar_page_and_participants(ada: Client) -> None:
    account_id = await connected(ada, service="GOOGLE_MEET")
    created = await scheduled(
        ada,
        account_id,
        "service calendarUrl room joinUrl participants { email firstName lastName userId response } "
        "dialIns { number pin regionCode } password",
    )
    assert created["service"] == "GOOGLE_MEET"
    assert created["calendarUrl"].startswith("https://calendar.example.com/event?eid=")
    assert created["joinUrl"] == f"https://meet.example.com/{created['room']}"
    assert created["participants"] == [BEN | {"response": "NEEDS_ACTION"}]
    [dial_in] = created["dialIns"]
    assert (dial_in["number"], dial_in["regionCode"], len(dial_in["pin"])) == ("+1 202-555-0143", "US", 9)
    assert created["password"] is None


async def test_a_meeting_can_start_now(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        payload = await ada.do(
            "startMeeting",
            f"meeting {{ kind {WHEN} }}",
            accountId=account_id,
            title="Now",
            durationMinutes=20,
            participants=[BEN],
        )
    started = payload["meeting"]
    assert (started["kind"], started["status"], started["durationMinutes"]) == ("INSTANT", "IN_PROGRESS", 20)
    assert abs(datetime.fromisoformat(started["startTime"]) - datetime.now(UTC)) < MINUTE
    assert "start_time" not in asked.fields[0]
    now = datetime.now(IST)
    today = window(start=now.replace(hour=0, minute=0, second=0, microsecond=0))
    assert await listed(ada, "kind", **today) == [{"kind": "INSTANT"}]


@pytest.mark.parametrize("mutation", ["scheduleMeeting", "startMeeting"])
@pytest.mark.parametrize("participants", [{}, {"participants": []}])
async def test_a_meeting_without_participants_is_refused_without_a_call(
    ada: Client, account_id: str, medixcel: Medixcel, mutation: str, participants: Json
) -> None:
    time = {"startTime": utc(START)} if mutation == "scheduleMeeting" else {}
    async with medixcel.counted() as asked:
        [error] = await ada.refusals(
            mutation, accountId=account_id, title="Alone", durationMinutes=30, **time, **participants
        )
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "participants"])
    assert asked.paths == []


async def test_a_password_is_not_supported(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        [error] = await ada.refusals(
            "scheduleMeeting",
            accountId=account_id,
            title="Closed",
            startTime=utc(START),
            durationMinutes=30,
            participants=[BEN],
            password="sesame",
        )
    assert (error["code"], error["provider"]) == ("NOT_SUPPORTED", "connect")
    assert asked.paths == []


@pytest.mark.parametrize("year", [3001, 9997, 9999])
async def test_an_implausible_year_is_refused_without_a_call(
    ada: Client, account_id: str, medixcel: Medixcel, year: int
) -> None:
    async with medixcel.counted() as asked:
        [error] = await ada.refusals(
            "scheduleMeeting",
            accountId=account_id,
            title="Far",
            startTime=f"{year}-12-31T23:59:59Z",
            durationMinutes=30,
            participants=[BEN],
        )
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "startTime"])
    assert asked.paths == []


async def test_scheduling_renews_and_publishes_the_expiry(ada: Client, account_id: str, ahead: Ahead) -> None:
    ahead.pass_by(days=20)
    async with ada.subscribed(ACCOUNT_CHANGED) as socket:
        created = await scheduled(ada, account_id, "account { expiresAt }")
        changed = (await socket.event())["data"]["accountChanged"]
    assert changed == {"status": "CONNECTED", "expiresAt": created["account"]["expiresAt"]}
    left = datetime.fromisoformat(changed["expiresAt"]) - ahead()
    assert timedelta(days=180) < left < timedelta(days=185)


async def test_an_expired_account_schedules_no_meeting(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    ahead.pass_by(days=190)
    async with medixcel.counted() as asked:
        [error] = await ada.refusals(
            "scheduleMeeting",
            accountId=account_id,
            title="Late",
            startTime=utc(START + 200 * DAY),
            durationMinutes=30,
            participants=[BEN],
        )
    assert (error["code"], error["retryable"]) == ("NOT_AUTHORIZED", False)
    assert asked.paths == []


async def test_an_account_unknown_to_the_service_schedules_no_meeting(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    await medixcel.call("disconnect_user_account", account_id="35")
    [error] = await ada.refusals(
        "startMeeting", accountId=account_id, title="Gone", durationMinutes=30, participants=[BEN]
    )
    assert (error["code"], error["provider"]) == ("NOT_AUTHORIZED", "connect")


async def test_requests_with_the_same_key_schedule_one_meeting(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    first = await scheduled(ada, account_id, idempotencyKey="once")
    assert await scheduled(ada, account_id, idempotencyKey="once") == first
    assert len((await medixcel.state())["meetings"]) == 1
