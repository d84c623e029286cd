"""What a viewer without the scope read is handed in place of loaders: nothing can be loaded with it."""

from typing import NoReturn

from providers.domain.entities import Meeting
from providers.domain.errors import Forbidden


class _Refused:
    async def load(self, key: object) -> NoReturn:  # noqa: ARG002
        raise Forbidden("This needs the scope read.")


class Unreadable:
    """Stands for every loader that there is, and that there will be.

    What a mutation has made is answered all the same: that was not loaded.
    """

    def forget(self) -> None:
        pass

    def can_detail(self, meeting: Meeting) -> bool:
        return not meeting.detailed

    def __getattr__(self, name: str) -> _Refused:
        return _Refused()
