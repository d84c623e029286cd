"""Which calls are made again.

Reads: if no connection came about or it was lost before the whole response came, if a success has no readable JSON
where JSON is expected, and on 429, 500, 502, 503 and 504. Not after a silence, which took its time already, and not if
the response exceeded a limit, as the next one would.

Writes: only if they surely never left (no connection came about), or were surely not processed (429, and 503 with
Retry-After if the plug-in says that its upstream means that by it).

The wait of a Retry-After is respected; a long one is left to the caller.
"""

from collections.abc import Callable
from datetime import datetime
from random import SystemRandom

from providers.domain.errors import Unavailable
from providers.http.answer import Answer

MAX_RETRY_AFTER = 5.0
"""Longest Retry-After in seconds that a call waits for by itself."""

JITTER = 0.2
"""Most seconds by which waits differ at random, so that calls which failed together don't return together."""

_READS = frozenset({429, 500, 502, 503, 504})
_NO_BODY = frozenset({204, 205})
_random = SystemRandom()


class Unreachable(Unavailable):
    """No connection came about: nothing was sent."""


class ConnectionLost(Unavailable):
    """The connection of a read ended before the whole response came."""


class Again(Exception):
    """A response that may be another one when the call is made again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def is_unreadable(answer: Answer) -> bool:
    """Whether a success that should have JSON has none."""
    return 200 <= answer.status < 300 and answer.status not in _NO_BODY and not answer.is_json


def may_retry_read(answer: Answer) -> bool:
    """Whether a read may be made again because of its status."""
    return answer.status in _READS


def may_retry_write(answer: Answer, *, refuses_with_503: bool) -> bool:
    """Whether a write may be made again, since its status says that it was not processed."""
    return answer.status == 429 or (refuses_with_503 and answer.status == 503 and "retry-after" in answer.headers)


def backoff(now: Callable[[], datetime]) -> Callable[[Exception], bool | float]:
    """Stamina's hook: whether to make a call again, or in how many seconds."""

    def decide(error: Exception) -> bool | float:
        if isinstance(error, Again):
            wait = error.answer.retry_after(now())
            if wait is None:
                return True
            return wait <= MAX_RETRY_AFTER and wait + _random.uniform(0, JITTER)
        return isinstance(error, Unreachable | ConnectionLost)

    return decide
