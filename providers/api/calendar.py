"""Invitations (iCalendar, RFC 5545), apart from `providers.api` because their library takes 100 ms to import."""

from providers.domain.icalendar import invitation
from providers.domain.mail import reply_address

__all__ = ["invitation", "reply_address"]
