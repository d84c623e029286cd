"""The upstream on paper, with details of single meetings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from providers.api.details import Completion
from providers.api.unparsed import Unparsed
from providers.domain.entities import Meeting
from tests.testkit.paper import PaperPage, PaperProvider


@dataclass(frozen=True, slots=True)
class PaperDetails(Unparsed[Completion | None]):
    """A meeting as the upstream has it, None if it has it no longer. The time of reading is no part of the response."""

    page: PaperPage[Meeting | None]
    read_at: datetime

    @property
    def digest(self) -> str:
        return self.page.digest

    def parse(self) -> Completion | None:
        meeting = self.page.parse()
        return None if meeting is None else partial(self._completed, meeting)

    def _completed(self, meeting: Meeting, known: Meeting) -> Meeting:
        """Details have no time zone: it is the one that was known."""
        return replace(meeting, time_zone=known.time_zone, detailed=True, synced_at=self.read_at)


class DetailedPaperProvider(PaperProvider):
    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[PaperDetails]:
        await self._paper.asked("get_meetings")
        pages = [PaperPage(self._paper, "get_meetings", self._found(each)) for each in meetings]
        return [PaperDetails(page, self._core.now()) for page in pages]

    def _found(self, known: Meeting) -> Meeting | None:
        return next((each for each in self._paper.meetings.get(known.scope, []) if each.key == known.key), None)
