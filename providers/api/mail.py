"""Mail addresses."""

from providers.domain.mail import normalized

__all__ = ["normalized"]
