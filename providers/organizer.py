"""Whom the answers to an invitation go to."""

from email_validator import EmailNotValidError, validate_email

from providers.models import Meeting

NOBODY = "no-reply@switchboard.invalid"
"""RFC 5546 demands an organiser, also where nobody knows an address. This one can't be anybody's (RFC 2606)."""


def organizer_email(user_id: str) -> str | None:
    """The user's mail address where the operator's ids are addresses, else None."""
    try:
        return validate_email(user_id, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def reply_address(meeting: Meeting) -> str:
    """The organiser's address, as far as the provider or the operator's own id tell one, or else nobody's."""
    return meeting.organizer_email or organizer_email(meeting.user_id) or NOBODY
