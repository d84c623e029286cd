"""The circuit breaker: a host that fails again and again is left alone for a while, then tried with one call."""

from collections.abc import Callable
from enum import Enum
from time import monotonic

FAILURES = 5
"""In a row, after which the circuit opens."""

COOL_DOWN = 10.0
"""Seconds for which it stays open."""


class Circuit(Enum):
    """CLOSED lets calls through, OPEN none, HALF_OPEN one, whose outcome decides."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Breaker:
    """Of one host. `clock` counts seconds.

    A call is admitted for the time until the circuit changes: how one of an earlier time ended decides nothing.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        self._time = 0

    @property
    def circuit(self) -> Circuit:
        if self._opened_at is None:
            return Circuit.CLOSED
        return Circuit.OPEN if self.seconds_left() > 0 else Circuit.HALF_OPEN

    @property
    def is_failing(self) -> bool:
        """Whether the last call failed."""
        return self._failures > 0

    def seconds_left(self) -> float:
        """Until a call is let through again."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + COOL_DOWN - self._clock())

    def admit(self) -> int | None:
        """A pass for one call that may leave now; None where none may.

        How the call ended is told, with its pass, to `succeeded`, `failed`, or `withdrawn` where nobody can say.
        """
        circuit = self.circuit
        if circuit is Circuit.CLOSED:
            return self._time
        if circuit is Circuit.OPEN or self._probing:
            return None
        self._probing = True
        self._time += 1
        return self._time

    def succeeded(self, admitted: int) -> None:
        if admitted != self._time:
            return
        self._failures = 0
        self._probing = False
        if self._opened_at is not None:
            self._opened_at = None
            self._time += 1

    def failed(self, admitted: int) -> None:
        if admitted != self._time:
            return
        self._failures += 1
        self._probing = False
        if self._failures >= FAILURES:
            self._opened_at = self._clock()
            self._time += 1

    def withdrawn(self, admitted: int) -> None:
        if admitted == self._time:
            self._probing = False
