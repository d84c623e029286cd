"""Values of built-in scalars and enums that their types can't parse."""

import pytest

from tests.bad_input.target import Target

_SECRET = "made-up secret"


@pytest.mark.parametrize("minutes", [1.5, "thirty", "30", 2**31, True, {"minutes": 30}, [_SECRET]], ids=str)
async def test_a_number_that_is_no_int_is_reported_beside_the_other_faults(target: Target, minutes: object) -> None:
    meeting = target.schedule(durationMinutes=minutes, title="", startTime="tomorrow", timeZone="Mars/Olympus")

    refusals = await target.refusals("scheduleMeeting", **meeting)

    assert refusals == [
        ("INVALID_INPUT", ["input", field]) for field in ("timeZone", "startTime", "durationMinutes", "title")
    ]


async def test_the_message_of_a_value_that_is_not_parsed_does_not_repeat_it(target: Target) -> None:
    [number] = await target.client.refusals("startMeeting", accountId=target.ada, title="Now", durationMinutes=_SECRET)
    [service] = await target.client.refusals("connectAccount", provider="local", service=_SECRET)

    assert number["message"] == "durationMinutes is not an integer."
    assert service["message"].startswith("service is not one of ZOOM, GOOGLE_MEET, JITSI")


@pytest.mark.parametrize("service", ["SKYPE", "zoom", 7, {}], ids=str)
async def test_an_enum_that_has_no_such_value_is_reported_beside_the_other_faults(
    target: Target, service: object
) -> None:
    refusals = await target.refusals("connectAccount", provider="local", service=service, userId="local\0")

    assert refusals == [("INVALID_INPUT", ["input", "userId"]), ("INVALID_INPUT", ["input", "service"])]


async def test_a_variable_inside_of_an_input_is_reported_as_its_field(target: Target) -> None:
    document = """mutation ($id: ID!, $minutes: Int, $start: DateTime!) {
        first: startMeeting(input: { accountId: $id, title: "", durationMinutes: $minutes }) { userErrors { path } }
        second: scheduleMeeting(input: {
            accountId: $id, title: "Review", startTime: $start, durationMinutes: $minutes
        }) { userErrors { path } } }"""

    data = await target.client.data(document, id=target.ada, minutes="thirty", start="2030-05-07T10:00:00")

    assert data["first"]["userErrors"] == [{"path": ["input", "durationMinutes"]}, {"path": ["input", "title"]}]
    assert data["second"]["userErrors"] == [{"path": ["input", "startTime"]}, {"path": ["input", "durationMinutes"]}]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"title": 7}, ["input", "title"]),
        ({"accountId": {}}, ["input", "accountId"]),
        ({"durationMinutes": "thirty", "title": 7}, ["input", "durationMinutes"]),
        ({"durationMinutes": "thirty", "participants": {"email": 7}}, ["input", "durationMinutes"]),
        ({"durationMinutes": "thirty", "unknown": 7}, ["input", "durationMinutes"]),
    ],
    ids=str,
)
async def test_a_value_of_another_type_is_an_error_of_the_request(
    target: Target, said: dict[str, object], path: list[str]
) -> None:
    before = target.everything()

    answer = await target.client.attempt("scheduleMeeting", **target.schedule(**said))

    assert "data" not in answer
    assert {"code": "BAD_USER_INPUT", "inputPath": path} in [error["extensions"] for error in answer["errors"]]
    assert target.everything() == before


async def test_a_value_of_a_filter_that_is_not_parsed_is_bad_user_input(target: Target) -> None:
    document = "query ($kinds: [MeetingKind!]) { meetings(filter: { kinds: $kinds }) { nodes { id } } }"

    answer = await target.client.ask(document, kinds=["INSTANT", "LATER"])

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["filter", "kinds", "1"]}
