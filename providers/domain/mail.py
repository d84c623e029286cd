"""Mail addresses: their normal form, and the address that answers to an invitation go to."""

from providers.domain.entities import Meeting

NO_REPLY = "no-reply@switchboard.invalid"
"""The organiser that RFC 5546 requires, if no address is known. The domain never exists (RFC 2606)."""


def normalized(address: str) -> str | None:
    """Return `address` in normal form; None if it is not a valid address. Makes no DNS query."""
    # Importing the library takes as long as a hundred of its calls, and reads need none.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def reply_address(meeting: Meeting) -> str:
    """Return the organiser's address: from the provider, else the operator's user id if it is one, else `NO_REPLY`."""
    return meeting.organizer_email or normalized(meeting.user_id) or NO_REPLY
