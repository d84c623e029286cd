"""Responses of the sandbox, which have the form of the document's examples."""

from typing import Any

import pytest

from providers.domain.entities import MeetingService
from tests.providers.medixcel.bench import CLIENT_KEY, NOON, Bench

SCHEDULE = {
    "client_key": CLIENT_KEY,
    "video_call_provider_account_id": "35",
    "start_time": "2026-03-11 15:00:00",
    "duration_in_minutes": "60",
    "meeting_title": "Check-up",
    "participants": [{"iUserID": "", "sEmail": "ada@example.com", "sFirstName": "Ada", "sLastName": "Lane"}],
}


async def post(bench: Bench, path: str, **fields: object) -> tuple[int, Any]:
    answer = await bench.core.http.call("POST", f"{bench.url}/{path}", json={"client_key": CLIENT_KEY, **fields})
    return answer.status, answer.json() if answer.body else None


async def test_a_meeting_is_scheduled_as_in_the_example(bench: Bench) -> None:
    bench.account()
    status, body = await post(bench, "set_up_meeting", **SCHEDULE)
    output = body["output"]
    assert (status, body["response_status_code"], body["msg"]) == (200, "200", "success")
    assert output["connection_type"] == "2"
    assert output["request_recieved"] == {
        **SCHEDULE,
        "actionName": "set_up_meeting",
        "participants": '[{"iUserID": "", "sEmail": "ada@example.com", "sFirstName": "Ada", "sLastName": "Lane"}]',
    }
    summary = output["meeting_summary"]
    assert {name: type(value) for name, value in summary.items()} == {
        "iMeetingID": int,
        **dict.fromkeys(("sMeetingUID", "sMeetingURL", "sHostMeetingURL", "dAddedOn"), str),
        **dict.fromkeys(("sMeetingTitle", "sStartTime", "iDuration"), str),
    }
    assert (summary["sStartTime"], summary["dAddedOn"]) == ("2026-03-11 15:00:00", "2026-03-10 17:30:00")
    event = output["meeting_object"]
    assert event["kind"] == "calendar#event"
    assert event["start"] == {"dateTime": "2026-03-11T15:00:00+05:30", "timeZone": "Asia/Kolkata"}
    assert event["end"] == {"dateTime": "2026-03-11T16:00:00+05:30", "timeZone": "Asia/Kolkata"}
    assert event["attendees"] == [
        {"email": "ada@example.com", "displayName": "Ada Lane", "responseStatus": "needsAction"}
    ]


async def test_a_zoom_meeting_is_zooms_own_object(bench: Bench) -> None:
    bench.account(service=MeetingService.ZOOM)
    _, body = await post(bench, "schedule_meeting", **SCHEDULE)
    zoom = body["output"]["meeting_object"]
    assert (zoom["type"], zoom["start_time"], zoom["duration"]) == (2, "2026-03-11T09:30:00Z", 60)
    assert isinstance(zoom["id"], int)


async def test_a_day_is_listed_as_in_the_example(bench: Bench) -> None:
    bench.account()
    await post(bench, "set_up_meeting", **SCHEDULE)
    _, body = await post(bench, "get_meetings_of_client_for_date", date="2026-03-11", user_id="")
    (row,) = body["output"].pop("meetings")
    assert body["output"] == {"meetings_for_date": "2026-03-11", "total_meetings": 1}
    assert row.pop("meeting_url")
    assert row == {
        "user_id": "45",
        "connection_type": "2",
        "meeting_id": "45",
        "meeting_duration": "60",
        "meeting_start_time": "2026-03-11 15:00:00",
        "meeting_added_on": "2026-03-10 17:30:00",
    }


async def test_a_moved_meeting_is_shown_at_its_old_time_and_listed_at_its_new_one(bench: Bench) -> None:
    bench.account()
    await post(bench, "set_up_meeting", **SCHEDULE)
    move = {"meeting_id": "45", "start_time": "2026-03-12 16:00:00", "duration_in_minutes": "30"}
    _, body = await post(bench, "reschedule_meeting", **move)
    summary = body["output"]["meeting_summary"]
    assert body["output"]["rescheduled_meeting_id"] == "45"
    assert (summary["iMeetingID"], summary["sStartTime"], summary["iDuration"]) == ("45", "2026-03-11 15:00:00", "60")
    _, body = await post(bench, "get_meetings_of_client_for_date", date="2026-03-12")
    assert body["output"]["meetings"][0]["meeting_start_time"] == "2026-03-12 16:00:00"


async def test_a_cancellation_or_disconnection_names_its_object(bench: Bench) -> None:
    bench.account()
    await post(bench, "set_up_meeting", **SCHEDULE)
    _, body = await post(bench, "cancel_meeting", meeting_id="45")
    assert body["output"] == {"cancelled_meeting_id": "45"}
    _, body = await post(bench, "disconnect_user_account", account_id="35")
    assert body["output"] == {"disconnected_user_account": "35"}


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("set_up_meeting", SCHEDULE | {"client_key": "another"}, 400),
        ("set_up_meeting", SCHEDULE | {"client_key": ""}, 422),
        ("set_up_meeting", SCHEDULE | {"participants": []}, 422),
        ("set_up_meeting", SCHEDULE | {"participants": ["ada"]}, 400),
        ("set_up_meeting", SCHEDULE | {"participants": "ada"}, 400),
        ("set_up_meeting", SCHEDULE | {"participants": [{"sEmail": "ada"}]}, 400),
        ("set_up_meeting", SCHEDULE | {"meeting_title": ""}, 422),
        ("set_up_meeting", SCHEDULE | {"duration_in_minutes": "long"}, 400),
        ("set_up_meeting", SCHEDULE | {"start_time": "2026-03-11T15:00:00Z"}, 400),
        ("set_up_meeting", SCHEDULE | {"video_call_provider_account_id": "36"}, 412),
        ("get_meetings_of_client_for_date", {"date": "11.3."}, 400),
        ("get_meetings_of_client_for_date", {"date": "2026-03-12"}, 204),
        ("get_meeting_details", {"meeting_id": "46"}, 204),
        ("get_meeting_details", {}, 422),
        ("cancel_meeting", {"meeting_id": "46"}, 204),
        ("reschedule_meeting", {"meeting_id": "45"}, 422),
        ("disconnect_user_account", {"account_id": "36"}, 412),
    ],
)
async def test_invalid_calls_are_refused(bench: Bench, path: str, fields: dict[str, object], status: int) -> None:
    bench.account()
    bench.behave(failures="body")
    _, body = await post(bench, path, **fields)
    assert (body["output"], body["response_status_code"]) == ({}, str(status))


@pytest.mark.parametrize(
    ("failures", "status", "code"), [("http", 412, None), ("body", 200, "412"), ("both", 412, "412")]
)
async def test_a_failure_is_reported_in_the_chosen_style(
    bench: Bench, failures: str, status: int, code: str | None
) -> None:
    bench.behave(failures=failures)
    answered, body = await post(bench, "disconnect_user_account", account_id="36")
    assert (answered, body.get("response_status_code")) == (status, code)


async def test_a_user_has_one_account_of_a_type_until_it_is_disconnected(bench: Bench) -> None:
    first = bench.account()
    assert bench.account().external_id == first.external_id
    assert bench.account(service=MeetingService.ZOOM).external_id != first.external_id
    await post(bench, "disconnect_user_account", account_id=first.external_id)
    assert bench.account().external_id != first.external_id
    assert bench.upstream.accounts[35].expires_on == NOON.replace(month=9)
