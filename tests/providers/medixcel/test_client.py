"""The calls: what is sent, and what every kind of answer becomes."""

from collections.abc import Awaitable, Callable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from anyio import create_task_group, create_tcp_listener
from anyio.abc import SocketAttribute, SocketStream

from providers.domain.errors import (
    Conflict,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.medixcel.client import MedixcelClient
from providers.medixcel.errors import UnexpectedAnswer
from providers.medixcel.settings import MedixcelSettings
from providers.medixcel.wire import ConnectionType
from providers.testing.faults import Fault
from tests.providers.medixcel.bench import CLIENT_KEY, PHP_ERROR_PAGE, TOMORROW, Bench, envelope
from tests.providers.medixcel.test_wire import SUMMARY

Call = Callable[[MedixcelClient], Awaitable[object]]

DAY = date(2026, 3, 11)
PEOPLE = [{"iUserID": "", "sEmail": "ada@example.com"}]


def schedule_meeting(client: MedixcelClient) -> Awaitable[object]:
    return client.schedule_meeting("35", title="Check-up", minutes=30, participants=PEOPLE, start_time=TOMORROW)


def list_meetings(client: MedixcelClient) -> Awaitable[object]:
    return client.meetings_for_date(DAY)


def disconnect_account(client: MedixcelClient) -> Awaitable[object]:
    return client.disconnect_account("35")


def get_meeting(client: MedixcelClient) -> Awaitable[object]:
    return client.meeting_details("45")


def cancel_meeting(client: MedixcelClient) -> Awaitable[object]:
    return client.cancel_meeting("45")


def reschedule_meeting(client: MedixcelClient) -> Awaitable[object]:
    return client.reschedule_meeting("45", start_time=TOMORROW, minutes=30)


READS = pytest.mark.parametrize("call", [list_meetings, get_meeting], ids=["M3", "M5"])
WRITES = pytest.mark.parametrize(
    "call", [schedule_meeting, disconnect_account, cancel_meeting, reschedule_meeting], ids=["M2", "M4", "M6", "M7"]
)
ALL = pytest.mark.parametrize(
    "call",
    [schedule_meeting, list_meetings, disconnect_account, get_meeting, cancel_meeting, reschedule_meeting],
    ids=["M2", "M3", "M4", "M5", "M6", "M7"],
)


def a_client(bench: Bench, **settings: str) -> MedixcelClient:
    fields = {"plugin": "medixcel", "base_url": bench.url, "client_key": CLIENT_KEY, **settings}
    return MedixcelClient(MedixcelSettings.model_validate(fields), bench.core)


async def test_the_consent_page_carries_key_user_and_type(bench: Bench) -> None:
    page = urlsplit(a_client(bench).consent_page("user 45&6", ConnectionType.GOOGLE))
    assert page.path.endswith("/connect/connectUserAccount.php")
    assert parse_qs(page.query) == {"client_key": [CLIENT_KEY], "user_id": ["user 45&6"], "connection_type": ["2"]}


async def test_m2_is_sent_as_the_example_shows(bench: Bench) -> None:
    bench.account()
    await schedule_meeting(a_client(bench))
    assert bench.paths == ["/set_up_meeting"]
    assert bench.last_call.headers["content-type"] == "application/json"
    assert bench.last_fields == {
        "client_key": CLIENT_KEY,
        "video_call_provider_account_id": "35",
        "start_time": "2026-03-11 15:00:00",
        "duration_in_minutes": "30",
        "meeting_title": "Check-up",
        "participants": PEOPLE,
    }


async def test_m2_is_sent_as_a_form_with_the_participants_as_json(bench: Bench) -> None:
    bench.account()
    await schedule_meeting(a_client(bench, encoding="form"))
    form = {name: values[0] for name, values in parse_qs(bench.last_call.body).items()}
    assert bench.last_call.headers["content-type"] == "application/x-www-form-urlencoded"
    assert orjson.loads(form.pop("participants")) == PEOPLE
    assert form == {
        "client_key": CLIENT_KEY,
        "video_call_provider_account_id": "35",
        "start_time": "2026-03-11 15:00:00",
        "duration_in_minutes": "30",
        "meeting_title": "Check-up",
    }


async def test_m2_is_sent_to_the_configured_path(bench: Bench) -> None:
    bench.account()
    await schedule_meeting(a_client(bench, schedule_path="schedule_meeting"))
    assert bench.paths == ["/schedule_meeting"]


@pytest.mark.parametrize("encoding", ["json", "form"])
@pytest.mark.parametrize("spelling", ["examples", "tables"])
@pytest.mark.parametrize("bare_numbers", [False, True])
async def test_every_call_works_however_the_upstream_spells(
    bench: Bench, encoding: str, spelling: str, bare_numbers: bool
) -> None:
    bench.account()
    bench.behave(spelling=spelling, bare_numbers=bare_numbers)
    client = a_client(bench, encoding=encoding)
    meeting_id, scheduled = await client.schedule_meeting(
        "35", title="Check-up", minutes=30, participants=PEOPLE, start_time=TOMORROW
    )
    assert (meeting_id, scheduled.summary.duration) == ("45", 30)
    assert [listed.meeting_id for listed in await client.meetings_for_date(DAY, "45")] == ["45"]
    assert (await client.meeting_details("45")).summary.start_time == TOMORROW
    assert (await client.reschedule_meeting("45", start_time=TOMORROW, minutes=45)).reported_id == "45"
    await client.cancel_meeting("45")
    await client.disconnect_account("35")
    assert bench.upstream.meetings[45].cancelled
    assert bench.upstream.accounts[35].disconnected


@pytest.mark.parametrize("empty_day", ["204", "list"])
@pytest.mark.parametrize("failures", ["http", "body", "both"])
async def test_a_day_without_meetings_is_empty(bench: Bench, empty_day: str, failures: str) -> None:
    bench.behave(empty_day=empty_day, failures=failures)
    assert list(await a_client(bench).meetings_for_date(DAY)) == []


async def test_a_meeting_of_a_user_that_no_viewer_can_be_hides_no_other(bench: Bench) -> None:
    listed = {
        "connection_type": 2,
        "user_id": "45",
        "meeting_id": "1",
        "meeting_url": "https://meet.example.com/1",
        "meeting_start_time": "2026-03-11 15:00:00",
        "meeting_duration": 30,
    }
    meetings = [{**listed, "user_id": unfit} for unfit in ("45\0", "45\n", "half ?")] + [listed]
    answer = {"output": {"meetings": meetings}, "response_status_code": "200", "msg": "success"}
    bench.fail(200, orjson.dumps(answer).decode().replace("half ?", r"half \ud83d"))

    assert [one.user_id for one in await a_client(bench).meetings_for_date(DAY)] == ["45"]


async def test_a_lone_surrogate_in_a_response_is_replaced(bench: Bench) -> None:
    bench.fail(200, envelope("412", "half ?").replace("half ?", r"half \ud83d"))

    with pytest.raises(Rejected, match="half \ufffd"):
        await a_client(bench).meeting_details("45")


async def test_m3_for_all_users_omits_the_user(bench: Bench) -> None:
    client = a_client(bench)
    await client.meetings_for_date(DAY)
    assert bench.last_fields == {"client_key": CLIENT_KEY, "date": "2026-03-11"}
    await client.meetings_for_date(DAY, "45")
    assert bench.last_fields == {"client_key": CLIENT_KEY, "date": "2026-03-11", "user_id": "45"}


@pytest.mark.parametrize("failures", ["http", "body", "both"])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (schedule_meeting, NotAuthorized),
        (disconnect_account, Conflict),
        (get_meeting, NotFound),
        (cancel_meeting, NotFound),
        (reschedule_meeting, NotFound),
    ],
    ids=["M2", "M4", "M5", "M6", "M7"],
)
async def test_a_missing_object_is_recognized_in_every_style(
    bench: Bench, call: Call, error: type[ProviderError], failures: str
) -> None:
    bench.behave(failures=failures)
    with pytest.raises(error):
        await call(a_client(bench))


