"""Ids in RingPlan's format."""

from collections.abc import Callable
from datetime import datetime
from itertools import count

Clock = Callable[[], datetime]


class ObjectIds:
    """Create unique ids: 24 hex digits that begin with the second of their creation."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._numbers = count(0x5A4DB0)

    def new(self) -> str:
        return f"{int(self._now().timestamp()):08x}{next(self._numbers):016x}"
