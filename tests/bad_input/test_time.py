"""Times that are none, or not allowed."""

import pytest

from tests.bad_input.world import World, iso


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("startTime", "2030-05-07T10:00:00"),
        ("startTime", "2030-05-07"),
        ("startTime", "2030-02-31T10:00:00+00:00"),
        ("startTime", "2030-05-07T24:00:00+00:00"),
        ("startTime", "2030-05-07T10:00:00+24:00"),
        ("startTime", "0001-01-01T00:00:00+23:59"),
        ("startTime", "9999-12-31T23:59:59-23:59"),
        ("startTime", "tomorrow"),
        ("startTime", 1904378400),
        ("endTime", "2030-05-07T10:00:00"),
        ("timeZone", "Mars/Phobos"),
        ("timeZone", "+02:00"),
        ("timeZone", "../etc/passwd"),
        ("timeZone", ""),
    ],
)
async def test_a_time_or_zone_that_is_none_names_its_field(world: World, field: str, value: object) -> None:
    error = await world.complaint("scheduleMeeting", **world.schedule(**{field: value}))

    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert f".{field}: " in error["message"]


@pytest.mark.parametrize("argument", ["from", "to"])
async def test_a_filter_with_a_time_that_is_none_names_its_field(world: World, argument: str) -> None:
    answer = await world.client.ask(
        f'{{ meetings(filter: {{{argument}: "2030-02-31T00:00:00Z"}}) {{ nodes {{ id }} }} }}'
    )

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith(f"{argument}: ")


_SKIPPED = [
    ("Europe/Berlin", "2031-03-30T02:00:00+01:00"),
    ("Europe/Berlin", "2031-03-30T02:59:59+02:00"),
    ("America/New_York", "2031-03-09T02:30:00-05:00"),
    ("Australia/Lord_Howe", "2030-10-06T02:15:00+10:30"),
]
_TWICE = [
    ("Europe/Berlin", "2030-10-27T02:00:00+02:00"),
    ("Europe/Berlin", "2030-10-27T02:59:59+01:00"),
    ("America/New_York", "2030-11-03T01:30:00-04:00"),
    ("America/New_York", "2030-11-03T06:30:00Z"),
]


@pytest.mark.parametrize(("zone", "start"), [*_SKIPPED, *_TWICE])
async def test_an_hour_that_the_zone_skips_or_has_twice_is_never_guessed(world: World, zone: str, start: str) -> None:
    error = await world.complaint("scheduleMeeting", **world.schedule(timeZone=zone, startTime=start))

    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["message"].startswith("startTime: ")
    assert zone in error["message"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2031-03-30T01:30:00+01:00", "2031-03-30T02:30:00+01:00"),
        ("2030-10-27T01:30:00+02:00", "2030-10-27T02:30:00+02:00"),
    ],
)
async def test_an_end_in_an_hour_that_the_zone_skips_or_has_twice_is_never_guessed(
    world: World, start: str, end: str
) -> None:
    meeting = world.schedule(timeZone="Europe/Berlin", startTime=start, endTime=end)
    error = await world.complaint("scheduleMeeting", **{**meeting, "durationMinutes": None})

    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["message"].startswith("endTime: ")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"durationMinutes": 30, "endTime": iso(hours=25)}, "endTime"),
        ({"durationMinutes": None}, "durationMinutes"),
        ({"durationMinutes": 0}, "durationMinutes"),
        ({"durationMinutes": -30}, "durationMinutes"),
        ({"durationMinutes": 24 * 60 + 1}, "durationMinutes"),
        ({"durationMinutes": 2**31 - 1}, "durationMinutes"),
        ({"durationMinutes": None, "endTime": iso(hours=24)}, "endTime"),
        ({"durationMinutes": None, "endTime": iso(hours=23)}, "endTime"),
        ({"durationMinutes": None, "endTime": iso(hours=48, seconds=1)}, "endTime"),
        ({"startTime": iso(seconds=-61)}, "startTime"),
        ({"startTime": "1970-01-01T00:00:00Z"}, "startTime"),
        ({"startTime": "0001-01-01T00:00:00Z"}, "startTime"),
    ],
)
async def test_a_meeting_at_an_impossible_time_is_refused(world: World, said: dict[str, object], field: str) -> None:
    assert await world.refusals("scheduleMeeting", **world.schedule(**said)) == [("INVALID_INPUT", ["input", field])]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9998-12-31T23:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_meeting_at_the_end_of_the_calendar_is_refused(world: World, start: str, zone: str) -> None:
    refusals = await world.refusals("scheduleMeeting", **world.schedule(startTime=start, timeZone=zone))

    assert refusals == [("INVALID_INPUT", ["input", "startTime"])]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"startTime": iso(hours=-2)}, "startTime"),
        ({"startTime": iso(hours=3), "durationMinutes": 30, "endTime": iso(hours=4)}, "endTime"),
        ({"startTime": iso(hours=3), "endTime": iso(hours=2)}, "endTime"),
        ({"startTime": iso(hours=3), "durationMinutes": 24 * 60 + 1}, "durationMinutes"),
    ],
)
async def test_a_move_to_an_impossible_time_is_refused(world: World, said: dict[str, object], field: str) -> None:
    refusals = await world.refusals("rescheduleMeeting", meetingId=world.meeting, **said)

    assert refusals == [("INVALID_INPUT", ["input", field])]


@pytest.mark.parametrize("minutes", [0, -1, 24 * 60 + 1])
async def test_an_instant_meeting_of_an_impossible_length_is_refused(world: World, minutes: int) -> None:
    refusals = await world.refusals("startMeeting", accountId=world.ada, title="Now", durationMinutes=minutes)

    assert refusals == [("INVALID_INPUT", ["input", "durationMinutes"])]


@pytest.mark.parametrize(
    "window", ['from: "2030-05-07T00:00:00Z", to: "2030-05-06T00:00:00Z"', 'to: "0001-01-01T00:00:00Z"']
)
async def test_a_window_that_is_none_is_refused(world: World, window: str) -> None:
    answer = await world.client.ask(f"{{ meetings(filter: {{{window}}}) {{ nodes {{ id }} }} }}")

    assert answer["data"] == {"meetings": None}
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
