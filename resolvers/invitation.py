"""The invitation to a meeting: the provider's own, or else a generated one."""

from dataclasses import dataclass
from datetime import datetime

from providers.domain.entities import Meeting
from providers.domain.mail import reply_address
from resolvers.field import ResolveInfo
from resolvers.meeting_detail import Detail, may_host


@dataclass(frozen=True, slots=True)
class Invitation(Detail):
    """Depends on all details of the meeting, so these are loaded first.

    Null for viewers who may not act as the host of a private meeting: the provider's own may contain the password.
    """

    def is_due(self, meeting: Meeting, info: ResolveInfo) -> bool:
        return _is_visible(meeting, info) and Detail.is_due(self, meeting, info)

    def value(self, meeting: Meeting, info: ResolveInfo) -> object:
        if not _is_visible(meeting, info):
            return None
        return meeting.icalendar or _generated(meeting, info.context.now())


def _is_visible(meeting: Meeting, info: ResolveInfo) -> bool:
    return not meeting.is_private or may_host(meeting, info)


def _generated(meeting: Meeting, now: datetime) -> str:
    # Importing the library takes a fifth of a second, and most gateways never need it.
    from providers.domain.icalendar import invitation  # noqa: PLC0415

    return invitation(meeting, organizer=reply_address(meeting), sequence=meeting.revision, stamp=now)
