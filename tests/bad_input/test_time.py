"""Times that are invalid or not allowed."""

from datetime import datetime, timedelta

import pytest

from tests.bad_input.target import Target, iso


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
async def test_a_time_or_zone_that_cannot_be_read_is_a_user_error(target: Target, field: str, value: object) -> None:
    meeting = target.schedule(**{field: value})
    if field == "endTime":
        del meeting["durationMinutes"]

    assert await target.refusals("scheduleMeeting", **meeting) == [("INVALID_INPUT", ["input", field])]


async def test_an_unreadable_time_is_reported_beside_the_other_faults(target: Target) -> None:
    meeting = target.schedule(startTime="tomorrow", timeZone="Mars/Phobos", title="", endTime="noon")

    assert await target.refusals("scheduleMeeting", **meeting) == [
        ("INVALID_INPUT", ["input", "timeZone"]),
        ("INVALID_INPUT", ["input", "startTime"]),
        ("INVALID_INPUT", ["input", "endTime"]),
        ("INVALID_INPUT", ["input", "title"]),
    ]


async def test_an_invalid_start_does_not_invalidate_the_end(target: Target) -> None:
    meeting = target.schedule(startTime="tomorrow", endTime=iso(hours=-1))
    del meeting["durationMinutes"]

    assert await target.refusals("scheduleMeeting", **meeting) == [("INVALID_INPUT", ["input", "startTime"])]


async def test_a_start_now_in_an_unknown_zone_is_a_user_error(target: Target) -> None:
    refusals = await target.refusals("startMeeting", accountId=target.ada, title="Now", timeZone="Mars/Phobos")

    assert refusals == [("INVALID_INPUT", ["input", "timeZone"])]


@pytest.mark.parametrize("field", ["startTime", "endTime"])
async def test_a_move_to_an_unreadable_time_is_a_user_error(target: Target, field: str) -> None:
    move = {"meetingId": target.meeting, "startTime": iso(hours=3), "endTime": iso(hours=4), field: "2030-05-07"}

    assert await target.refusals("rescheduleMeeting", **move) == [("INVALID_INPUT", ["input", field])]


_LITERALS = """
    mutation ($bad: DateTime!, $wrong: RescheduleMeetingInput!) {
      literal: scheduleMeeting(input: {
        accountId: "ADA", title: "Review", startTime: "2030-05-07T10:00:00", durationMinutes: 30
      }) { meeting { id } userErrors { code path } }
      variable: scheduleMeeting(input: {
        accountId: "ADA", title: "Review", startTime: $bad, durationMinutes: 30
      }) { meeting { id } userErrors { code path } }
      whole: rescheduleMeeting(input: $wrong) { meeting { id } userErrors { code path } }
      sound: createContact(input: {
        accountId: "ADA", firstName: "Dan", lastName: "Drew", number: "+12025550188"
      }) { contact { firstName } userErrors { code path } }
    }
"""


async def test_an_unreadable_time_leaves_the_other_mutations_of_its_document_alone(target: Target) -> None:
    """The contact that this makes is sound, and so stays."""
    wrong = {"meetingId": target.meeting, "startTime": 7}

    data = await target.client.data(_LITERALS.replace("ADA", target.ada), bad="tomorrow", wrong=wrong)

    refused = {"meeting": None, "userErrors": [{"code": "INVALID_INPUT", "path": ["input", "startTime"]}]}
    assert data == {
        "literal": refused,
        "variable": refused,
        "whole": refused,
        "sound": {"contact": {"firstName": "Dan"}, "userErrors": []},
    }


async def test_a_filter_below_a_mutation_costs_its_field_and_not_the_payload(target: Target) -> None:
    document = """
        mutation ($input: UpdateContactInput!) {
          updateContact(input: $input) {
            contact { id account { meetings(filter: { from: "tomorrow" }) { nodes { id } } } }
            userErrors { code }
          }
        }
    """

    answer = await target.client.ask(document, input={"contactId": target.contact, "firstName": "Bob"})

    payload = answer["data"]["updateContact"]
    assert payload == {"contact": {"id": target.contact, "account": {"meetings": None}}, "userErrors": []}
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["filter", "from"]}
    assert error["path"] == ["updateContact", "contact", "account", "meetings"]


