"""The invitation to a meeting: the provider's own, or else one that is written when it is asked for."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime

from providers.domain.entities import Meeting
from providers.domain.organizer import reply_address
from resolvers.field import ResolveInfo
from resolvers.meeting_detail import Detail, may_host


@dataclass(frozen=True, slots=True)
class Invitation(Detail):
    """Tells whatever the provider tells of the meeting, so that has to be known first.

    Null for viewers who may not act as the host if the meeting is private: the provider's own may hold the password.
    """

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> object | Awaitable[object]:
        if meeting.is_private and not may_host(meeting, info):
            return None
        return Detail.__call__(self, meeting, info) or _written(meeting, info.context.now())

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> object:
        found = await info.context.load.detailed_meeting_by_id.load((meeting.scope, meeting.external_id)) or meeting
        return found.icalendar or _written(found, info.context.now())


def _written(meeting: Meeting, now: datetime) -> str:
    # The library costs a fifth of a second to import, which most gateways never need.
    from providers.domain.icalendar import invitation  # noqa: PLC0415

    return invitation(meeting, organizer=reply_address(meeting), sequence=meeting.revision, stamp=now)
