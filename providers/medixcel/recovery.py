"""What became of an M2 whose answer got lost: M3 of its day in India, and M5 of each meeting that may be it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from providers.api import Account, HostClock, LostWrite, MeetingDraft, MeetingKind
from providers.medixcel.client import MedixcelClient
from providers.medixcel.ist import IST, ist_days
from providers.medixcel.mapping import CONNECTION_TYPES, whole_minutes
from providers.medixcel.wire import ListedMeeting, MeetingOutput

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sought:
    """The meeting that `draft` would have become. An instant one begins when the upstream gets to it."""

    account: Account
    draft: MeetingDraft
    kind: MeetingKind
    trace: LostWrite
    clock: HostClock

    async def find(self, client: MedixcelClient, now: datetime) -> tuple[str, MeetingOutput] | None:
        """The id of the oldest meeting that can be it, and what M5 tells of it."""
        for day in self._days(now):
            for one in self._candidates(await client.meetings_for_date(day, self.account.user_id)):
                output = await client.meeting_details(one.meeting_id)
                if _words(output.summary.title) in {_words(self.draft.title), ""}:
                    return one.meeting_id, output
        return None

    @property
    def _since(self) -> datetime:
        """By the upstream's clock."""
        return self.clock.earliest(self.trace.since)

    @property
    def _is_instant(self) -> bool:
        return self.kind is MeetingKind.INSTANT

    def _days(self, now: datetime) -> list[date]:
        if self._is_instant:
            return ist_days(self._since, self.clock.latest(now))
        return [self.draft.start_time.astimezone(IST).date()]

    def _candidates(self, listed: Sequence[ListedMeeting]) -> list[ListedMeeting]:
        oldest_first = sorted(listed, key=lambda one: (one.added_on or _LONG_AGO, one.meeting_id))
        return [one for one in oldest_first if self._is_new(one) and self._fits(one)]

    def _is_new(self, one: ListedMeeting) -> bool:
        is_late_enough = one.added_on is None or one.added_on >= self._since.replace(microsecond=0)
        return is_late_enough and one.meeting_id not in self.trace.taken

    def _fits(self, one: ListedMeeting) -> bool:
        """M3 tells neither account nor title."""
        service = self.account.service
        connection_type = None if service is None else CONNECTION_TYPES.get(service)
        begins = one.added_on if self._is_instant else self.draft.start_time.replace(microsecond=0)
        minutes = whole_minutes(self.draft.start_time, self.draft.end_time)
        return (one.user_id, one.connection_type, one.start_time, one.duration) == (
            self.account.user_id,
            connection_type,
            begins or one.start_time,
            minutes,
        )


def _words(title: str | None) -> str:
    """Whatever became of the blanks."""
    return " ".join((title or "").split())
