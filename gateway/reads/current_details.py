"""Which details one operation may show as they are stored, and refreshing the others."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gateway.reads.freshness import Freshness
from gateway.reads.meeting_details import Failures, MeetingDetailFetches
from gateway.reads.stale_report import StaleReport
from providers.api.capabilities import MeetingDetails
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Meeting
from providers.upstreams import Upstreams


class CurrentDetails:
    """The details of meetings for one operation, which reads those of a meeting once at most.

    With `force`, details that were read before the operation began are not current.
    """

    def __init__(
        self,
        *,
        reading: MeetingDetailFetches,
        upstreams: Upstreams,
        freshness: Freshness,
        staleness: StaleReport,
        now: Callable[[], datetime],
        force: bool,
    ) -> None:
        self._reading = reading
        self._upstreams = upstreams
        self._freshness = freshness
        self._staleness = staleness
        self._now = now
        self._force = force
        self.forget()

    def forget(self) -> None:
        """Begin anew, for the next event of a subscription."""
        self._began = self._now()
        self._read: set[ObjectKey] = set()
        self.read_since = self._began if self._force else self._began - timedelta(seconds=self._longest_seconds())

    def are_due(self, meeting: Meeting) -> bool:
        """Whether the provider can tell details that are unknown, older than `read_since`, or changed since."""
        read_at = meeting.details_read_at
        if meeting.detailed and read_at is not None and read_at >= self.read_since:
            return False
        return self.can_be_read(meeting) and (read_at is None or _key(meeting) not in self._read)

    def can_be_read(self, meeting: Meeting) -> bool:
        upstream = self._upstreams.get(meeting.provider)
        return upstream is not None and upstream.can(MeetingDetails) is not None

    async def read_due(self, meetings: Sequence[Meeting]) -> Failures:
        """Read the details that are due; wait for those that may not be served stale.

        Return the errors of meetings of which no details are known. The others are noted as stale.
        """
        due = [each for each in meetings if self.are_due(each)]
        failures = await self._read_each(due, self._have_usable_details)
        unknown = {_key(each) for each in due if each.details_read_at is None}
        self._note([each for each in due if _key(each) not in unknown], failures)
        return {key: error for key, error in failures.items() if key in unknown}

    async def read(self, meetings: Sequence[Meeting]) -> None:
        """Read meetings as a whole, each by its detail call; what fails is noted as stale."""
        self._note(meetings, await self._read_each(meetings, self._is_usable))

    async def _read_each(self, meetings: Sequence[Meeting], is_usable: Callable[[Meeting], bool]) -> Failures:
        self._read.update(map(_key, meetings))
        behind = self._reading.read_behind([each for each in meetings if is_usable(each)])
        return {**behind, **await self._reading.read([each for each in meetings if not is_usable(each)])}

    def _note(self, meetings: Sequence[Meeting], failures: Failures) -> None:
        self._staleness.note_meetings([(each, failures[_key(each)]) for each in meetings if _key(each) in failures])

    def _is_usable(self, meeting: Meeting) -> bool:
        return not self._force and self._is_younger(meeting.oldest_read_at, self._freshness.meetings.usable)

    def _have_usable_details(self, meeting: Meeting) -> bool:
        read_at = meeting.details_read_at if meeting.detailed and not self._force else None
        return read_at is not None and self._is_younger(read_at, self._freshness.meeting_details.usable)

    def _is_younger(self, read_at: datetime, seconds: float) -> bool:
        return self._now() - read_at < timedelta(seconds=seconds)

    def _longest_seconds(self) -> float:
        """How old details may be. Where anything may be served stale at all, that bounds what counts as fresh."""
        lifetime = self._freshness.meeting_details
        return min(lifetime.fresh, lifetime.usable or lifetime.fresh)


def _key(meeting: Meeting) -> ObjectKey:
    return meeting.scope, meeting.external_id
