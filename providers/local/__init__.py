"""The embedded provider: Jitsi meetings and texting from one SQLite file, without an account at an upstream."""

from providers.local.provider import LocalProvider

__all__ = ["LocalProvider"]
