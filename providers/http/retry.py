"""Which calls are made again by themselves.

Reads: on connection errors, 502, 503, 504, and 429. Writes only where they surely never left (a connection error) or
were surely not processed (429, and 503 with Retry-After). A wait that Retry-After asks for is kept, a long one is left
to whoever asked.
"""

from collections.abc import Callable
from datetime import datetime

from providers.errors import Unavailable
from providers.http.answer import Answer

LONGEST_WAIT = 5.0
"""Seconds that a call waits for a Retry-After by itself."""

_READS = frozenset({429, 502, 503, 504})


class Unreachable(Unavailable):
    """No connection came about: nothing was sent."""


class Again(Exception):
    """An answer that may be another one when the call is made again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def may_be_another(answer: Answer, *, write: bool) -> bool:
    """Whether the call could be made again because of its answer."""
    if write:
        return answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers)
    return answer.status in _READS


def backoff(now: Callable[[], datetime]) -> Callable[[Exception], bool | float]:
    """Stamina's hook: whether to make a call again, or in how many seconds."""

    def decide(error: Exception) -> bool | float:
        if isinstance(error, Again):
            wait = error.answer.retry_after(now())
            return True if wait is None else wait <= LONGEST_WAIT and wait
        return isinstance(error, Unreachable)

    return decide