@pytest.mark.parametrize("field", ["meetings", "messages"])
@pytest.mark.parametrize("argument", ["from", "to"])
@pytest.mark.parametrize("value", ["2030-02-31T00:00:00Z", "2030-05-07T10:00:00"])
async def test_a_filter_with_an_unreadable_time_names_its_field(
    target: Target, field: str, argument: str, value: str
) -> None:
    type_name = {"meetings": "MeetingFilter", "messages": "MessageFilter"}[field]
    documents: list[tuple[str, dict[str, object]]] = [
        (f'{{ {field}(filter: {{{argument}: "{value}"}}) {{ nodes {{ id }} }} }}', {}),
        (f"query ($t: DateTime) {{ {field}(filter: {{{argument}: $t}}) {{ nodes {{ id }} }} }}", {"t": value}),
        (f"query ($f: {type_name}) {{ {field}(filter: $f) {{ nodes {{ id }} }} }}", {"f": {argument: value}}),
    ]
    for document, variables in documents:
        answer = await target.client.ask(document, **variables)
        (error,) = answer["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["filter", argument]}
        assert error["message"].startswith(f"{argument}: ")


TIMES = "meeting { id startTime endTime timeZone }"

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


@pytest.mark.parametrize(("zone", "start"), _SKIPPED)
async def test_an_hour_that_the_zone_skips_is_never_guessed(target: Target, zone: str, start: str) -> None:
    meeting = target.schedule(timeZone=zone, startTime=start)

    assert await target.refusals("scheduleMeeting", **meeting) == [("INVALID_INPUT", ["input", "startTime"])]
    (error,) = await target.client.refusals("scheduleMeeting", **meeting)
    assert error["message"].startswith("startTime ")
    assert zone in error["message"]


@pytest.mark.parametrize(("zone", "start"), _TWICE)
async def test_the_offset_says_which_of_two_equal_hours_is_meant(target: Target, zone: str, start: str) -> None:
    moment = datetime.fromisoformat(start)
    sound = target.schedule(timeZone=zone, title="Clocks", durationMinutes=30)

    made = await target.client.do("scheduleMeeting", TIMES, **{**sound, "startTime": start})
    other = await target.client.do("scheduleMeeting", TIMES, **sound)
    moved = await target.client.do("rescheduleMeeting", TIMES, meetingId=other["meeting"]["id"], startTime=start)

    for payload in (made, moved):
        assert datetime.fromisoformat(payload["meeting"]["startTime"]) == moment
        assert datetime.fromisoformat(payload["meeting"]["endTime"]) == moment + timedelta(minutes=30)
        assert payload["meeting"]["timeZone"] == zone


async def test_a_move_into_an_hour_that_the_zone_skips_is_never_guessed(target: Target) -> None:
    """The meeting that is moved is sound, and so stays."""
    meeting = await target.client.do(
        "scheduleMeeting", "meeting { id }", **target.schedule(timeZone="Europe/Berlin", title="Berlin")
    )
    start = "2031-03-30T02:00:00+01:00"

    refusals = await target.refusals("rescheduleMeeting", meetingId=meeting["meeting"]["id"], startTime=start)

    assert refusals == [("INVALID_INPUT", ["input", "startTime"])]


async def test_an_end_in_an_hour_that_the_zone_skips_is_never_guessed(target: Target) -> None:
    times = {"startTime": "2031-03-30T01:30:00+01:00", "endTime": "2031-03-30T02:30:00+01:00", "durationMinutes": None}
    meeting = target.schedule(timeZone="Europe/Berlin", **times)

    assert await target.refusals("scheduleMeeting", **meeting) == [("INVALID_INPUT", ["input", "endTime"])]


async def test_a_meeting_may_last_from_one_of_two_equal_hours_to_the_other(target: Target) -> None:
    times = {"startTime": "2030-10-27T02:30:00+02:00", "endTime": "2030-10-27T02:30:00+01:00", "durationMinutes": None}

    made = await target.client.do("scheduleMeeting", TIMES, **target.schedule(timeZone="Europe/Berlin", **times))

    assert made["meeting"]["startTime"] == "2030-10-27T00:30:00+00:00"
    assert made["meeting"]["endTime"] == "2030-10-27T01:30:00+00:00"


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
async def test_a_meeting_at_an_impossible_time_is_refused(target: Target, said: dict[str, object], field: str) -> None:
    assert await target.refusals("scheduleMeeting", **target.schedule(**said)) == [("INVALID_INPUT", ["input", field])]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9998-12-31T23:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_meeting_at_the_end_of_the_calendar_is_refused(target: Target, start: str, zone: str) -> None:
    refusals = await target.refusals("scheduleMeeting", **target.schedule(startTime=start, timeZone=zone))

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
async def test_a_move_to_an_impossible_time_is_refused(target: Target, said: dict[str, object], field: str) -> None:
    refusals = await target.refusals("rescheduleMeeting", meetingId=target.meeting, **said)

    assert refusals == [("INVALID_INPUT", ["input", field])]


@pytest.mark.parametrize("minutes", [0, -1, 24 * 60 + 1])
async def test_an_instant_meeting_of_an_impossible_length_is_refused(target: Target, minutes: int) -> None:
    refusals = await target.refusals("startMeeting", accountId=target.ada, title="Now", durationMinutes=minutes)

    assert refusals == [("INVALID_INPUT", ["input", "durationMinutes"])]


@pytest.mark.parametrize(
    "window", ['from: "2030-05-07T00:00:00Z", to: "2030-05-06T00:00:00Z"', 'to: "0001-01-01T00:00:00Z"']
)
async def test_an_invalid_window_is_rejected(target: Target, window: str) -> None:
    answer = await target.client.ask(f"{{ meetings(filter: {{{window}}}) {{ nodes {{ id }} }} }}")

    assert answer["data"] == {"meetings": None}
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
