"""Details of meetings that are all readable."""

from collections.abc import Sequence

from providers.api import Meeting, MeetingDetails, ProviderError, current


async def details(provider: MeetingDetails, meetings: Sequence[Meeting]) -> list[Meeting | None]:
    """Return each meeting with its details; raise the first error that one of them has."""
    found: list[Meeting | None] = []
    for known, each in zip(meetings, await provider.get_meetings(meetings), strict=True):
        result = current(each, known)
        if isinstance(result, ProviderError):
            raise result
        found.append(result)
    return found
