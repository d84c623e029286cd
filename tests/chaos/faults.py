"""Faults at random."""

from random import Random

from tests.faults.fault import (
    DUPLICATE,
    EMPTY,
    GARBAGE,
    GARBAGE_BODY,
    HANG_AFTER,
    HANG_BEFORE,
    HTML_PAGE,
    RESET_AFTER,
    RESET_BEFORE,
    TRUNCATED,
    Fault,
    delayed,
    retry_after_seconds,
    status,
)
from tests.faults.proxy import FaultProxy

NOT_TOKENS = r"^(?!.*refresh-token)"
"""Any call but R3: a user whose refresh token gets lost has to come back by themselves."""

_FAULTS: tuple[Fault, ...] = (
    RESET_BEFORE,
    RESET_AFTER,
    HANG_BEFORE,
    HANG_AFTER,
    TRUNCATED,
    GARBAGE,
    GARBAGE_BODY,
    HTML_PAGE,
    EMPTY,
    DUPLICATE,
    delayed(0.1),
    *(status(code, works=works) for code in (500, 502, 503, 504) for works in (True, False)),
    *(status(code) for code in (400, 404, 409, 422, 429)),
    retry_after_seconds(429, 1),
    retry_after_seconds(503, 1),
)


def inject(proxy: FaultProxy, random: Random) -> None:
    """Something goes wrong with one of the next calls, whichever comes first."""
    proxy.inject(random.choice(_FAULTS), NOT_TOKENS)
