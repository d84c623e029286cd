from typing import Any

import pytest

from providers.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotAuthorized,
    OutcomeUnknown,
    RateLimited,
)
from providers.domain.results import Connecting, Created
from tests.resolvers import example
from tests.resolvers.asking import REFERENCE, answer, execute
from tests.resolvers.backend import Backend
from tests.resolvers.example_input import EXAMPLE_INPUTS, mutation

ACCOUNT = {"account": {"id": example.account().id}}
MEETING = {"meeting": {"id": example.meeting().id}}
CONTACT = {"contact": {"id": example.contact().id}}
CONVERSATION = {"conversation": {"id": example.conversation().id}}
MESSAGE = {"message": {"id": example.message().id}}
URL = "https://login.example.com/"

SUCCESSES: dict[str, tuple[str, object, dict[str, Any]]] = {
    "registerUser": ("registered", None, {"registered": True}),
    "connectAccount": (
        "account { id } authorizationUrl",
        Connecting(account=example.account(), authorization_url=URL),
        {**ACCOUNT, "authorizationUrl": URL},
    ),
    "refreshAccount": ("account { id }", example.account(), ACCOUNT),
    "disconnectAccount": ("account { id }", example.account(), ACCOUNT),
    "scheduleMeeting": ("meeting { id }", example.meeting(), MEETING),
    "startMeeting": ("meeting { id }", example.meeting(), MEETING),
    "rescheduleMeeting": ("meeting { id }", example.meeting(), MEETING),
    "cancelMeeting": ("meeting { id }", example.meeting(), MEETING),
    "createContact": ("contact { id } created", Created(entity=example.contact()), {**CONTACT, "created": True}),
    "updateContact": ("contact { id }", example.contact(), CONTACT),
    "createConversation": ("conversation { id }", example.conversation(), CONVERSATION),
    "sendMessage": ("message { id }", example.message(), MESSAGE),
}
USER_ERRORS = "userErrors { code message path provider retryable retryAfterSeconds authorizationUrl }"


async def payload_of(name: str, write_answer: object) -> dict[str, Any]:
    """The payload of a mutation."""
    selection, _answer, _told = SUCCESSES[name]
    backend = Backend(write_answer=write_answer)
    data = await answer(backend, mutation(name, f"{selection} {USER_ERRORS}"), i=EXAMPLE_INPUTS[name][0])
    payload: dict[str, Any] = data[name]
    return payload


@pytest.mark.parametrize("name", EXAMPLE_INPUTS)
async def test_a_payload_carries_the_result(name: str) -> None:
    _selection, write_answer, expected = SUCCESSES[name]

    assert await payload_of(name, write_answer) == {**expected, "userErrors": []}


@pytest.mark.parametrize("name", EXAMPLE_INPUTS)
async def test_a_payload_with_errors_carries_no_result(name: str) -> None:
    payload = await payload_of(name, Conflict("It is there."))

    [error] = payload.pop("userErrors")
    assert error["code"] == "CONFLICT"
    assert all(not result for result in payload.values())


async def test_an_existing_contact_is_reported_as_not_created() -> None:
    payload = await payload_of("createContact", Created(entity=example.contact(), created=False))

    assert payload == {**CONTACT, "created": False, "userErrors": []}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InvalidInput("Too long.", path=("input", "title")), {"code": "INVALID_INPUT", "path": ["input", "title"]}),
        (
            NotAuthorized("Connect again.", provider="local", authorization_url=URL),
            {"code": "NOT_AUTHORIZED", "provider": "local", "authorizationUrl": URL},
        ),
        (
            RateLimited("Slower.", retry_after=0.1),
            {"code": "RATE_LIMITED", "retryable": True, "retryAfterSeconds": 1},
        ),
        (OutcomeUnknown("No answer."), {"code": "OUTCOME_UNKNOWN", "retryable": True}),
        (Forbidden("The scope write is required."), {"code": "FORBIDDEN"}),
    ],
)
async def test_a_user_error_says_what_its_caller_can_do(error: DomainError, expected: dict[str, object]) -> None:
    nothing = dict.fromkeys(("path", "provider", "retryAfterSeconds", "authorizationUrl"))

    payload = await payload_of("cancelMeeting", error)

    assert payload["userErrors"] == [{**nothing, "message": error.message, "retryable": False, **expected}]


async def test_several_faults_are_reported_at_once() -> None:
    faults = [InvalidInput("No title.", path=("input", "title")), InvalidInput("No number.", path=("input", "number"))]

    payload = await payload_of("scheduleMeeting", ExceptionGroup("The input is wrong", faults))

    assert payload["meeting"] is None
    assert [error["message"] for error in payload["userErrors"]] == ["No title.", "No number."]


@pytest.mark.parametrize(
    "failure",
    [RuntimeError("broken"), ExceptionGroup("mixed", [InvalidInput("No title."), RuntimeError("broken")])],
    ids=["alone", "in a group"],
)
async def test_an_unexpected_exception_is_an_error_of_the_response(failure: Exception) -> None:
    backend = Backend(write_answer=failure)

    result = await execute(
        backend, mutation("cancelMeeting", "userErrors { code }"), i=EXAMPLE_INPUTS["cancelMeeting"][0]
    )

    assert result["data"] is None
    [error] = result["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "reference": REFERENCE}
