"""A local stand-in for every documented upstream, for integrators without credentials."""

from starlette.applications import Starlette
from starlette.routing import Mount

from providers.medixcel.sandbox import DEFAULT_CLIENT_KEY, sandbox_app
from providers.ringplan.sandbox import RingPlanSandbox


def build_sandbox() -> Starlette:
    """Medixcel Connect under /connect, RingPlan's API under /ringplan and its login under /ringplan-login."""
    ringplan = RingPlanSandbox()
    return Starlette(
        routes=[
            Mount("/connect", sandbox_app()),
            Mount("/ringplan-login", ringplan.login),
            Mount("/ringplan", ringplan.api),
        ]
    )


def sandbox_configuration(url: str) -> str:
    """What an operator pastes into the configuration to use a sandbox at `url`."""
    return f"""\
[providers.connect]
plugin = "medixcel"
base_url = "{url}/connect"
client_key = "{DEFAULT_CLIENT_KEY}"

[providers.ringplan]
plugin = "ringplan"
api_url = "{url}/ringplan"
login_url = "{url}/ringplan-login"
register_key = "sandbox-register-key"
"""