@ALL
@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("style", ["http", "body", "both"])
async def test_a_refusal_is_rejected_with_the_upstreams_message(
    bench: Bench, call: Call, status: int, style: str
) -> None:
    code = 200 if style == "http" else status
    bench.fail(200 if style == "body" else status, envelope(code, "Parameters not found"))
    with pytest.raises(Rejected, match="Parameters not found") as error:
        await call(a_client(bench))
    assert error.value.provider == "connect"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (schedule_meeting, NotAuthorized),
        (list_meetings, Rejected),
        (get_meeting, Rejected),
        (cancel_meeting, Conflict),
        (reschedule_meeting, Conflict),
    ],
    ids=["M2", "M3", "M5", "M6", "M7"],
)
async def test_a_failed_precondition_means_what_the_call_is_about(
    bench: Bench, call: Call, error: type[ProviderError]
) -> None:
    bench.fail(200, envelope("412"))
    with pytest.raises(error) as raised:
        await call(a_client(bench))
    assert type(raised.value) is error


@READS
@pytest.mark.parametrize(
    ("status", "body"), [(500, ""), (500, PHP_ERROR_PAGE), (200, envelope("500")), (503, "<h1>Busy</h1>")]
)
async def test_a_read_that_fails_is_unavailable(bench: Bench, call: Call, status: int, body: str) -> None:
    bench.fail(status, body)
    with pytest.raises(Unavailable) as error:
        await call(a_client(bench))
    assert type(error.value) is Unavailable


NONSENSE = [
    PHP_ERROR_PAGE,
    "",
    "null",
    "[]",
    '{"output": {}, "response_status',
    envelope("fine"),
    PHP_ERROR_PAGE + envelope("200"),
]


