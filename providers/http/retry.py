"""Rules for retries.

Reads are retried if no connection was established or it was lost before the whole response, if a success has no
readable JSON although JSON is expected, and after 429, 500, 502, 503 and 504. They are not retried after a timeout,
which has used up the time, nor if the response exceeded a limit, as the next one would.

Writes are retried only if they were not sent (no connection), or certainly not processed (429; 503 with Retry-After if
the plug-in says that its upstream means that by it).

Retry-After is respected; a long one is left to the caller.
"""

from collections.abc import Callable
from datetime import datetime
from random import SystemRandom

from providers.domain.errors import Unavailable
from providers.http.answer import Answer

MAX_RETRY_AFTER = 5.0
"""The longest Retry-After in seconds after which the client retries by itself."""

JITTER = 0.2
"""The largest random part of a wait in seconds, so that calls that failed together are not retried together."""

_READS = frozenset({429, 500, 502, 503, 504})
_NO_BODY = frozenset({204, 205})
_random = SystemRandom()


class Unreachable(Unavailable):
    """No connection was established: nothing was sent."""


class ConnectionLost(Unavailable):
    """The connection of a read was lost before the whole response."""


class Again(Exception):
    """A response after which a retry may succeed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def is_unreadable(answer: Answer) -> bool:
    """Whether a success lacks readable JSON."""
    return 200 <= answer.status < 300 and answer.status not in _NO_BODY and not answer.is_json


def may_retry_read(answer: Answer) -> bool:
    """Whether the status allows a retry of a read."""
    return answer.status in _READS


def may_retry_write(answer: Answer, *, refuses_with_503: bool) -> bool:
    """Whether the status says that a write was not processed, so that it may be retried."""
    return answer.status == 429 or (refuses_with_503 and answer.status == 503 and "retry-after" in answer.headers)


def backoff(now: Callable[[], datetime]) -> Callable[[Exception], bool | float]:
    """Return stamina's hook, which decides whether to retry, or after how many seconds."""

    def decide(error: Exception) -> bool | float:
        if isinstance(error, Again):
            wait = error.answer.retry_after(now())
            if wait is None:
                return True
            return wait <= MAX_RETRY_AFTER and wait + _random.uniform(0, JITTER)
        return isinstance(error, Unreachable | ConnectionLost)

    return decide
