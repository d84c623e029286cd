from datetime import UTC, datetime

import orjson
import pytest
from structlog.testing import capture_logs

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
from providers.http import Answer
from providers.ringplan.errors import TokenRefused, error_of, problem_of, unreadable

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def refusal(status: int, detail: str | None = None, *, write: bool = False, title: str = "Trouble") -> ProviderError:
    answer = Answer(status=status, headers={}, body=orjson.dumps({"detail": detail, "status": status, "title": title}))
    return error_of(answer, problem_of(answer, ("hush",)), provider="ringplan", write=write, now=NOON)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, TokenRefused),
        (402, Rejected),
        (403, NotAuthorized),
        (404, NotFound),
        (409, Conflict),
        (422, Rejected),
        (429, RateLimited),
        (301, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_each_status_has_its_error(status: int, error: type[ProviderError]) -> None:
    assert type(refusal(status)) is error
    assert refusal(status).provider == "ringplan"


@pytest.mark.parametrize("status", [302, 500, 502, 503])
def test_the_outcome_of_a_failed_write_is_unknown(status: int) -> None:
    assert type(refusal(status, write=True)) is OutcomeUnknown


@pytest.mark.parametrize("write", [False, True])
def test_an_unreadable_response_is_a_failure(write: bool) -> None:
    assert type(unreadable(provider="ringplan", write=write)) is (OutcomeUnknown if write else Unavailable)


def test_the_detail_is_the_message() -> None:
    assert refusal(422, "The number is too short").message == "The number is too short"


def test_without_a_detail_the_title_is_the_message() -> None:
    assert refusal(422).message == "Trouble"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"detail": {"number": ["too short"]}}', b"\xff"])
def test_a_response_without_a_problem_document_is_an_error(body: bytes) -> None:
    answer = Answer(status=400, headers={}, body=body)
    error = error_of(answer, problem_of(answer), provider="ringplan", write=False, now=NOON)
    assert (type(error), error.message) == (Rejected, "RingPlan rejected the request.")


def test_detail_title_and_status_go_to_the_log() -> None:
    with capture_logs() as logs:
        refusal(409, "It is there already")
    (entry,) = logs
    assert {key: entry[key] for key in ("status", "title", "detail", "provider")} == {
        "status": 409,
        "title": "Trouble",
        "detail": "It is there already",
        "provider": "ringplan",
    }


@pytest.mark.parametrize(
    "said",
    [
        "The password hush is too short",
        f"Token {'a1_-.' * 20} is not valid here",
        "See https://login.example.com/refresh?refresh_token=abc now",
    ],
)
def test_secrets_are_neither_shown_nor_logged(said: str) -> None:
    with capture_logs() as logs:
        shown = f"{refusal(400, said, title=said).message} "
    for text in (shown, str(logs)):
        assert not any(secret in text for secret in ("hush", "a1_-", "refresh_token=", "abc"))


def test_a_long_detail_is_truncated() -> None:
    assert len(refusal(400, "no, " * 1000).message) == 300
