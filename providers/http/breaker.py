"""Circuit breaker: open after five consecutive failures, allow one probe after ten seconds."""

from collections.abc import Callable
from enum import Enum
from time import monotonic

FAILURES = 5
"""Consecutive failures after which the circuit opens."""

COOL_DOWN = 10.0
"""Seconds for which the circuit stays open."""


class Circuit(Enum):
    """CLOSED admits calls, OPEN none, HALF_OPEN one probe, whose outcome decides."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Breaker:
    """The breaker of one host. `clock` counts seconds.

    Each change of the circuit starts a new period. The outcome of a call that was admitted in an earlier period is
    ignored: it says nothing about the host's present state.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        self._period = 0

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
        """Seconds until a call is admitted again."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + COOL_DOWN - self._clock())

    def admit(self) -> int | None:
        """Return the period if a call may be sent now, else None.

        Report the call's outcome with that period to `succeeded` or `failed`, or to `withdrawn` if it has none.
        """
        circuit = self.circuit
        if circuit is Circuit.CLOSED:
            return self._period
        if circuit is Circuit.OPEN or self._probing:
            return None
        self._probing = True
        self._period += 1
        return self._period

    def succeeded(self, admitted: int) -> None:
        if admitted != self._period:
            return
        self._failures = 0
        self._probing = False
        if self._opened_at is not None:
            self._opened_at = None
            self._period += 1

    def failed(self, admitted: int) -> None:
        if admitted != self._period:
            return
        self._failures += 1
        self._probing = False
        if self._failures >= FAILURES:
            self._opened_at = self._clock()
            self._period += 1

    def withdrawn(self, admitted: int) -> None:
        if admitted == self._period:
            self._probing = False
