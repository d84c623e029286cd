"""The status table, from end to end: what each failure of the service comes to for readers and for writers."""

from itertools import product
from typing import Any

import orjson
import pytest

from tests.providers.medixcel.gateway.meetings import (
    BEN,
    LATER,
    LIST,
    MEETING,
    START,
    ist,
    listed,
    scheduled,
    utc,
    window,
)
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel
from tests.testkit.served import Served

Json = dict[str, Any]

PHP_ERROR_PAGE = "<br />\n<b>Fatal error</b>:  Uncaught Error in <b>/srv/connect/index.php</b> on line <b>35</b><br />"
KEY = "sandbox-client-key"
FORMS = ("http", "body", "both")

READS = {"list": "/get_meetings_of_client_for_date", "details": "/get_meeting_details"}
WRITES = {
    "scheduleMeeting": "/set_up_meeting",
    "startMeeting": "/set_up_meeting",
    "rescheduleMeeting": "/reschedule_meeting",
    "cancelMeeting": "/cancel_meeting",
    "disconnectAccount": "/disconnect_user_account",
}


def failure(status: int, form: str, message: str = "Slot taken") -> Json:
    """Return the documented failure with a status, in one of its three forms."""
    body = orjson.dumps({"output": {}, "response_status_code": str(status), "msg": message}).decode()
    return {
        "http": {"status": status, "body": "" if status == 204 else orjson.dumps({"msg": message}).decode()},
        "body": {"status": 200, "body": body},
        "both": {"status": status, "body": "" if status == 204 else body},
    }[form]


@pytest.fixture
def options() -> str:
    """Each fault reaches the caller, whether a call may be retried or not."""
    return "http = { retries = 0 }"


@pytest.fixture
async def inputs(ada: Client, account_id: str) -> dict[str, Json]:
    """Return the input of each mutation."""
    meeting_id = (await scheduled(ada, account_id))["id"]
    draft = {"accountId": account_id, "title": "Knee", "durationMinutes": 30, "participants": [BEN]}
    return {
        "scheduleMeeting": draft | {"startTime": utc(LATER)},
        "startMeeting": draft,
        "rescheduleMeeting": {"meetingId": meeting_id, "startTime": utc(LATER)},
        "cancelMeeting": {"meetingId": meeting_id},
        "disconnectAccount": {"accountId": account_id},
    }


@pytest.mark.parametrize("mutation", WRITES)
async def test_a_refusal_has_the_services_message(
    ada: Client, inputs: dict[str, Json], medixcel: Medixcel, mutation: str
) -> None:
    for status, form in product((400, 422), FORMS):
        await medixcel.fail(WRITES[mutation], **failure(status, form))
        [error] = await ada.refusals(mutation, **inputs[mutation])
        assert (error["code"], error["provider"], error["retryable"]) == ("REJECTED", "connect", False)
        assert "Slot taken" in error["message"]


@pytest.mark.parametrize(
    ("mutation", "code"),
    [("scheduleMeeting", "NOT_AUTHORIZED"), ("startMeeting", "NOT_AUTHORIZED"), ("rescheduleMeeting", "CONFLICT")],
)
async def test_a_failed_precondition_is_the_account_s_or_the_meeting_s(
    ada: Client, inputs: dict[str, Json], medixcel: Medixcel, mutation: str, code: str
) -> None:
    for form in FORMS:
        await medixcel.fail(WRITES[mutation], **failure(412, form))
        [error] = await ada.refusals(mutation, **inputs[mutation])
        assert (error["code"], error["provider"], error["retryable"]) == (code, "connect", False)


@pytest.mark.parametrize("mutation", ["rescheduleMeeting", "cancelMeeting"])
async def test_a_meeting_that_the_service_does_not_know_is_not_found(
    ada: Client, inputs: dict[str, Json], medixcel: Medixcel, mutation: str
) -> None:
    for form in FORMS:
        await medixcel.fail(WRITES[mutation], **failure(204, form))
        [error] = await ada.refusals(mutation, **inputs[mutation])
        assert (error["code"], error["provider"]) == ("NOT_FOUND", "connect")


@pytest.mark.parametrize("mutation", WRITES)
async def test_a_write_with_an_unknown_outcome_is_reported_as_such(
    ada: Client, inputs: dict[str, Json], medixcel: Medixcel, mutation: str
) -> None:
    """A failure inside, a page that is no JSON, nothing, half an answer, and at last a connection that breaks off."""
    faults = (
        *(failure(500, form) for form in FORMS),
        {"status": 200, "body": PHP_ERROR_PAGE},
        {"status": 500, "body": PHP_ERROR_PAGE},
        {"status": 200, "body": ""},
        {"status": 200, "body": '{"output": {}, "response_status_code": "200", "msg": "success"'},
        {"cut": True},
    )
    for number, fault in enumerate(faults):
        await medixcel.fail(WRITES[mutation], **fault)
        [error] = await ada.refusals(mutation, **inputs[mutation], idempotencyKey=f"fault {number}")
        assert (error["code"], error["provider"], error["retryable"]) == ("OUTCOME_UNKNOWN", "connect", True)
        assert "index.php" not in str(error)
        # A success in between keeps the circuit closed.
        await ada.data(LIST % "id", {"cache-control": "no-cache"}, filter=window())


