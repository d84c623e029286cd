"""Details of single meetings as their provider returned them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.storage.meeting_merge import is_unread, merged
from gateway.storage.meeting_row import StoredMeeting
from gateway.storage.values import cleaned
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsResponse:
    """A response with details. `completed` makes the meeting of it, and of what is known of that already."""

    digest: str
    completed: Callable[[Meeting], Meeting]

    def is_settled(self, stored: StoredMeeting) -> bool:
        """Return whether storing the same response again would change nothing of the meeting but its times."""
        seen = cleaned(self.completed(stored.meeting))
        return seen.detailed and is_unread(stored, merged(stored, seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDetails:
    """A meeting with its details. `response` is None if the plug-in parses before it returns."""

    meeting: Meeting
    response: DetailsResponse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedDetails:
    """A meeting whose details were read at a time, from a response with the digest of those that are stored."""

    key: ObjectKey
    digest: str
    read_at: datetime
