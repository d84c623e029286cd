"""The upstream on paper, with details of single meetings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from providers.api.details import Completion
from providers.domain.entities import Meeting
from tests.testkit.paper import PaperPage, PaperProvider


@dataclass(frozen=True, slots=True)
class PaperDetails(PaperPage[Meeting | None]):
    """A meeting as the upstream has it; None if it has it no longer."""

    read_at: datetime

    def parse(self) -> Completion | None:  # type: ignore[override]
        self.paper.parsed[self.call] += 1
        return None if self.page is None else self._completed

    def _completed(self, known: Meeting) -> Meeting:
        """Details have no time zone: it is the one that was known."""
        assert self.page is not None
        return replace(self.page, time_zone=known.time_zone, detailed=True, synced_at=self.read_at)


class DetailedPaperProvider(PaperProvider):
    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[PaperDetails]:
        await self._paper.asked("get_meetings")
        return [PaperDetails(self._paper, "get_meetings", self._found(each), self._core.now()) for each in meetings]

    def _found(self, known: Meeting) -> Meeting | None:
        return next((each for each in self._paper.meetings.get(known.scope, []) if each.key == known.key), None)
