"""The embedded provider: an upstream of its own, in one file, that needs no account anywhere."""

from providers.local.provider import LocalProvider

__all__ = ["LocalProvider"]
