"""Fields of a meeting that a provider's list may omit, and its detail call returns."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime

from providers.domain.entities import Meeting
from providers.domain.errors import Forbidden, ProviderError
from providers.domain.time_zones import time_zone
from resolvers.field import ResolveInfo, batched
from resolvers.scalar import LocalDateTime
from resolvers.strawberry_compat import StrawberryField


@dataclass(frozen=True, slots=True)
class Detail:
    """An attribute of a meeting. It is loaded, in one batch, if the meeting's details are missing or due for a refresh.

    The value from a list is enough if the details were never fetched; one that `never_changes` is not loaded again.
    """

    attribute: str
    never_changes: bool = False

    def resolve_many(
        self, meetings: Sequence[Meeting], info: ResolveInfo
    ) -> Sequence[object] | Awaitable[Sequence[object]]:
        due = [meeting for meeting in meetings if self.is_due(meeting, info)]
        if not due:
            return [self.value(meeting, info) for meeting in meetings]
        return self._with_details(meetings, due, info)

    def is_due(self, meeting: Meeting, info: ResolveInfo) -> bool:
        """Return whether the details have to be loaded first."""
        known = getattr(meeting, self.attribute)
        is_enough = known not in (None, ()) and (self.never_changes or meeting.details_read_at is None)
        return not is_enough and info.context.load.can_detail(meeting)

    def value(self, meeting: Meeting, _info: ResolveInfo) -> object:
        """Return the value of the field for a meeting as it is known now."""
        return getattr(meeting, self.attribute)

    def without_details(self, _meeting: Meeting, error: Exception) -> object:
        """Return the value, or the error, if loading the details fails."""
        return error

    async def _with_details(
        self, meetings: Sequence[Meeting], due: Sequence[Meeting], info: ResolveInfo
    ) -> Sequence[object]:
        loaded = await info.context.load.detailed_meeting_by_id.load_many([meeting.key for meeting in due])
        found = {id(meeting): detailed for meeting, detailed in zip(due, loaded, strict=True)}
        return [self._of(meeting, found.get(id(meeting)), info) for meeting in meetings]

    def _of(self, meeting: Meeting, detailed: Meeting | Exception | None, info: ResolveInfo) -> object:
        if isinstance(detailed, Exception):
            return self.without_details(meeting, detailed)
        return self.value(detailed or meeting, info)


@dataclass(frozen=True, slots=True)
class HostDetail(Detail):
    """Null for viewers who may not act as the host."""

    def is_due(self, meeting: Meeting, info: ResolveInfo) -> bool:
        return may_host(meeting, info) and Detail.is_due(self, meeting, info)

    def value(self, meeting: Meeting, info: ResolveInfo) -> object:
        return Detail.value(self, meeting, info) if may_host(meeting, info) else None


@dataclass(frozen=True, slots=True)
class DetailList(Detail):
    """A non-null list. If loading fails it is the stored one: an error would null the whole meeting (GraphQL 6.4.4).

    The nullable details report the error.
    """

    def without_details(self, meeting: Meeting, error: Exception) -> object:
        return getattr(meeting, self.attribute) if isinstance(error, ProviderError | Forbidden) else error


@dataclass(frozen=True, slots=True)
class LocalTime(Detail):
    """A time of the meeting as clocks in its zone show it. Null if the gateway doesn't know the zone."""

    attribute: str = "time_zone"
    time: str = "start_time"

    def value(self, meeting: Meeting, _info: ResolveInfo) -> object:
        zone = time_zone(meeting.time_zone)
        moment: datetime = getattr(meeting, self.time)
        return None if zone is None else moment.astimezone(zone)


@dataclass(frozen=True, slots=True)
class SyncedAt(Detail):
    """When the oldest of the selected fields was fetched: from the list or, if a detail is selected, the details."""

    attribute: str = "oldest_read_at"

    def is_due(self, meeting: Meeting, info: ResolveInfo) -> bool:
        return _shows_details(info) and meeting.details_read_at is not None and info.context.load.can_detail(meeting)

    def value(self, meeting: Meeting, info: ResolveInfo) -> object:
        return meeting.oldest_read_at if _shows_details(info) else meeting.synced_at


def _shows_details(info: ResolveInfo) -> bool:
    """Return whether the selection of the same meeting has a detail."""
    return any(isinstance(each, Detail) and not isinstance(each, SyncedAt) for each in info.siblings)


def may_host(meeting: Meeting, info: ResolveInfo) -> bool:
    """Whether the viewer is the owner, or an admin, as an operator's backend is that acts for its users."""
    viewer = info.context.viewer
    return viewer.user_id == meeting.user_id or viewer.is_admin


def local_time(time: str, description: str) -> StrawberryField:
    return batched(LocalTime(time=time), type=LocalDateTime | None, description=description)


def detail(attribute: str, type: object, description: str, *, never_changes: bool = False) -> StrawberryField:
    return batched(Detail(attribute, never_changes), type=type, description=description)


def host_detail(attribute: str, type: object, description: str) -> StrawberryField:
    return batched(HostDetail(attribute), type=type, description=description)


def detail_list(attribute: str, type: object, description: str) -> StrawberryField:
    return batched(DetailList(attribute), type=type, description=description)
