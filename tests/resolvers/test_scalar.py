from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from graphql import assert_scalar_type

from providers.domain.commands import ScheduleMeeting, Unreadable
from resolvers.schema import schema
from resolvers.strawberry_compat import core_schema
from tests.resolvers import example
from tests.resolvers.asking import answer, errors
from tests.resolvers.backend import Backend

SCHEDULE = "mutation($i: ScheduleMeetingInput!) { scheduleMeeting(input: $i) { userErrors { code } } }"
DRAFT = {"accountId": "x", "title": "t", "startTime": "2026-11-22T09:30:00Z"}

DATE = assert_scalar_type(core_schema(schema).type_map["Date"])
JSON = assert_scalar_type(core_schema(schema).type_map["JSON"])

BAD_DATE_TIMES = [
    "2026-11-21T09:30:00",
    "2026-02-31T09:30:00Z",
    "2026-11-21",
    "2026-11-21 09:30:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T09:30:00+0100",
    "1795253400",
    "tomorrow",
    "2026-11-21T09:30:00.Z",
    "\u0662026-11-21T09:30:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    1795253400,
    True,
]


async def scheduled(**more: object) -> ScheduleMeeting:
    backend = Backend(write_answer=example.meeting())
    await answer(backend, SCHEDULE, i={**DRAFT, **more})
    [written] = backend.written
    assert isinstance(written, ScheduleMeeting)
    return written


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21t09:30:00z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T10:30:00.250+01:00", datetime(2026, 11, 21, 9, 30, 0, 250000, tzinfo=UTC)),
        ("2030-05-06T16:00:00.123456789Z", datetime(2030, 5, 6, 16, 0, 0, 123456, tzinfo=UTC)),
        ("2030-05-06T18:00:00.1234567+02:00", datetime(2030, 5, 6, 16, 0, 0, 123456, tzinfo=UTC)),
        (f"2030-05-06T16:00:00.{'9' * 60}Z", datetime(2030, 5, 6, 16, 0, 0, 999999, tzinfo=UTC)),
    ],
)
async def test_a_date_time_is_read(text: str, moment: datetime) -> None:
    assert (await scheduled(startTime=text)).start_time == moment


async def test_the_offset_that_was_written_is_kept() -> None:
    start = (await scheduled(startTime="2026-11-21T10:30:00+01:00")).start_time

    assert isinstance(start, datetime)
    assert start.tzinfo == timezone(timedelta(hours=1))


@pytest.mark.parametrize("value", BAD_DATE_TIMES)
async def test_a_mutation_receives_an_invalid_date_time_as_unreadable(value: object) -> None:
    assert isinstance((await scheduled(startTime=value)).start_time, Unreadable)


@pytest.mark.parametrize("literal", ['"2026-11-21"', "1795253400", "true", "[1]", '{ at: "noon" }', "NOON"])
async def test_an_invalid_date_time_literal_is_unreadable(literal: str) -> None:
    backend = Backend(write_answer=example.meeting())
    document = f"""
        mutation {{
          scheduleMeeting(input: {{ accountId: "x", title: "t", startTime: {literal} }}) {{ userErrors {{ code }} }}
        }}
    """

    await answer(backend, document)

    [written] = backend.written
    assert isinstance(written, ScheduleMeeting)
    assert isinstance(written.start_time, Unreadable)


@pytest.mark.parametrize("value", BAD_DATE_TIMES)
async def test_a_query_with_an_invalid_date_time_is_refused_with_the_arguments_name(value: object) -> None:
    document = "query ($t: DateTime) { meetings(filter: { to: $t }) { totalCount } }"

    [error] = await errors(Backend(), document, t=value)

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["filter", "to"]}
    assert error["message"].startswith("to: ")


async def test_a_date_time_is_written_in_utc_with_an_offset() -> None:
    start = datetime(2026, 11, 21, 11, 0, tzinfo=timezone(timedelta(hours=1)))
    backend = Backend(entities=[example.meeting(start_time=start)])

    found = await answer(backend, "query($id: ID!) { meeting(id: $id) { startTime } }", id=example.meeting().id)

    assert found["meeting"]["startTime"] == "2026-11-21T10:00:00+00:00"


@pytest.mark.parametrize("zone", ["Europe/Vienna", "UTC", "America/Argentina/Buenos_Aires"])
async def test_a_time_zone_of_the_iana_database_is_read(zone: str) -> None:
    assert (await scheduled(timeZone=zone)).time_zone == zone


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "", "CET+1", "../etc/passwd", "europe/vienna", "localtime", "Factory", 1]
)
async def test_a_mutation_receives_an_unknown_time_zone_as_unreadable(zone: object) -> None:
    assert isinstance((await scheduled(timeZone=zone)).time_zone, Unreadable)


def test_a_date_is_read_and_written() -> None:
    assert DATE.coerce_input_value("2026-11-21") == date(2026, 11, 21)
    assert DATE.coerce_output_value(date(2026, 11, 21)) == "2026-11-21"


@pytest.mark.parametrize("value", ["2026-02-31", "20261121", "2026-W47-6", "2026-11-21T09:30:00Z", "", 20261121])
def test_an_invalid_date_is_unreadable(value: object) -> None:
    assert isinstance(DATE.coerce_input_value(value), Unreadable)


def test_json_is_any_value() -> None:
    value = {"a": [1, None, "x"]}

    assert JSON.coerce_output_value(JSON.coerce_input_value(value)) == value


LOCAL_DRAFT = {"startTime": None, "timeZone": "Europe/Vienna"}


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-11-21T09:30", "2026-11-21T09:30:00"),
        ("2026-11-21T09:30:15", "2026-11-21T09:30:15"),
        ("2026-11-21t23:59", "2026-11-21T23:59:00"),
    ],
)
async def test_a_local_time_is_read_without_an_offset(text: str, local: str) -> None:
    assert (await scheduled(**LOCAL_DRAFT, localStartTime=text)).local_start_time == datetime.fromisoformat(local)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2026-11-21T09:30:00Z", "has an offset"),
        ("2026-11-21T09:30+01:00", "has an offset"),
        ("2026-11-21T09:30:00.5+01:00", "has an offset"),
        ("2026-11-21T09:30:00.000", "has a fraction of a second"),
        ("2026-02-31T09:30", "is not in the calendar"),
        ("2026-11-21T09:30:60", "is not in the calendar"),
        ("2026-11-21T24:00", "is not a date and time without an offset"),
        ("2026-11-21", "is not a date and time without an offset"),
        ("2026-11-21 09:30", "is not a date and time without an offset"),
        ("\u0662026-11-21T09:30", "is not a date and time without an offset"),
        (1795253400, "is not a date and time without an offset"),
    ],
)
async def test_a_local_time_that_cannot_be_read_says_why(value: object, reason: str) -> None:
    local = (await scheduled(**LOCAL_DRAFT, localStartTime=value)).local_start_time

    assert isinstance(local, Unreadable)
    assert local.reason.startswith(reason)
