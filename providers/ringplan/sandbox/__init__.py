"""A stateful stand-in for RingPlan, for tests and for integrators without credentials."""

from providers.ringplan.sandbox.app import RingPlanSandbox
from providers.testing.sandbox import Sandbox

__all__ = ["RingPlanSandbox", "create_sandbox"]


def create_sandbox() -> Sandbox:
    """Return the sandbox as `switchboard sandbox` serves it: the API and the login host."""
    upstream = RingPlanSandbox()
    return Sandbox(
        provider="ringplan",
        applications={"/ringplan": upstream.api, "/ringplan-login": upstream.login},
        settings={
            "api_url": "{url}/ringplan",
            "login_url": "{url}/ringplan-login",
            "register_key": "sandbox-register-key",
        },
    )
