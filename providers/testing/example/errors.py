"""Example's error responses as errors that callers can act on.

The messages repeat no text of the upstream: it may contain what was sent, secrets included.
"""

from datetime import datetime
from http import HTTPStatus

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

_ERRORS: dict[int, type[ProviderError]] = {
    HTTPStatus.UNAUTHORIZED: NotAuthorized,
    HTTPStatus.FORBIDDEN: NotAuthorized,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
}


def error_of(answer: Answer, *, provider: str, write: bool, now: datetime) -> ProviderError:
    """Return the error for a response other than 2xx."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = answer.retry_after(now)
        return RateLimited("Example's rate limit is exceeded.", provider=provider, retry_after=wait)
    if 400 <= answer.status < 500:
        refused = _ERRORS.get(answer.status, Rejected)
        return refused(f"Example rejected the request (status {answer.status}).", provider=provider)
    return failure(f"Example failed (status {answer.status}).", provider=provider, write=write)


def failure(message: str, *, provider: str, write: bool) -> ProviderError:
    """Return the error for a failure of the upstream: it may have done a write all the same."""
    return (OutcomeUnknown if write else Unavailable)(message, provider=provider)
