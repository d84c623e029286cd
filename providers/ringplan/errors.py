"""Translation of RingPlan's failures to errors that callers can act on."""

import re
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

import structlog

from providers.api import (
    Answer,
    Conflict,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.ringplan.wire import Problem

_MAX_MESSAGE_LENGTH = 300
_QUERY = re.compile(r"(?<=\S)\?\S+=\S*")
_TOKEN = re.compile(r"[\w.~+/=-]{40,}", re.ASCII)
_ERRORS: dict[int, type[ProviderError]] = {
    HTTPStatus.FORBIDDEN: NotAuthorized,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
}

_log = structlog.get_logger(__name__)


class TokenRefused(NotAuthorized):
    """RingPlan refuses the id_token. Nothing was done."""


def problem_of(answer: Answer, secrets: Iterable[str] = ()) -> Problem:
    """Return the problem document without the secrets of the call; an empty one if there is none."""
    try:
        problem = Problem.model_validate(answer.json())
    except ValueError:
        return Problem()
    return Problem(title=_readable(problem.title, secrets), detail=_readable(problem.detail, secrets))


def error_of(answer: Answer, problem: Problem, *, provider: str, write: bool, now: datetime) -> ProviderError:
    """Return the error of a response other than 2xx, and log its problem document."""
    _log.warning(
        "ringplan_call_refused", provider=provider, status=answer.status, title=problem.title, detail=problem.detail
    )
    message = problem.detail or problem.title or "RingPlan rejected the request."
    if _is_token_refused(answer.status, problem):
        return TokenRefused(message, provider=provider)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = answer.retry_after(now)
        return RateLimited("RingPlan limits the rate of requests.", provider=provider, retry_after=wait)
    if 400 <= answer.status < 500:
        return _ERRORS.get(answer.status, Rejected)(message, provider=provider)
    return failure(f"RingPlan failed with status {answer.status}.", provider=provider, write=write)


def unreadable(*, provider: str, write: bool) -> ProviderError:
    """Return the error of a 2xx response whose body is unreadable."""
    _log.warning("ringplan_response_unreadable", provider=provider)
    return failure("RingPlan's response is unreadable.", provider=provider, write=write)


def failure(message: str, *, provider: str, write: bool) -> ProviderError:
    """Return the error of a failure on RingPlan's side. A write may have been done nevertheless."""
    if write:
        return OutcomeUnknown(f"{message} The change may have been made: retry to find out.", provider=provider)
    return Unavailable(message, provider=provider)


def _is_token_refused(status: int, problem: Problem) -> bool:
    # The document does not say with which status an expired token is refused. 401 is the convention; others are
    # recognized by their text.
    if status == HTTPStatus.UNAUTHORIZED:
        return True
    text = f"{problem.title} {problem.detail}".lower()
    return status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN} and "token" in text and "expired" in text


def _readable(text: str | None, secrets: Iterable[str]) -> str | None:
    """Return RingPlan's text without secrets, without anything like a token, and without queries of URLs."""
    if text is None:
        return None
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return _TOKEN.sub("[secret]", _QUERY.sub("", text))[:_MAX_MESSAGE_LENGTH]
