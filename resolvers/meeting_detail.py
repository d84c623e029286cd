"""Fields of a meeting that a provider's list may leave out: they are told by its detail call then."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from strawberry.types.field import StrawberryField

from providers.errors import ProviderError
from providers.models import Meeting
from resolvers.field import ResolveInfo, computed


@dataclass(frozen=True, slots=True)
class Detail:
    """A meeting's attribute; loaded where the meeting lacks it and is not detailed, for all of the answer at once."""

    attribute: str

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> object | Awaitable[object]:
        known = getattr(meeting, self.attribute)
        return known if meeting.detailed or known not in (None, ()) else self._load(meeting, info)

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> object:
        detailed = await info.context.load.detailed_meeting_by_id.load((meeting.scope, meeting.external_id))
        return getattr(detailed or meeting, self.attribute)


@dataclass(frozen=True, slots=True)
class HostDetail(Detail):
    """Null for viewers who may not act as the host."""

    def __call__(self, meeting: Meeting, info: ResolveInfo) -> object | Awaitable[object]:
        return Detail.__call__(self, meeting, info) if may_host(meeting, info) else None


@dataclass(frozen=True, slots=True)
class DetailList(Detail):
    """A list that the schema promises: a provider that fails leaves it as it is known, for an error in its place would
    take the whole meeting from the answer. Fields that may be null tell the error."""

    async def _load(self, meeting: Meeting, info: ResolveInfo) -> object:
        try:
            return await Detail._load(self, meeting, info)
        except ProviderError:
            known: Sequence[object] = getattr(meeting, self.attribute)
            return known


def may_host(meeting: Meeting, info: ResolveInfo) -> bool:
    """Whether it is the viewer's own meeting, or the viewer is an admin: an operator's backend acts for its users."""
    viewer = info.context.viewer
    return viewer.user_id == meeting.user_id or viewer.may("admin")


def detail(attribute: str, type: object, description: str) -> StrawberryField:
    return computed(Detail(attribute), type=type, description=description)


def host_detail(attribute: str, type: object, description: str) -> StrawberryField:
    return computed(HostDetail(attribute), type=type, description=description)


def detail_list(attribute: str, type: object, description: str) -> StrawberryField:
    return computed(DetailList(attribute), type=type, description=description)
