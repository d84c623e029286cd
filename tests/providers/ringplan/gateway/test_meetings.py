"""R13 to R18: meetings that begin now and later, public and private, written and read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from icalendar import Calendar

from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.plain_http import plain_http
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.sample import everything_written
from tests.testkit.served import Served
from tests.testkit.statements import statements_of_all_stores

Json = dict[str, Any]

NO_CACHE = {"cache-control": "no-cache"}
FIELDS = """
    id externalId uid service kind status title description startTime endTime durationMinutes timeZone joinUrl hostUrl
    room isPrivate password organizerEmail participants { email firstName lastName userId response }
    dialIns { number pin regionCode } icalendar
"""
MEETINGS = f"""query ($from: DateTime, $to: DateTime, $first: Int, $after: String) {{
    meetings(filter: {{ from: $from, to: $to }}, first: $first, after: $after) {{
        nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
TITLES = "query ($from: DateTime!, $to: DateTime!) { meetings(filter: { from: $from, to: $to }) { nodes { title } } }"
PARTICIPANTS = [
    {"email": "ben@example.com", "firstName": "Ben", "lastName": "Moor", "userId": "7"},
    {"email": "carl@example.com"},
]
PASSWORD = "correct horse battery"


def tomorrow(hour: int = 9, zone: str = "UTC") -> datetime:
    now = datetime.now(ZoneInfo(zone))
    return (now + timedelta(days=1)).replace(hour=hour, minute=30, second=0, microsecond=0)


async def scheduled(client: Client, account_id: str, **given: object) -> Json:
    start = tomorrow()
    fields = {"accountId": account_id, "title": "Check-up", "startTime": start.isoformat(), "durationMinutes": 30}
    meeting: Json = (await client.do("scheduleMeeting", f"meeting {{ {FIELDS} }}", **{**fields, **given}))["meeting"]
    return meeting


async def started(client: Client, account_id: str, **given: object) -> Json:
    fields = {"accountId": account_id, "title": "Call", **given}
    meeting: Json = (await client.do("startMeeting", f"meeting {{ {FIELDS} }}", **fields))["meeting"]
    return meeting


async def listed(client: Client, **window: datetime) -> list[Json]:
    """Return the gateway's list of meetings, refreshed from RingPlan."""
    variables = {name.rstrip("_"): moment.isoformat() for name, moment in window.items()}
    nodes: list[Json] = (await client.data(MEETINGS, NO_CACHE, **variables))["meetings"]["nodes"]
    return nodes


def known(meeting: Json) -> Json:
    """Return the fields that do not change from one response to the next."""
    return {name: value for name, value in meeting.items() if name != "icalendar" or meeting["kind"] == "SCHEDULED"}


async def test_a_scheduled_meeting_has_all_fields_of_ringplan(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    start = tomorrow()
    meeting = await scheduled(ada, account_id, description="Bring the X-rays", participants=PARTICIPANTS)
    assert (meeting["service"], meeting["kind"], meeting["status"]) == ("JITSI", "SCHEDULED", "SCHEDULED")
    assert (meeting["title"], meeting["description"]) == ("Check-up", "Bring the X-rays")
    assert datetime.fromisoformat(meeting["startTime"]) == start
    assert datetime.fromisoformat(meeting["endTime"]) == start + timedelta(minutes=30)
    assert (meeting["durationMinutes"], meeting["organizerEmail"]) == (30, person.email)
    assert (meeting["isPrivate"], meeting["password"]) == (False, None)
    assert meeting["joinUrl"].startswith(f"{ringplan.api_url}/rooms/{meeting['room']}")
    assert "jwt=" in meeting["hostUrl"]
    [dial_in] = meeting["dialIns"]
    assert (dial_in["number"], dial_in["regionCode"]) == ("(+1) 202-555-0150", "US")
    assert dial_in["pin"].replace("-", "") == f"{meeting['room']}#"
    [event] = Calendar.from_ical(meeting["icalendar"]).walk("VEVENT")
    assert str(event["uid"]) == f"{meeting['uid']}@google.com"
    assert [(each["email"], each["firstName"], each["userId"]) for each in meeting["participants"]] == [
        ("ben@example.com", "Ben", "7"),
        ("carl@example.com", None, None),
    ]


@pytest.mark.parametrize("password", [None, PASSWORD])
async def test_fields_returned_at_creation_survive_a_later_list(
    ada: Client, person: Person, password: str | None
) -> None:
    account_id = await connected(ada, person)
    made = [
        await started(ada, account_id, durationMinutes=15, participants=PARTICIPANTS, password=password),
        await scheduled(ada, account_id, participants=PARTICIPANTS, password=password, description="Bring the X-rays"),
    ]
    for _ in range(2):
        assert [known(each) for each in await listed(ada)] == [known(each) for each in made]


async def test_listing_a_new_meeting_announces_no_change(ada: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    async with ada.subscribed("subscription { meetingChanged { title } }") as socket:
        await scheduled(ada, account_id, title="first", participants=PARTICIPANTS, password=PASSWORD)
        await started(ada, account_id, title="second", durationMinutes=5)
        await listed(ada)
        await scheduled(ada, account_id, title="third")
        events = [(await socket.event())["data"]["meetingChanged"]["title"] for _ in range(3)]
    assert events == ["first", "second", "third"]


async def test_a_host_enters_a_private_meeting_and_a_guest_needs_the_password(ada: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    meeting = await scheduled(ada, account_id, password=PASSWORD, timeZone="Asia/Tokyo")
    assert (meeting["isPrivate"], meeting["password"], meeting["timeZone"]) == (True, PASSWORD, "Asia/Tokyo")
    async with plain_http() as browser:
        host = await browser.get(meeting["hostUrl"])
        guest = await browser.get(meeting["joinUrl"])
        let_in = await browser.post(meeting["joinUrl"], data={"password": PASSWORD})
    assert "moderator" in host.text
    assert (guest.status_code, let_in.status_code) == (403, 200)
    assert "guest" in let_in.text


@pytest.mark.parametrize(
    ("zone", "start", "local"),
    [
        ("Asia/Tokyo", "2031-03-11T09:30:00+09:00", "2031-03-11T09:30:00"),
        ("Etc/GMT+2", "2031-03-11T09:30:00+00:00", "2031-03-11T07:30:00"),
        ("America/New_York", "2031-03-08T12:00:00+00:00", "2031-03-08T07:00:00"),
        ("America/New_York", "2031-03-09T12:00:00+00:00", "2031-03-09T08:00:00"),
    ],
)
async def test_ringplan_gets_the_local_time_of_the_zone(
    ada: Client, ringplan: RingPlan, person: Person, zone: str, start: str, local: str
) -> None:
    account_id = await connected(ada, person)
    async with ringplan.counted() as counted:
        meeting = await scheduled(ada, account_id, startTime=start, timeZone=zone)
    sent = orjson.loads(counted.api[0]["body"])
    assert (sent["start_time"].partition(".")[0], sent["time_zone"]) == (local, zone)
    moment = datetime.fromisoformat(start)
    assert datetime.fromisoformat(meeting["startTime"]) == moment
    [found] = await listed(ada, from_=moment, to=moment + timedelta(hours=1))
    assert (found["startTime"], found["timeZone"]) == (meeting["startTime"], zone)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Etc/GMT+2", "America/New_York"])
async def test_an_instant_meeting_is_sent_as_a_local_time_of_its_zone(
    ada: Client, ringplan: RingPlan, person: Person, zone: str
) -> None:
    account_id = await connected(ada, person)
    async with ringplan.counted() as counted:
        meeting = await started(ada, account_id, timeZone=zone, durationMinutes=45, password=PASSWORD)
    sent = orjson.loads(counted.api[0]["body"])
    assert (sent["start_time"], sent["time_zone"]) == (sent["end_time"], zone)
    begun = datetime.fromisoformat(meeting["startTime"])
    assert abs(datetime.now(UTC) - begun) < timedelta(seconds=30)
    sent_start = datetime.fromisoformat(sent["start_time"]).replace(tzinfo=ZoneInfo(zone))
    assert timedelta(seconds=31) <= begun - sent_start <= timedelta(seconds=58)
    assert (meeting["kind"], meeting["status"], meeting["durationMinutes"]) == ("INSTANT", "IN_PROGRESS", 45)
    assert (meeting["isPrivate"], meeting["password"]) == (True, PASSWORD)


async def test_the_duration_of_an_instant_meeting_survives_later_lists(
    ada: Client, ahead: Ahead, person: Person
) -> None:
    account_id = await connected(ada, person)
    made = [await started(ada, account_id, durationMinutes=minutes) for minutes in (1, 600)]
    now = datetime.now(UTC)
    for hours in (0, 2, 7):
        ahead.by = timedelta(hours=hours)
        meetings = await listed(ada, from_=now - timedelta(hours=1), to=now + timedelta(hours=12))
        assert [(each["id"], each["durationMinutes"]) for each in meetings] == [
            (made[0]["id"], 1),
            (made[1]["id"], 600),
        ]
    late = await listed(ada, from_=now + timedelta(hours=5), to=now + timedelta(hours=12))
    assert [each["id"] for each in late] == [made[1]["id"]]


async def test_all_pages_of_any_window_are_read(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    first = tomorrow()
    for index in range(45):
        start = (first + timedelta(hours=index)).replace(tzinfo=None).isoformat()
        event = {"title_meet": f"M{index}", "summary": "", "description": "", "start_time": start, "end_time": start}
        end = (first + timedelta(hours=index, minutes=30)).replace(tzinfo=None).isoformat()
        await ringplan.call(
            person,
            "POST",
            "/meet/calendar/event/scheduled",
            **{**event, "end_time": end, "time_zone": "Etc/GMT", "attendees": []},
        )
    await started(ada, account_id, title="now")
    window = {"from": (first - timedelta(days=2)).isoformat(), "to": (first + timedelta(days=9)).isoformat()}
    titles: list[str] = []
    after, more = None, True
    while more:
        connection = (await ada.data(MEETINGS, **window, first=10, after=after))["meetings"]
        titles += [node["title"] for node in connection["nodes"]]
        after, more = connection["pageInfo"]["endCursor"], connection["pageInfo"]["hasNextPage"]
    assert titles == ["now", *(f"M{index}" for index in range(45))]
    part = await listed(ada, from_=first + timedelta(hours=20), to=first + timedelta(hours=22))
    assert [each["title"] for each in part] == ["M20", "M21"]


async def test_a_user_without_a_calendar_grant_is_sent_to_the_consent_page(ada: Client, ringplan: RingPlan) -> None:
    account_id = await connected(ada, await ringplan.person(may_write_calendar=False))
    fields = {"accountId": account_id, "title": "Check-up", "startTime": tomorrow().isoformat(), "durationMinutes": 30}
    [error] = await ada.refusals("scheduleMeeting", **fields)
    assert (error["code"], error["provider"]) == ("NOT_AUTHORIZED", "ringplan")
    query = "query ($id: ID!) { account(id: $id) { status calendarAuthorizationUrl } }"
    account = (await ada.data(query, id=account_id))["account"]
    assert (account["status"], account["calendarAuthorizationUrl"]) == ("CONNECTED", error["authorizationUrl"])
    async with plain_http() as browser:
        asked = await browser.get(error["authorizationUrl"])
        state = asked.url.params["state"]
        (await browser.post(asked.url, data={"state": state})).raise_for_status()
    assert (await scheduled(ada, account_id))["title"] == "Check-up"


async def test_unsupported_mutations_are_reported_as_such(ada: Client, ringplan: RingPlan, person: Person) -> None:
    meeting = await scheduled(ada, await connected(ada, person))
    async with ringplan.counted() as counted:
        moved = await ada.refusals("rescheduleMeeting", meetingId=meeting["id"], startTime=tomorrow(12).isoformat())
        cancelled = await ada.refusals("cancelMeeting", meetingId=meeting["id"])
    refusals = [(error["code"], error["path"]) for error in (*moved, *cancelled)]
    assert refusals == [("NOT_SUPPORTED", ["input", "meetingId"])] * 2
    assert counted.api == []


async def test_a_meeting_by_id_is_read_from_the_list(ada: Client, person: Person) -> None:
    meeting = await scheduled(ada, await connected(ada, person), password=PASSWORD)
    query = f"query ($id: ID!) {{ meeting(id: $id) {{ {FIELDS} }} node(id: $id) {{ id }} }}"
    assert await ada.data(query, NO_CACHE, id=meeting["id"]) == {"meeting": meeting, "node": {"id": meeting["id"]}}


async def test_a_meeting_deleted_at_ringplan_is_cancelled(ada: Client, ringplan: RingPlan, person: Person) -> None:
    meeting = await scheduled(ada, await connected(ada, person))
    await ringplan.fail("/meet/calendar/events", status=200, body="[]", times=2)
    assert await listed(ada) == []
    query = "query ($id: ID!) { node(id: $id) { ... on Meeting { status } } }"
    assert (await ada.data(query, id=meeting["id"]))["node"] == {"status": "CANCELLED"}
    assert [each["status"] for each in await listed(ada)] == ["SCHEDULED"]


@pytest.mark.parametrize(
    "within",
    [
        {"from": "0001-01-01T00:00:00Z", "to": "0001-06-01T00:00:00Z"},
        {"from": "9999-06-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"},
    ],
    ids=["first", "last"],
)
async def test_the_first_and_the_last_representable_dates_can_be_requested(
    ada: Client, person: Person, within: dict[str, str]
) -> None:
    await connected(ada, person)
    query = "query ($within: MeetingFilter) { meetings(filter: $within) { totalCount } }"
    assert await ada.data(query, within=within) == {"meetings": {"totalCount": 0}}


SECRETS = "hostUrl password icalendar"


async def test_only_the_accounts_user_and_admins_see_the_host_link_and_the_password(
    ada: Client, admin: Client, ben: Client, person: Person
) -> None:
    account_id = await connected(ada, person)
    private = await scheduled(ada, account_id, password=PASSWORD)
    public = await scheduled(ada, account_id, title="public")
    query = f"query ($id: ID!) {{ meeting(id: $id) {{ title {SECRETS} }} }}"
    own = (await ada.data(query, id=private["id"]))["meeting"]
    assert own["password"] == PASSWORD
    assert PASSWORD in own["icalendar"].replace("\r\n ", "")
    assert (await admin.data(query, id=private["id"]))["meeting"] == own
    own = (await ada.data(query, id=public["id"]))["meeting"]
    assert "jwt=" in own["hostUrl"]
    assert (await admin.data(query, id=public["id"]))["meeting"] == own
    assert await ben.data(query, id=private["id"]) == {"meeting": None}


async def test_secrets_of_meetings_are_stored_encrypted_and_not_logged(
    ada: Client, gateway: Served, person: Person, tmp_path: Path
) -> None:
    account_id = await connected(ada, person)
    for make in (scheduled, started):
        await make(ada, account_id, password=PASSWORD, idempotencyKey=make.__name__)
    await listed(ada)
    meeting = (await listed(ada))[1]
    written = everything_written(tmp_path).decode(errors="replace")
    assert meeting["room"] in written
    for secret in (PASSWORD, meeting["hostUrl"], meeting["hostUrl"].partition("jwt=")[2], "BEGIN:VCALENDAR"):
        assert secret not in written
        assert secret not in str(gateway.log)
    for token in (person.id_token, person.refresh_token):
        assert token not in written


async def test_a_meeting_that_starts_between_the_two_lists_is_listed(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    """The list of future meetings is fetched before the history."""
    await scheduled(ada, await connected(ada, person))
    await ringplan.fail("/meet/calendar/events", delay=0.2, times=2)
    async with ringplan.counted() as counted:
        await listed(ada)
    assert ["event_type=scheduled" in call["query"] for call in counted.api] == [True, False]
    assert counted.peak == 1


async def test_unchanged_events_are_neither_parsed_nor_written(ada: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    await scheduled(ada, account_id)
    window = {"from_": tomorrow(0), "to": tomorrow(0) + timedelta(days=2)}
    before = await listed(ada, **window)
    await listed(ada, **window)

    with statements_of_all_stores() as sent:
        assert await listed(ada, **window) == before

    assert not [each for each in sent if not each.lstrip().startswith("SELECT")]
    await scheduled(ada, account_id, title="Another")
    assert len(await listed(ada, **window)) == 2
