"""Lists of meetings as their provider returned them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.storage.meeting_merge import is_unread, merged
from gateway.storage.meeting_row import StoredMeeting
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Meeting
from providers.domain.meeting_source import ALL_USERS, source_of_user


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingSpan:
    """Whose meetings a list has, from `start` (inclusive) to `end` (exclusive).

    Without `account_key` and `user_id` it has those of all users of the provider.
    """

    provider: str
    account_key: str | None
    user_id: str | None
    start: datetime
    end: datetime

    @property
    def source(self) -> str:
        """The source that `sources_of` returns for the list's meetings."""
        if self.account_key is not None:
            return self.account_key
        return ALL_USERS if self.user_id is None else source_of_user(self.user_id)

    def has_start_of(self, meeting: Meeting) -> bool:
        """Return whether the meeting is one of those of the list, and starts in its span."""
        return (
            meeting.provider == self.provider
            and self.account_key in {None, meeting.account_key}
            and self.user_id in {None, meeting.user_id}
            and self.start <= meeting.start_time < self.end
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingList:
    """The meetings that a list has now. `others` are stored ones that it had before, as they are now."""

    span: MeetingSpan
    meetings: Sequence[Meeting]
    others: Sequence[Meeting] = ()

    def is_settled(self, stored: Mapping[ObjectKey, StoredMeeting], count: int) -> bool:
        """Return whether storing the same list again would change nothing.

        So it is if merging changes nothing and the list has all stored meetings that it could end: those that stand and
        start in the span, of which there are `count`. Each meeting must start there: any other write of it then finds
        the list by that time. With details a list is never settled: reading it again dates them, too. Nor is it with
        others that start in the span: reading it again doesn't date those.
        """
        known = [stored[meeting.key] for meeting in self.meetings]
        return (
            not any(seen.detailed for seen in self.meetings)
            and not any(self.span.has_start_of(stored[other.key].meeting) for other in self.others)
            and all(self.span.has_start_of(each.meeting) for each in known)
            and all(is_unread(each, merged(each, seen)) for each, seen in zip(known, self.meetings, strict=True))
            and len({each.meeting.key for each in known if each.stands}) == count
        )
