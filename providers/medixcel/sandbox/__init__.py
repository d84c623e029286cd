"""A stateful stand-in of Medixcel Connect, true to its document down to the quirks."""

from providers.medixcel.sandbox.app import DEFAULT_CLIENT_KEY, DEFAULT_REDIRECT_URL, sandbox_app
from providers.medixcel.sandbox.upstream import Habits, SandboxUpstream

__all__ = ["DEFAULT_CLIENT_KEY", "DEFAULT_REDIRECT_URL", "Habits", "SandboxUpstream", "sandbox_app"]
