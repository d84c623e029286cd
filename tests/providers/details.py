"""What a provider tells of meetings that can all be read."""

from collections.abc import Sequence

from providers.capability import MeetingDetails
from providers.errors import ProviderError
from providers.models import Meeting


async def details(provider: MeetingDetails, meetings: Sequence[Meeting]) -> list[Meeting | None]:
    """Raises the first error that a meeting is answered with."""
    told: list[Meeting | None] = []
    for answer in await provider.get_meetings(meetings):
        if isinstance(answer, ProviderError):
            raise answer
        told.append(answer)
    return told
