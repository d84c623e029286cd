"""Meetings at local times, in and out."""

import pytest

from tests.testkit.client import Client, Json
from tests.testkit.steps import connected

BERLIN = "Europe/Berlin"
TIMES = "meeting { id startTime localStartTime localEndTime timeZone }"


@pytest.fixture
async def account(client: Client) -> str:
    return await connected(client, "local")


def meeting(account: str, **times: str) -> Json:
    return {"accountId": account, "title": "Review", "durationMinutes": 30, **times}


async def faults(client: Client, mutation: str, **input: object) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in await client.refusals(mutation, **input)]


async def test_a_meeting_is_scheduled_at_a_local_time(client: Client, account: str) -> None:
    times = {"localStartTime": "2030-07-01T10:00", "timeZone": BERLIN}
    payload = await client.do("scheduleMeeting", TIMES, **meeting(account, **times))

    payload["meeting"].pop("id")
    assert payload["meeting"] == {
        "startTime": "2030-07-01T08:00:00+00:00",
        "localStartTime": "2030-07-01T10:00:00",
        "localEndTime": "2030-07-01T10:30:00",
        "timeZone": BERLIN,
    }


async def test_a_meeting_is_moved_across_a_change_of_clocks(client: Client, account: str) -> None:
    times = {"startTime": "2030-07-01T08:00:00Z", "timeZone": BERLIN}
    made = (await client.do("scheduleMeeting", TIMES, **meeting(account, **times)))["meeting"]

    moved = await client.do("rescheduleMeeting", TIMES, meetingId=made["id"], localStartTime="2030-12-02T10:00")
    abroad = await client.do(
        "rescheduleMeeting", TIMES, meetingId=made["id"], localStartTime="2030-12-02T10:00", timeZone="Asia/Kolkata"
    )

    assert moved["meeting"] == {
        "id": made["id"],
        "startTime": "2030-12-02T09:00:00+00:00",
        "localStartTime": "2030-12-02T10:00:00",
        "localEndTime": "2030-12-02T10:30:00",
        "timeZone": BERLIN,
    }
    assert abroad["meeting"]["startTime"] == "2030-12-02T04:30:00+00:00"


@pytest.mark.parametrize(
    ("local", "moments"),
    [
        ("2031-03-30T02:30", ("2031-03-30T03:30:00+02:00", "2031-03-30T01:30:00+01:00")),
        ("2030-10-27T02:30:00", ("2030-10-27T02:30:00+02:00", "2030-10-27T02:30:00+01:00")),
    ],
    ids=["skipped", "doubled"],
)
async def test_a_local_time_without_one_meaning_names_its_two(
    client: Client, account: str, local: str, moments: tuple[str, str]
) -> None:
    times = {"startTime": "2030-07-01T08:00:00Z", "timeZone": BERLIN}
    made = (await client.do("scheduleMeeting", TIMES, **meeting(account, **times)))["meeting"]
    times = {"localStartTime": local, "timeZone": BERLIN}

    [scheduled] = await client.refusals("scheduleMeeting", **meeting(account, **times))
    [moved] = await client.refusals("rescheduleMeeting", meetingId=made["id"], localStartTime=local)

    for error in (scheduled, moved):
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "localStartTime"])
        assert all(moment in error["message"] for moment in moments)


@pytest.mark.parametrize(
    ("times", "path"),
    [
        ({"timeZone": BERLIN}, "startTime"),
        ({"localStartTime": "2030-07-01T10:00"}, "timeZone"),
        ({"localStartTime": "2030-07-01T10:00", "timeZone": "Mars/Phobos"}, "timeZone"),
        ({"localStartTime": "2030-07-01T10:00Z", "timeZone": BERLIN}, "localStartTime"),
        ({"localStartTime": "2030-05-06T13:00", "timeZone": BERLIN}, "localStartTime"),
        (
            {"localStartTime": "2030-07-01T10:00", "startTime": "2030-07-01T08:00:00Z", "timeZone": BERLIN},
            "localStartTime",
        ),
    ],
)
async def test_a_wrong_start_is_a_fault_of_its_field(
    client: Client, account: str, times: dict[str, str], path: str
) -> None:
    assert await faults(client, "scheduleMeeting", **meeting(account, **times)) == [("INVALID_INPUT", ["input", path])]


async def test_a_move_needs_a_start(client: Client, account: str) -> None:
    times = {"startTime": "2030-07-01T08:00:00Z"}
    made = (await client.do("scheduleMeeting", TIMES, **meeting(account, **times)))["meeting"]

    assert await faults(client, "rescheduleMeeting", meetingId=made["id"], durationMinutes=60) == [
        ("INVALID_INPUT", ["input", "startTime"])
    ]


async def test_a_request_with_a_local_time_is_replayed_by_its_key(client: Client, account: str) -> None:
    times = {"localStartTime": "2030-07-01T10:00", "timeZone": BERLIN, "idempotencyKey": "one"}
    first = await client.do("scheduleMeeting", TIMES, **meeting(account, **times))

    assert await client.do("scheduleMeeting", TIMES, **meeting(account, **times)) == first
    later = {**times, "localStartTime": "2030-07-01T11:00"}
    [error] = await client.refusals("scheduleMeeting", **meeting(account, **later))
    assert error["code"] == "IDEMPOTENCY_MISMATCH"
