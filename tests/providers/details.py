"""What a provider tells of meetings that can all be read."""

from collections.abc import Sequence

from providers.api.capabilities import MeetingDetails
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError


async def details(provider: MeetingDetails, meetings: Sequence[Meeting]) -> list[Meeting | None]:
    """Raises the first error that a meeting is answered with."""
    told: list[Meeting | None] = []
    for answer in await provider.get_meetings(meetings):
        if isinstance(answer, ProviderError):
            raise answer
        told.append(answer)
    return told
