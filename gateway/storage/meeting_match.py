"""Which meetings match a filter: of one that is at hand, what `Meetings.page` finds out by SQL."""

from datetime import datetime

from gateway.storage.matching import folded
from providers.domain.criteria import MeetingCriteria
from providers.domain.entities import Meeting, MeetingStatus


def is_match(meeting: Meeting, criteria: MeetingCriteria, now: datetime) -> bool:
    """Return whether a list by the criteria has the meeting, if that is stored; its status is that at `now`."""
    return (
        meeting.start_time < criteria.end
        and (meeting.end_time > criteria.start or meeting.start_time >= criteria.start)
        and (criteria.account_keys is None or meeting.account_key in criteria.account_keys)
        and (criteria.providers is None or meeting.provider in criteria.providers)
        and (criteria.user_ids is None or meeting.user_id in criteria.user_ids)
        and (criteria.kinds is None or meeting.kind in criteria.kinds)
        and _has_status(meeting, criteria, now)
        and (criteria.text is None or _holds(meeting, criteria.text))
    )


def _has_status(meeting: Meeting, criteria: MeetingCriteria, now: datetime) -> bool:
    status = meeting.status_at(now)
    return status is not MeetingStatus.CANCELLED if criteria.statuses is None else status in criteria.statuses


def _holds(meeting: Meeting, text: str) -> bool:
    """Return whether the text is found, by the same rule as `matching.holds`."""
    wanted = folded(text)
    return bool(wanted or not text) and wanted in folded(meeting.title, meeting.description)
