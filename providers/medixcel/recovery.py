"""Recovery of a lost M2: M3 of its day in India, then M5 of each meeting that may be the one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from providers.api import Account, Core, HostClock, LostWrite, Meeting, MeetingDraft, MeetingKind
from providers.medixcel.client import MedixcelClient
from providers.medixcel.ist import IST, ist_days
from providers.medixcel.mapping import CONNECTION_TYPES, created_meeting, whole_minutes
from providers.medixcel.wire import ListedMeeting, MeetingOutput

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Recovery:
    """Find what a lost write created."""

    def __init__(self, client: MedixcelClient, core: Core) -> None:
        self._client = client
        self._core = core

    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, lost: LostWrite
    ) -> Meeting | None:
        """Return the oldest meeting that may have come of `draft`, as M2 would have returned it."""
        now = self._core.now()
        search = _Search(account, draft, kind, lost, self._client.clock)
        for day in search.days(now):
            for listed in search.candidates(await self._client.meetings_for_date(day, account.user_id)):
                output = await self._client.meeting_details(listed.meeting_id)
                if search.has_title(output):
                    return created_meeting(
                        output, listed.meeting_id, account, draft, kind, provider=self._core.name, now=now
                    )
        return None


@dataclass(frozen=True, slots=True)
class _Search:
    """Which meetings may have come of `draft`. `clock` is the upstream's: its times are compared by it."""

    account: Account
    draft: MeetingDraft
    kind: MeetingKind
    lost: LostWrite
    clock: HostClock

    def days(self, now: datetime) -> list[date]:
        """Return the days in India on which the meeting may start. An instant one starts when M2 is processed."""
        if self._is_instant:
            return ist_days(self._since, self.clock.latest(now))
        return [self.draft.start_time.astimezone(IST).date()]

    def candidates(self, listed: Sequence[ListedMeeting]) -> list[ListedMeeting]:
        """Return those that are new enough and like the draft in all that M3 shows, oldest first."""
        oldest_first = sorted(listed, key=lambda meeting: (meeting.added_on or _LONG_AGO, meeting.meeting_id))
        return [meeting for meeting in oldest_first if self._is_new(meeting) and self._is_like_draft(meeting)]

    def has_title(self, output: MeetingOutput) -> bool:
        """Whether M5 shows the draft's title, or none."""
        return _words(output.summary.title) in {_words(self.draft.title), ""}

    @property
    def _since(self) -> datetime:
        return self.clock.earliest(self.lost.since)

    @property
    def _is_instant(self) -> bool:
        return self.kind is MeetingKind.INSTANT

    def _is_new(self, meeting: ListedMeeting) -> bool:
        is_late_enough = meeting.added_on is None or meeting.added_on >= self._since.replace(microsecond=0)
        return is_late_enough and meeting.meeting_id not in self.lost.taken

    def _is_like_draft(self, meeting: ListedMeeting) -> bool:
        """Compare user, service, start and duration: M3 shows neither account nor title."""
        service = self.account.service
        connection_type = None if service is None else CONNECTION_TYPES.get(service)
        start = meeting.added_on if self._is_instant else self.draft.start_time.replace(microsecond=0)
        minutes = whole_minutes(self.draft.start_time, self.draft.end_time)
        return (meeting.user_id, meeting.connection_type, meeting.start_time, meeting.duration) == (
            self.account.user_id,
            connection_type,
            start or meeting.start_time,
            minutes,
        )


def _words(title: str | None) -> str:
    """Return the title with single spaces: the upstream may change white space."""
    return " ".join((title or "").split())
