"""The switches of the stand-in, over HTTP."""

from providers.testing.core import ATTEMPT
from tests.providers.medixcel.bench import TOMORROW, Bench, a_draft


async def test_an_account_is_connected_without_a_browser(bench: Bench) -> None:
    fields = {"user_id": "45", "connection_type": 2}
    answer = await bench.core.http.call("POST", f"{bench.url}/_sandbox/accounts", json=fields)
    assert answer.json()["id"] == 35
    state = await bench.core.http.call("GET", f"{bench.url}/_sandbox/state")
    assert [account["user_id"] for account in state.json()["accounts"]] == ["45"]


async def test_an_account_of_no_type_is_refused(bench: Bench) -> None:
    fields = {"user_id": "45", "connection_type": 3}
    assert (await bench.core.http.call("POST", f"{bench.url}/_sandbox/accounts", json=fields)).status == 422


async def test_the_sandboxs_quirks_can_be_changed(bench: Bench) -> None:
    answer = await bench.core.http.call("PUT", f"{bench.url}/_sandbox/habits", json={"failures": "body"})
    assert answer.status == 204
    assert bench.upstream.habits.failures == "body"


async def test_an_unknown_quirk_is_refused(bench: Bench) -> None:
    assert (await bench.core.http.call("PUT", f"{bench.url}/_sandbox/habits", json={"mood": "bad"})).status == 422


async def test_a_reset_removes_all_state(bench: Bench) -> None:
    bench.behave(failures="body")
    await bench.provider().schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    assert (await bench.core.http.call("DELETE", f"{bench.url}/_sandbox/state")).status == 204
    state = await bench.core.http.call("GET", f"{bench.url}/_sandbox/state")
    assert state.json() == {"accounts": [], "meetings": []}
    assert bench.upstream.habits.failures == "both"


async def test_an_invalid_redirect_url_is_refused(bench: Bench) -> None:
    registration = {"redirect_url": "nowhere"}
    answer = await bench.core.http.call("PUT", f"{bench.url}/_sandbox/registration", json=registration)
    assert answer.status == 422


async def test_a_delayed_move_takes_effect(bench: Bench) -> None:
    bench.behave(stays_stale=True)
    meeting = await bench.provider().schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    start = TOMORROW.replace(day=12)
    await bench.provider().reschedule_meeting(meeting, start, start.replace(hour=10), ATTEMPT)
    assert bench.upstream.meetings[45].shown_start == TOMORROW
    await bench.core.http.call("POST", f"{bench.url}/_sandbox/settle")
    assert bench.upstream.meetings[45].shown_start == start


async def test_a_meeting_can_be_changed_at_the_service(bench: Bench) -> None:
    await bench.provider().schedule_meeting(bench.account(), a_draft(), ATTEMPT)
    change = {"title": "Moved", "participants": []}
    answer = await bench.core.http.call("PATCH", f"{bench.url}/_sandbox/meetings/45", json=change)
    assert answer.status == 204
    assert (bench.upstream.meetings[45].title, bench.upstream.meetings[45].participants) == ("Moved", [])


async def test_control_requests_are_not_counted_as_calls(bench: Bench) -> None:
    await bench.core.http.call("GET", f"{bench.url}/_sandbox/state")
    assert bench.paths == []
