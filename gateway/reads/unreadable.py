"""Loaders for viewers without the scope read."""

from dataclasses import dataclass

from providers.domain.entities import Meeting
from providers.domain.viewer import Viewer


@dataclass(frozen=True, slots=True)
class _ForbiddenLoader:
    viewer: Viewer

    async def load(self, key: object) -> None:  # noqa: ARG002
        self.viewer.require("read")


@dataclass(frozen=True, slots=True)
class ForbiddenLoaders:
    """Stands for every loader and raises Forbidden on load.

    The fields of an entity that a mutation returns are answered, since they need no loader.
    """

    viewer: Viewer

    def forget(self) -> None:
        pass

    def can_detail(self, meeting: Meeting) -> bool:
        return not meeting.detailed

    def __getattr__(self, name: str) -> _ForbiddenLoader:
        return _ForbiddenLoader(self.viewer)
