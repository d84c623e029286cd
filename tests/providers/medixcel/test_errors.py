"""The status table."""

from datetime import UTC, datetime

import pytest

from providers.domain.errors import (
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.http import Answer
from providers.medixcel.errors import UnexpectedAnswer, envelope_of, failure, readable, status_of
from tests.providers.medixcel.bench import PHP_ERROR_PAGE, envelope

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def effective_status(status: int, body: str) -> int:
    answer = Answer(status=status, headers={}, body=body.encode())
    return status_of(answer, envelope_of(answer))


@pytest.mark.parametrize(
    ("http_status", "body", "status"),
    [
        (200, envelope("200"), 200),
        (200, envelope(200), 200),
        (201, envelope("200"), 200),
        (200, '{"output": {}}', 200),
        (200, envelope("412"), 412),
        (412, envelope("412"), 412),
        (412, "", 412),
        (412, envelope("200"), 412),
        (500, envelope("422"), 422),
        (204, "", 204),
        (200, envelope("204"), 204),
        (302, "", 302),
        (500, PHP_ERROR_PAGE, 500),
        (200, PHP_ERROR_PAGE, 0),
        (200, "", 0),
        (200, "[]", 0),
        (200, '"success"', 0),
        (200, envelope("fine"), 0),
    ],
)
def test_the_failure_is_in_the_status_or_in_the_body(http_status: int, body: str, status: int) -> None:
    assert effective_status(http_status, body) == status


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (204, NotFound, NotFound),
        (400, Rejected, Rejected),
        (422, Rejected, Rejected),
        (403, Rejected, Rejected),
        (412, NotAuthorized, NotAuthorized),
        (429, RateLimited, RateLimited),
        (404, UnexpectedAnswer, UnexpectedAnswer),
        (500, Unavailable, OutcomeUnknown),
        (503, Unavailable, OutcomeUnknown),
        (302, UnexpectedAnswer, OutcomeUnknown),
        (0, UnexpectedAnswer, OutcomeUnknown),
    ],
)
def test_each_status_has_its_error(status: int, read: type[ProviderError], write: type[ProviderError]) -> None:
    assert type(failure(status, "", write=False, precondition=NotAuthorized)) is read
    assert type(failure(status, "", write=True, precondition=NotAuthorized)) is write


def test_a_refusal_has_the_upstreams_message() -> None:
    assert "duration" in failure(400, "Bad request: duration", write=True, precondition=Rejected).message
    assert failure(400, "", write=True, precondition=Rejected).message == "The provider rejected the request."


@pytest.mark.parametrize("key", ["made up/key+1", "made%20up%2Fkey%2B1", "made+up%2Fkey%2B1"])
def test_the_upstreams_message_is_shown_without_the_key_in_any_encoding(key: str) -> None:
    assert readable(f"Invalid client_key {key}, sorry", "made up/key+1") == "Invalid client_key ***, sorry"


def test_the_upstreams_message_is_shown_on_one_line_and_truncated() -> None:
    assert readable(" Bad\r\n\trequest ", "key") == "Bad request"
    assert len(readable("a" * 10_000, "key")) == 300


def test_the_query_of_a_url_is_not_shown() -> None:
    assert readable("See https://example.com/a?token=1#x now", "key") == "See https://example.com/a now"
