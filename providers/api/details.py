"""Details of single meetings, as a plug-in returns them."""

from collections.abc import Callable

from providers.api.unparsed import Unparsed
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError

Completion = Callable[[Meeting], Meeting]
"""Completes the details in a response with what only the gateway has of a meeting, its argument.

It depends on nothing but the response and its argument, and of that not on the times of reading.
"""

FoundMeeting = Meeting | Unparsed[Completion | None] | None
"""A meeting with its details, or the response that they are in; None if the provider no longer has the meeting."""


def current(found: FoundMeeting | ProviderError, known: Meeting) -> Meeting | ProviderError | None:
    """Return a meeting that was found, parsed if it is not; an error also if the response has none."""
    if not isinstance(found, Unparsed):
        return found
    try:
        completed = found.parse()
    except ProviderError as error:
        return error
    return None if completed is None else completed(known)
