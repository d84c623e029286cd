"""When a write whose answer was lost counts as not done.

An upstream that ended the call (an answer that makes no sense, a connection that was closed) has done by then what it
does. One that was silent when the call was given up may go on for as long as a call can take: the error says for how
much longer (`retry_after`). Of a process that was killed only the time is known at which it last extended its lease:
what it sent may go on for the longest time of a call from then.

After that the provider's lists may lag: what was done may be missing from them for the plug-in's `lookup_lag`, or as
long as the operator says. A write that is found is believed at once. One that isn't found is believed to be missing
when all of this is over: a client's retry then looks again, and sends it again; until then it gets OUTCOME_UNKNOWN.

The reconciler never sends. It looks again at growing intervals, and notes a write that is proved to be missing as
ABSENT: a retry then is another try of the same intent. A write whose provider can't be asked, or has no way to be
asked, stays UNKNOWN until it is deleted with its key, after seven days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.mutations.idempotency.leases import LEASE
from gateway.storage import JournalEntry, JournalState
from providers.domain.errors import ProviderError
from providers.http import Timeouts

_FIRST_LOOK = timedelta(seconds=2)
_LONGEST_INTERVAL = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlingTimes:
    """Of one provider: for how long a call can go on, and for how long its lists may lack what a call has made."""

    longest_call: timedelta = timedelta(seconds=Timeouts().total)
    lookup_lag: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Settling:
    """`settling` is by provider."""

    now: Callable[[], datetime]
    settling: Mapping[str, SettlingTimes] = field(default_factory=dict)

    def provable_after(self, entry: JournalEntry, error: Exception) -> datetime:
        """From when on not finding it proves that a call that ended with `error` just now did nothing."""
        settling = self._settling(entry)
        seconds = error.retry_after if isinstance(error, ProviderError) else None
        may_go_on = min(timedelta(seconds=seconds or 0), settling.longest_call)
        return self.now() + may_go_on + settling.lookup_lag

    def provable_after_call(self, entry: JournalEntry) -> datetime:
        """The same of a call that may have begun just now."""
        return self.now() + self._longest(entry)

    def provable_at(self, entry: JournalEntry) -> datetime:
        """The same of an entry as it was left: not PENDING, or PENDING by a process that is dead."""
        before = entry.provable_at or entry.lease_until
        if entry.state is not JournalState.PENDING:
            return before
        return max(before, entry.lease_until - LEASE + self._longest(entry))

    def look_at(self, entry: JournalEntry, provable_at: datetime) -> datetime:
        """When the reconciler looks next: after as long as the write is old, and as soon as a look proves something."""
        now = self.now()
        next_look = now + min(max(now - entry.started_at, _FIRST_LOOK), _LONGEST_INTERVAL)
        return min(next_look, provable_at) if provable_at > now else next_look

    def _longest(self, entry: JournalEntry) -> timedelta:
        settling = self._settling(entry)
        return settling.longest_call + settling.lookup_lag

    def _settling(self, entry: JournalEntry) -> SettlingTimes:
        return self.settling.get(entry.provider or "", SettlingTimes())
