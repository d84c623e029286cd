"""Points that are spent at once and come back with time, for each who spends them."""

from collections.abc import Callable
from math import ceil
from time import monotonic

_MAX_BUCKETS = 10_000


class TokenBuckets:
    """A bucket of `maximum` points for each spender, which fills by `restore_rate` points a second.

    Kept in this process: several processes let a spender have as many buckets.
    """

    def __init__(self, maximum: int, restore_rate: int, clock: Callable[[], float] = monotonic) -> None:
        self.maximum = maximum
        self.restore_rate = restore_rate
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def available(self, spender: str) -> int:
        """Whole points."""
        return int(self._level(spender))

    def seconds_until(self, spender: str, points: int) -> int:
        """Whole seconds, never too few, until `points` are there; 0 where they are."""
        return max(0, ceil((min(points, self.maximum) - self._level(spender)) / self.restore_rate))

    def spend(self, spender: str, points: int) -> None:
        """Takes what is there or not: a bucket may be in debt. Negative `points` are given back."""
        self._levels[spender] = min(self.maximum, self._level(spender) - points), self._clock()
        if len(self._levels) > _MAX_BUCKETS:
            self._forget_full()

    def _level(self, spender: str) -> float:
        level, at = self._levels.get(spender, (self.maximum, 0.0))
        return min(self.maximum, level + (self._clock() - at) * self.restore_rate)

    def _forget_full(self) -> None:
        """A full bucket is the same as none."""
        self._levels = {each: level for each, level in self._levels.items() if self._level(each) < self.maximum}
