"""Whom the answers to an invitation go to."""

from providers.domain.entities import Meeting
from providers.domain.mail import normalized

NO_REPLY = "no-reply@switchboard.invalid"
"""RFC 5546 demands an organiser, also where nobody knows an address. This one can't be anybody's (RFC 2606)."""


def reply_address(meeting: Meeting) -> str:
    """The organiser's address, as far as the provider or the operator's own id tell one, or else nobody's."""
    return meeting.organizer_email or normalized(meeting.user_id) or NO_REPLY
