"""The invitation to a meeting: the provider's own, or else a generated one."""

from collections.abc import Awaitable
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

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> object | Awaitable[object]:
        if meeting.is_private and not may_host(meeting, info):
            return None
        return Detail.__call__(self, meeting, info) or _generated(meeting, info.context.now())

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> object:
        found = await info.context.load.detailed_meeting_by_id.load(meeting.key) or meeting
        return found.icalendar or _generated(found, info.context.now())


def _generated(meeting: Meeting, now: datetime) -> str:
    # Importing the library takes a fifth of a second, and most gateways never need it.
    from providers.domain.icalendar import invitation  # noqa: PLC0415

    return invitation(meeting, organizer=reply_address(meeting), sequence=meeting.revision, stamp=now)
