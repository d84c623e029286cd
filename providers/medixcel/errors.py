"""Translation of the upstream's failures to errors that callers can act on.

204        NotFound
400, 422   Rejected, with the upstream's `msg`; also 401 and 403, which the document does not mention
412        an error that depends on the call: it concerns the account's or the meeting's state
429        RateLimited
other 4xx  UnexpectedAnswer: nothing was done
others     Unavailable; OutcomeUnknown for a write
"""

import re
from urllib.parse import quote, quote_plus

from providers.api import Answer, NotFound, OutcomeUnknown, ProviderError, RateLimited, Rejected, Unavailable
from providers.medixcel.wire import Envelope

OK = 200
NO_CONTENT = 204
UNREADABLE = 0
"""The status of a success whose body is not what the document says."""

_MAX_MESSAGE_LENGTH = 300


class UnexpectedAnswer(Unavailable):
    """The host does not answer as Medixcel Connect does. Most likely the address is wrong."""


def envelope_of(answer: Answer) -> Envelope | None:
    """Return the envelope, or None if the body is something else, such as a PHP error page."""
    try:
        return Envelope.model_validate(answer.json())
    except ValueError:
        return None


def status_of(answer: Answer, envelope: Envelope | None) -> int:
    """Return 200 for a success, else the failure's code.

    The upstream reports a failure in the body or in the HTTP status; if both do, the body is more specific.
    """
    if envelope and envelope.response_status_code is not None and not _succeeded(envelope.response_status_code):
        return envelope.response_status_code
    if not _succeeded(answer.status):
        return answer.status
    return OK if envelope else UNREADABLE


def _succeeded(status: int) -> bool:
    return OK <= status < 300 and status != NO_CONTENT


def failure(
    status: int, reason: str, *, write: bool, precondition: type[ProviderError], retry_after: float | None = None
) -> ProviderError:
    """Return the error of a status from `status_of`. `reason` is `readable` text and may be empty."""
    match status:
        case 204:
            return NotFound("The provider has no such object.")
        case 400 | 401 | 403 | 422:
            return Rejected(_sentence("The provider rejected the request", reason))
        case 412:
            return precondition(_sentence("The state of the account or meeting does not allow this", reason))
        case 429:
            return RateLimited("The provider limits the rate of requests.", retry_after=retry_after)
        case _:
            return _breakdown(status, write=write, retry_after=retry_after)


def _breakdown(status: int, *, write: bool, retry_after: float | None) -> ProviderError:
    if 400 <= status < 500:
        return UnexpectedAnswer(f"The provider returned status {status}.")
    if write:
        return OutcomeUnknown("The provider failed. The change may have been made.", retry_after=retry_after)
    if status >= 500:
        return Unavailable(f"The provider failed with status {status}.", retry_after=retry_after)
    return UnexpectedAnswer("The provider's response is unreadable.")


def _sentence(start: str, reason: str) -> str:
    return f"{start}: {reason}" if reason else f"{start}."


def readable(text: str, secret: str) -> str:
    """Return text of the upstream's that may be shown: without any spelling of the secret, without queries of URLs."""
    for spelling in {secret, quote(secret, safe=""), quote_plus(secret)}:
        text = text.replace(spelling, "***")
    text = re.sub(r"(https?://[^\s?]*)\?\S*", r"\1", text)
    return " ".join(text.split())[:_MAX_MESSAGE_LENGTH]
