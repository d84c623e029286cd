"""Which of an upstream's answers are failures, and what they mean to the caller.

204        NotFound
400, 422   Rejected, with the upstream's `msg`; so are 401 and 403, which are not documented
412        what the call says: the account's state, or the meeting's
429        RateLimited
other 4xx  UnexpectedAnswer: nothing was done
the rest   Unavailable; OutcomeUnknown for a write
"""

import re
from urllib.parse import quote, quote_plus

from providers.api import Answer, NotFound, OutcomeUnknown, ProviderError, RateLimited, Rejected, Unavailable
from providers.medixcel.wire import Envelope

OK = 200
NO_CONTENT = 204
NONSENSE = 0
"""Stands in for a status where the body is not what it should be."""

_LONGEST_MESSAGE = 300


class UnexpectedAnswer(Unavailable):
    """Somebody answered, but not as Medixcel Connect does: most likely the address is wrong."""


def envelope_of(answer: Answer) -> Envelope | None:
    """None where the body is none, such as a PHP error page."""
    try:
        return Envelope.model_validate(answer.json())
    except ValueError:
        return None


def status_of(answer: Answer, envelope: Envelope | None) -> int:
    """200 for a success; else the failure's code, whichever of body and HTTP status tells it. The body knows better."""
    if envelope and envelope.response_status_code is not None and not _succeeded(envelope.response_status_code):
        return envelope.response_status_code
    if not _succeeded(answer.status):
        return answer.status
    return OK if envelope else NONSENSE


def _succeeded(status: int) -> bool:
    return OK <= status < 300 and status != NO_CONTENT


def failure(
    status: int, reason: str, *, write: bool, precondition: type[ProviderError], retry_after: float | None = None
) -> ProviderError:
    """The error of a status that `status_of` told. `reason` is fit to be shown; it may be empty."""
    match status:
        case 204:
            return NotFound("The provider knows nothing of it.")
        case 400 | 401 | 403 | 422:
            return Rejected(_sentence("The provider refused it", reason))
        case 412:
            return precondition(_sentence("The provider says that its state does not allow it", reason))
        case 429:
            return RateLimited("The provider was asked too often.", retry_after=retry_after)
        case _:
            return _breakdown(status, write=write, retry_after=retry_after)


def _breakdown(status: int, *, write: bool, retry_after: float | None) -> ProviderError:
    if 400 <= status < 500:
        return UnexpectedAnswer(f"The provider answered with status {status}.")
    if write:
        return OutcomeUnknown("The provider failed while it worked: it may have been done.", retry_after=retry_after)
    if status >= 500:
        return Unavailable(f"The provider failed with status {status}.", retry_after=retry_after)
    return UnexpectedAnswer("The provider's answer made no sense.")


def _sentence(start: str, reason: str) -> str:
    return f"{start}: {reason}" if reason else f"{start}."


def readable(text: str, secret: str) -> str:
    """An upstream's words, fit to be shown: without the secret in any spelling, and without the query of a URL."""
    for spelling in {secret, quote(secret, safe=""), quote_plus(secret)}:
        text = text.replace(spelling, "***")
    text = re.sub(r"(https?://[^\s?]*)\?\S*", r"\1", text)
    return " ".join(text.split())[:_LONGEST_MESSAGE]
