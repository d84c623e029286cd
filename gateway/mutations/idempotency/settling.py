"""Settling: when a write whose response was lost counts as not done.

An upstream that ended the call (a malformed response, a closed connection) is done with it. One that was silent when
the call timed out may still be processing it, for as long as a call can take: the error has the rest of that time
(`retry_after`). Of a process that was killed only the last extension of its lease is known: its call may go on from
then for as long as a call can take.

After that the provider's lists may lag: a new object may be missing from them for the plug-in's `lookup_lag`, or for
as long as the operator has set. A write that is found is done. One that isn't found is not done once all of this time
has passed: a client's retry looks again, and sends it again; before that it gets OUTCOME_UNKNOWN.

The reconciler never sends. It looks at growing intervals, and stores ABSENT for a write that is proved to be missing:
a retry is then another attempt at the same intent. A write whose provider can't be reached, or has no way to look,
stays UNKNOWN until it is deleted with its key, after seven days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.storage import JournalEntry, JournalState
from providers.domain.errors import ProviderError
from providers.http import Timeouts

LEASE = timedelta(seconds=5)
"""Duration of the lease of a journal entry."""

_MIN_INTERVAL = timedelta(seconds=2)
_MAX_INTERVAL = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlingTimes:
    """One provider's longest call, and how long its lists may lack what a call has created."""

    longest_call: timedelta = timedelta(seconds=Timeouts().total)
    lookup_lag: timedelta = timedelta(seconds=2)

    @property
    def total(self) -> timedelta:
        return self.longest_call + self.lookup_lag


@dataclass(frozen=True, slots=True)
class Settling:
    """Computes when a lost write is settled. `times` are by the provider's name."""

    now: Callable[[], datetime]
    times: Mapping[str, SettlingTimes]

    def provable_after(self, entry: JournalEntry, error: Exception) -> datetime:
        """Return when not finding the write proves that a call that ended with `error` just now did nothing."""
        times = self._times(entry)
        seconds = error.retry_after if isinstance(error, ProviderError) else None
        may_go_on = min(timedelta(seconds=seconds or 0), times.longest_call)
        return self.now() + may_go_on + times.lookup_lag

    def provable_after_call(self, entry: JournalEntry) -> datetime:
        """Return when not finding the write proves that a call that may have begun just now did nothing."""
        return self.now() + self._times(entry).total

    def provable_at(self, entry: JournalEntry) -> datetime:
        """Return when not finding the write proves that nothing was done, of an entry that no process works on.

        A PENDING entry is one of a process that died.
        """
        before = entry.provable_at or entry.lease_until
        if entry.state is not JournalState.PENDING:
            return before
        return max(before, entry.lease_until - LEASE + self._times(entry).total)

    def look_at(self, entry: JournalEntry, provable_at: datetime) -> datetime:
        """Return when the reconciler looks next: the intervals double, and it looks as soon as a look is a proof."""
        now = self.now()
        next_look = now + min(max(now - entry.started_at, _MIN_INTERVAL), _MAX_INTERVAL)
        return min(next_look, provable_at) if provable_at > now else next_look

    def _times(self, entry: JournalEntry) -> SettlingTimes:
        return self.times.get(entry.provider or "", SettlingTimes())
