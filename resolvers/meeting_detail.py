"""Fields of a meeting that a provider's list may omit, and its detail call returns."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime

from providers.domain.entities import Meeting
from providers.domain.errors import Forbidden, ProviderError
from resolvers.field import ResolveInfo, computed
from resolvers.selection import selected_beside
from resolvers.strawberry_compat import StrawberryField


@dataclass(frozen=True, slots=True)
class Detail:
    """An attribute of a meeting. It is loaded, in one batch, if the meeting's details are missing or due for a refresh.

    The value from a list is enough if the details were never fetched; one that `never_changes` is not loaded again.
    """

    attribute: str
    never_changes: bool = False

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> object | Awaitable[object]:
        known = getattr(meeting, self.attribute)
        is_enough = known not in (None, ()) and (self.never_changes or meeting.details_read_at is None)
        return known if is_enough or not info.context.load.can_detail(meeting) else self._load(meeting, info)

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> object:
        detailed = await info.context.load.detailed_meeting_by_id.load(meeting.key)
        return getattr(detailed or meeting, self.attribute)


@dataclass(frozen=True, slots=True)
class HostDetail(Detail):
    """Null for viewers who may not act as the host."""

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> object | Awaitable[object]:
        return Detail.__call__(self, meeting, info) if may_host(meeting, info) else None


@dataclass(frozen=True, slots=True)
class DetailList(Detail):
    """A non-null list. If loading fails it is the stored one: an error would null the whole meeting (GraphQL 6.4.4).

    The nullable details report the error.
    """

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> object:
        try:
            return await Detail._load(self, meeting, info)
        except (ProviderError, Forbidden):
            known: Sequence[object] = getattr(meeting, self.attribute)
            return known


@dataclass(frozen=True, slots=True)
class SyncedAt:
    """When the oldest of the selected fields was fetched: from the list or, if a detail is selected, the details."""

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> datetime | Awaitable[datetime]:
        is_due = meeting.details_read_at is not None and info.context.load.can_detail(meeting)
        is_as_old = not is_due and meeting.oldest_read_at == meeting.synced_at
        if is_as_old or not _shows_details(info):
            return meeting.synced_at
        return self._load(meeting, info) if is_due else meeting.oldest_read_at

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> datetime:
        detailed = await info.context.load.detailed_meeting_by_id.load(meeting.key)
        return (detailed or meeting).oldest_read_at


def _shows_details(info: ResolveInfo) -> bool:
    """Whether the selection of the same meeting has a detail."""
    resolvers = info.parent_type.fields
    return any(isinstance(resolvers[name].resolve, Detail) for name in selected_beside(info) & resolvers.keys())


def may_host(meeting: Meeting, info: ResolveInfo) -> bool:
    """Whether the viewer is the owner, or an admin, as an operator's backend is that acts for its users."""
    viewer = info.context.viewer
    return viewer.user_id == meeting.user_id or viewer.is_admin


def detail(attribute: str, type: object, description: str, *, never_changes: bool = False) -> StrawberryField:
    return computed(Detail(attribute, never_changes), type=type, description=description)


def host_detail(attribute: str, type: object, description: str) -> StrawberryField:
    return computed(HostDetail(attribute), type=type, description=description)


def detail_list(attribute: str, type: object, description: str) -> StrawberryField:
    return computed(DetailList(attribute), type=type, description=description)
