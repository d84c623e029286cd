"""What RingPlan answers instead of what was asked for, as the errors that callers can act on."""

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

_LONGEST_MESSAGE = 300
_QUERY = re.compile(r"(?<=\S)\?\S+=\S*")
_TOKEN = re.compile(r"[\w.~+/=-]{40,}", re.ASCII)
_ERRORS: dict[int, type[ProviderError]] = {
    HTTPStatus.FORBIDDEN: NotAuthorized,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
}

log = structlog.get_logger(__name__)


class TokenRefused(NotAuthorized):
    """The id_token is not, or no longer, good: nothing was done."""


def problem_of(answer: Answer, secrets: Iterable[str] = ()) -> Problem:
    """What the answer says is wrong, without the secrets of the call; empty where it isn't problem+json."""
    try:
        problem = Problem.model_validate(answer.json())
    except ValueError:
        return Problem()
    return Problem(title=_readable(problem.title, secrets), detail=_readable(problem.detail, secrets))


def error_of(answer: Answer, problem: Problem, *, provider: str, write: bool, now: datetime) -> ProviderError:
    """The error that an answer other than 2xx stands for; what it says goes to the log."""
    log.warning("ringplan_refused", provider=provider, status=answer.status, title=problem.title, detail=problem.detail)
    message = problem.detail or problem.title or "RingPlan refused it."
    if _says_expired(answer.status, problem):
        return TokenRefused(message, provider=provider)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = answer.retry_after(now)
        return RateLimited("RingPlan is asked too often.", provider=provider, retry_after=wait)
    if 400 <= answer.status < 500:
        return _ERRORS.get(answer.status, Rejected)(message, provider=provider)
    return failure(f"RingPlan failed ({answer.status}).", provider=provider, write=write)


def nonsense(*, provider: str, write: bool) -> ProviderError:
    """The error that an unreadable 2xx answer stands for."""
    log.warning("ringplan_unreadable", provider=provider)
    return failure("RingPlan answered something unreadable.", provider=provider, write=write)


def failure(message: str, *, provider: str, write: bool) -> ProviderError:
    """A failure on RingPlan's side: a write may have been done all the same."""
    if write:
        return OutcomeUnknown(f"{message} It may have been done: ask again to find out.", provider=provider)
    return Unavailable(message, provider=provider)


def _says_expired(status: int, problem: Problem) -> bool:
    """The document doesn't say with which status a dead token is refused: 401 is the convention."""
    if status == HTTPStatus.UNAUTHORIZED:
        return True
    said = f"{problem.title} {problem.detail}".lower()
    return status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN} and "token" in said and "expired" in said


def _readable(text: str | None, secrets: Iterable[str]) -> str | None:
    """RingPlan's words, fit to be shown: without secrets, without anything like a token, without a URL's query."""
    if text is None:
        return None
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return _TOKEN.sub("[secret]", _QUERY.sub("", text))[:_LONGEST_MESSAGE]
