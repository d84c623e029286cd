"""Invitations (iCalendar, RFC 5545)."""

from datetime import datetime

from providers.domain.entities import Meeting
from providers.domain.mail import reply_address

__all__ = ["invitation", "reply_address"]


def invitation(meeting: Meeting, *, organizer: str, sequence: int, stamp: datetime) -> str:
    """Return the invitation to `meeting`, as `providers.domain.icalendar.invitation` does."""
    # Imported with the first invitation: the library takes 100 ms.
    from providers.domain import icalendar  # noqa: PLC0415

    return icalendar.invitation(meeting, organizer=organizer, sequence=sequence, stamp=stamp)
