"""Contradictions in the service's document, end to end: encodings, paths, numbers, keys, failures."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import orjson
import pytest

from tests.providers.medixcel.gateway.meetings import (
    BEN,
    LATER,
    START,
    WHEN,
    at,
    ist,
    listed,
    meeting,
    moved,
    scheduled,
    window,
)
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel, connected


async def goes_through_all_calls(client: Client, medixcel: Medixcel, ahead: Ahead) -> None:
    """M1 to M7, each with what it has to come to."""
    account_id = await connected(client, service="GOOGLE_MEET")
    created = await scheduled(client, account_id, f"id externalId title {WHEN}")
    assert created == created | at(START, 30)
    others = await medixcel.schedule("35", ist(START))
    assert [each["title"] for each in await listed(client, "title externalId")] == ["Review", "Visit"]
    assert await moved(client, created["id"]) == at(LATER, 45)
    ahead.pass_by(seconds=31)
    assert (await meeting(client, created["id"]))["startTime"] == at(LATER, 45)["startTime"]
    await client.do("cancelMeeting", meetingId=created["id"])
    ahead.pass_by(seconds=31)
    assert await listed(client, "externalId", **window(3)) == [{"externalId": others}]
    payload = await client.do("disconnectAccount", "account { status }", accountId=account_id)
    assert payload["account"] == {"status": "DISCONNECTED"}


@pytest.mark.parametrize("failures", ["http", "body", "both"])
@pytest.mark.parametrize("spelling", ["examples", "tables"])
@pytest.mark.parametrize("bare_numbers", [False, True])
async def test_all_calls_work_however_the_service_answers(
    ada: Client, medixcel: Medixcel, ahead: Ahead, failures: str, spelling: str, bare_numbers: bool
) -> None:
    await medixcel.behave(failures=failures, spelling=spelling, bare_numbers=bare_numbers)
    await goes_through_all_calls(ada, medixcel, ahead)


class TestForms:
    @pytest.fixture
    def options(self) -> str:
        return 'encoding = "form"'

    async def test_all_calls_work_with_forms(self, ada: Client, medixcel: Medixcel, ahead: Ahead) -> None:
        await goes_through_all_calls(ada, medixcel, ahead)

    async def test_participants_are_json_in_a_field_of_the_form(self, ada: Client, medixcel: Medixcel) -> None:
        account_id = await connected(ada)
        async with medixcel.counted() as asked:
            await scheduled(ada, account_id)
        [call] = asked.calls
        assert call["headers"]["content-type"] == "application/x-www-form-urlencoded"
        fields = dict(parse_qsl(call["body"], strict_parsing=True))
        assert (fields["duration_in_minutes"], fields["start_time"]) == ("30", ist(START))
        assert orjson.loads(fields["participants"]) == [
            {"iUserID": "ben", "sEmail": "ben@example.com", "sFirstName": "Ben", "sLastName": "Moor"}
        ]


class TestTheOtherPath:
    @pytest.fixture
    def options(self) -> str:
        return 'schedule_path = "schedule_meeting"'

    async def test_meetings_are_scheduled_at_the_configured_path(self, ada: Client, medixcel: Medixcel) -> None:
        account_id = await connected(ada)
        async with medixcel.counted() as asked:
            await scheduled(ada, account_id)
            await ada.do("startMeeting", accountId=account_id, title="Now", participants=[BEN])
        assert asked.paths == ["schedule_meeting", "schedule_meeting"]


async def test_times_are_sent_in_indian_standard_time(ada: Client, medixcel: Medixcel) -> None:
    """Half past eleven in the evening in Berlin is the next morning in India."""
    account_id = await connected(ada)
    start = datetime.fromisoformat("2030-01-15T23:30:00+01:00")
    async with medixcel.counted() as asked:
        created = await scheduled(ada, account_id, WHEN, startTime=start.isoformat(), timeZone="Europe/Berlin")
    assert asked.fields[0]["start_time"] == "2030-01-16 04:00:00"
    assert created["startTime"] == "2030-01-15T22:30:00+00:00"
    day = {"from": start.isoformat(), "to": (start + timedelta(minutes=1)).isoformat()}
    async with medixcel.counted() as asked:
        assert await listed(ada, "startTime", **day) == [{"startTime": created["startTime"]}]
    assert sorted(call["date"] for call in asked.fields) == ["2030-01-15", "2030-01-16"]
