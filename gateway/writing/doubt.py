"""When one may believe that a write which was never answered has not been done.

An upstream that ended the call (an answer that makes no sense, a connection that was closed) has done by then what it
does; others see it there within `SETTLING`. One that was silent when we gave up may go on for as long as a call can
take: the error says for how much longer (`retry_after`). Of a process that was killed it is only known when it was last
heard of: what it sent may go on for the longest time of a call from then.

What is found before that is believed at once. What isn't found is believed to be missing from then on: a retry of the
client's waits so long, looks again, and sends it again. The sweep never sends: it frees the key (FAILED), because a
later retry is a first attempt again, which does it once.

An entry whose provider can't be asked, or has no way to be asked, stays UNKNOWN until it is dropped with its key, seven
days after it was last touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.store import JournalEntry, JournalState
from gateway.writing.lease import LEASE
from providers.errors import ProviderError
from providers.http import Timeouts

SETTLING = timedelta(seconds=2)

SKEW = timedelta(minutes=1)
"""How far an upstream's clock may be behind ours."""

_LONGEST_CALL = timedelta(seconds=Timeouts().total)


@dataclass(frozen=True, slots=True)
class Doubt:
    """`longest_calls` are by provider: for how long a call of it can go on."""

    now: Callable[[], datetime]
    longest_calls: Mapping[str, timedelta] = field(default_factory=dict)

    def longest_call(self, entry: JournalEntry) -> timedelta:
        return self.longest_calls.get(entry.provider or "", _LONGEST_CALL)

    def over_after(self, entry: JournalEntry, error: Exception) -> datetime:
        """From when on an attempt that ended like this just now has been done, or never will be."""
        told = error.retry_after if isinstance(error, ProviderError) else None
        longest = self.longest_call(entry)
        return self.now() + min(max(timedelta(seconds=told or 0), SETTLING), longest)

    def over_at(self, entry: JournalEntry) -> datetime:
        """The same of an entry as it was left: UNKNOWN, or PENDING by a process that is dead."""
        if entry.state is JournalState.UNKNOWN:
            return entry.lease_until
        return entry.lease_until - LEASE + self.longest_call(entry)
