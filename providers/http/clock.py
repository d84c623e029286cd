"""Clocks of hosts, which may differ from ours: measured by the Date headers of their responses (RFC 9110 6.6.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.http.answer import Answer

MAX_SKEW = timedelta(minutes=5)
"""The assumed error of a host's clock if it sends no Date, or one that agrees with our clock."""

_MARGIN = timedelta(minutes=1)
_IN_STEP = timedelta(seconds=15)
_NO_CLOCK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HostClock:
    """`ahead` is the time by which a host's clock is ahead of ours: zero unless its Date headers show a difference.

    A Date that agrees with ours proves little: it may be a proxy's, and the times in the body another machine's.
    """

    ahead: timedelta = timedelta()

    def at(self, moment: datetime) -> datetime:
        """Return the time that the host's clock showed at `moment`."""
        return moment + self.ahead

    def earliest(self, moment: datetime) -> datetime:
        """Return the earliest time that the host's clock can have shown at `moment`."""
        return self.at(moment) - self._uncertainty

    def latest(self, moment: datetime) -> datetime:
        """Return the latest time that the host's clock can have shown at `moment`."""
        return self.at(moment) + self._uncertainty

    def is_about(self, other: "HostClock") -> bool:
        """Whether the two show the same time within the precision of the measurement."""
        return abs(self.ahead - other.ahead) <= _IN_STEP

    @property
    def _uncertainty(self) -> timedelta:
        return _MARGIN if self.ahead else MAX_SKEW


def clock_from(answer: Answer, now: datetime) -> HostClock | None:
    """Return the host's clock from a response received `now`; None if its Date is missing, cached or implausible."""
    date = answer.date()
    if date is None or "age" in answer.headers:
        return None
    ahead = date - now
    if abs(ahead) > _NO_CLOCK:
        return None
    return HostClock(ahead) if abs(ahead) > _IN_STEP else HostClock()