@pytest.mark.parametrize(
    "fault",
    [failure(500, "http"), failure(500, "body"), {"status": 200, "body": PHP_ERROR_PAGE}, {"cut": True}],
    ids=["http", "body", "page", "cut"],
)
class TestReads:
    @pytest.mark.usefixtures("account_id")
    async def test_a_list_that_was_never_fetched_is_null_with_an_error(
        self, ada: Client, medixcel: Medixcel, fault: Json
    ) -> None:
        await medixcel.fail(READS["list"], times=2, **fault)
        answer = await ada.ask(LIST % "id", filter=window())
        assert answer["data"] == {"meetings": None}
        [error] = answer["errors"]
        assert error["extensions"] == {
            "code": "UNAVAILABLE",
            "provider": "connect",
            "retryable": True,
            "retryAfterSeconds": None,
        }

    async def test_a_stored_list_is_returned_as_stale(
        self, ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead, fault: Json
    ) -> None:
        meeting_id = await medixcel.schedule("35", ist(START))
        await listed(ada)
        ahead.pass_by(minutes=5)
        await medixcel.fail(READS["list"], **fault)
        answer = await ada.ask(LIST % "externalId", filter=window())
        assert answer["data"] == {"meetings": {"nodes": [{"externalId": meeting_id}]}}
        [stale] = answer["extensions"]["stale"]
        assert (stale["provider"], stale["account"], stale["code"]) == ("connect", account_id, "UNAVAILABLE")

    @pytest.mark.usefixtures("account_id")
    async def test_an_unread_detail_is_null_with_an_error_beside_the_rest(
        self, ada: Client, medixcel: Medixcel, fault: Json
    ) -> None:
        meeting_id = await medixcel.schedule("35", ist(START))
        await medixcel.fail(READS["details"], **fault)
        answer = await ada.ask(LIST % "externalId title participants { email }", filter=window())
        assert answer["data"]["meetings"]["nodes"] == [{"externalId": meeting_id, "title": None, "participants": []}]
        [error] = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["meetings", "nodes", 0, "title"], "UNAVAILABLE")

    async def test_a_stored_meeting_is_returned_as_stale(
        self, ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead, fault: Json
    ) -> None:
        meeting_id = (await scheduled(ada, account_id))["id"]
        ahead.pass_by(minutes=5)
        await medixcel.fail(READS["details"], **fault)
        answer = await ada.ask(MEETING % "title", id=meeting_id)
        assert answer["data"] == {"meeting": {"title": "Review"}}
        assert [stale["account"] for stale in answer["extensions"]["stale"]] == [account_id]


async def test_one_day_that_fails_leaves_the_others(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    ids = [await medixcel.schedule("35", ist(moment)) for moment in (START, LATER)]
    await medixcel.fail(READS["list"], times=1, status=500)
    answer = await ada.ask(LIST % "externalId", filter=window(3))
    found = [each["externalId"] for each in answer["data"]["meetings"]["nodes"]]
    assert len(found) >= 1
    assert set(found) <= set(ids)
    assert [(stale["account"], stale["since"]) for stale in answer["extensions"]["stale"]] == [(account_id, None)]


async def test_a_meeting_removed_at_the_service_is_returned_as_stored(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    ahead.pass_by(minutes=5)
    await medixcel.fail(READS["details"], status=204)
    assert await ada.data(MEETING % "title", id=meeting_id) == {"meeting": {"title": "Review"}}


async def test_a_rate_limit_reports_retry_after_seconds(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    await medixcel.fail(READS["list"], status=429, headers={"retry-after": "60"}, times=5)
    answer = await ada.ask(LIST % "id", filter=window())
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["retryAfterSeconds"]) == ("RATE_LIMITED", 60)


@pytest.mark.parametrize("form", ["http", "body", "both"])
async def test_the_client_key_repeated_by_the_service_is_not_shown(
    ada: Client, account_id: str, gateway: Served, medixcel: Medixcel, form: str
) -> None:
    await medixcel.fail(READS["list"], times=2, **failure(400, form, f"Invalid client_key {KEY}"))
    answer = await ada.ask(LIST % "id", filter=window())
    await medixcel.fail(WRITES["startMeeting"], **failure(400, form, f"https://example.com/?client_key={KEY}"))
    answer["write"] = await ada.refusals(
        "startMeeting", accountId=account_id, title="Knee", durationMinutes=30, participants=[BEN]
    )
    assert answer["errors"][0]["extensions"]["code"] == answer["write"][0]["code"] == "REJECTED"
    assert KEY not in str(answer) + str(gateway.log)
