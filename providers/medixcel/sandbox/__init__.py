"""A stateful stand-in of Medixcel Connect, true to its document down to the quirks."""

from providers.medixcel.sandbox.app import DEFAULT_CLIENT_KEY, DEFAULT_REDIRECT_URL, sandbox_app
from providers.medixcel.sandbox.upstream import Habits, SandboxUpstream
from providers.testing.sandbox import Sandbox

__all__ = ["DEFAULT_CLIENT_KEY", "DEFAULT_REDIRECT_URL", "Habits", "SandboxUpstream", "create_sandbox", "sandbox_app"]


def create_sandbox() -> Sandbox:
    """Return the sandbox as `switchboard sandbox` serves it."""
    return Sandbox(
        provider="connect",
        applications={"/connect": sandbox_app()},
        settings={"base_url": "{url}/connect", "client_key": DEFAULT_CLIENT_KEY},
    )