@READS
@pytest.mark.parametrize("body", [*NONSENSE, envelope("200")])
async def test_a_read_with_an_invalid_response_is_unavailable(bench: Bench, call: Call, body: str) -> None:
    bench.fail(200, body)
    with pytest.raises(UnexpectedAnswer):
        await call(a_client(bench))


@WRITES
@pytest.mark.parametrize(
    ("status", "body"), [(500, ""), (500, PHP_ERROR_PAGE), (200, envelope("500")), *((200, body) for body in NONSENSE)]
)
async def test_a_write_with_a_failed_or_invalid_response_has_an_unknown_outcome(
    bench: Bench, call: Call, status: int, body: str
) -> None:
    bench.fail(status, body)
    with pytest.raises(OutcomeUnknown) as error:
        await call(a_client(bench))
    assert error.value.ambiguous


@pytest.mark.parametrize(
    ("call", "output"),
    [
        (disconnect_account, {"disconnected_user_account": "36"}),
        (cancel_meeting, {"cancelled_meeting_id": "46"}),
        (schedule_meeting, {"connection_type": "2"}),
        (schedule_meeting, {"connection_type": "2", "meeting_summary": SUMMARY}),
        (reschedule_meeting, {"rescheduled_meeting_id": "45"}),
    ],
    ids=["M4", "M6", "M2", "M2-without-id", "M7"],
)
async def test_a_write_whose_response_names_another_object_has_an_unknown_outcome(
    bench: Bench, call: Call, output: dict[str, object]
) -> None:
    bench.fail(200, orjson.dumps({"output": output, "response_status_code": "200", "msg": "success"}).decode())
    with pytest.raises(OutcomeUnknown):
        await call(a_client(bench))


@pytest.mark.parametrize("call", [disconnect_account, cancel_meeting], ids=["M4", "M6"])
async def test_a_successful_response_need_not_name_its_object(bench: Bench, call: Call) -> None:
    bench.fail(200, '{"output": [], "response_status_code": "200", "msg": "success"}')
    await call(a_client(bench))


async def test_details_of_another_meeting_are_ignored(bench: Bench) -> None:
    bench.account()
    client = a_client(bench)
    await schedule_meeting(client)
    await schedule_meeting(client)
    await client.meeting_details("46")
    details = await bench.core.http.call(
        "POST", f"{bench.url}/get_meeting_details", json={"client_key": CLIENT_KEY, "meeting_id": "46"}
    )
    bench.fail(200, details.body.decode())
    with pytest.raises(UnexpectedAnswer):
        await client.meeting_details("45")


@ALL
async def test_a_rate_limit_has_a_retry_after(bench: Bench, call: Call) -> None:
    bench.fail(429, "Slow down", headers={"retry-after": "7"})
    with pytest.raises(RateLimited) as error:
        await call(a_client(bench))
    assert error.value.retry_after == 7


@ALL
async def test_a_missing_page_is_reported_as_a_wrong_address(bench: Bench, call: Call) -> None:
    bench.fail(404, "<h1>Not Found</h1>")
    with pytest.raises(UnexpectedAnswer):
        await call(a_client(bench))


@READS
@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(delay=1)], ids=["cut", "late"])
async def test_a_read_without_an_answer_is_unavailable(hasty_bench: Bench, call: Call, fault: Fault) -> None:
    hasty_bench.sandbox.add(fault)
    with pytest.raises(Unavailable):
        await call(a_client(hasty_bench))


@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(delay=1)], ids=["cut", "late"])
async def test_a_write_without_a_response_has_an_unknown_outcome(hasty_bench: Bench, fault: Fault) -> None:
    hasty_bench.account()
    hasty_bench.sandbox.add(fault)
    with pytest.raises(OutcomeUnknown):
        await schedule_meeting(a_client(hasty_bench))


async def test_a_write_to_an_unreachable_host_was_not_done(bench: Bench) -> None:
    with pytest.raises(Unavailable):
        await schedule_meeting(a_client(bench, base_url="http://127.0.0.1:1/connect"))


@ALL
async def test_no_error_contains_the_key(bench: Bench, call: Call) -> None:
    client = a_client(bench, client_key="another-made-up-key")
    with pytest.raises(Rejected, match=r"Invalid client_key \*\*\*") as error:
        await call(client)
    assert "another-made-up-key" not in f"{error.value!r} {error.value.__cause__!r} {error.value.__context__!r}"


async def test_no_repr_contains_the_key(bench: Bench) -> None:
    assert CLIENT_KEY not in f"{a_client(bench)!r} {vars(a_client(bench))!r}"


async def test_a_write_whose_connection_is_closed_without_a_response_has_an_unknown_outcome(bench: Bench) -> None:
    async def hang_up(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()

    async with await create_tcp_listener(local_host="127.0.0.1") as listener, create_task_group() as tasks:
        tasks.start_soon(listener.serve, hang_up)
        port = listener.extra(SocketAttribute.local_port)
        with pytest.raises(OutcomeUnknown):
            await schedule_meeting(a_client(bench, base_url=f"http://127.0.0.1:{port}"))
        tasks.cancel_scope.cancel()
