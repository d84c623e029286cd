"""Details of meetings that are all readable."""

from collections.abc import Sequence

from providers.api import Meeting, MeetingDetails, ProviderError


async def details(provider: MeetingDetails, meetings: Sequence[Meeting]) -> list[Meeting | None]:
    """Return each meeting with its details; raise the first error that one of them has."""
    found: list[Meeting | None] = []
    for result in await provider.get_meetings(meetings):
        if isinstance(result, ProviderError):
            raise result
        found.append(result)
    return found
