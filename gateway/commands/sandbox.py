"""`switchboard sandbox`: local stand-ins of the documented upstreams, for integrators without credentials."""

import asyncio
from importlib.util import find_spec

import click
import uvloop
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.aio.admission import Admission
from gateway.commands.command_line import Failure, port_type, report_failures
from gateway.config import Connections, Log
from gateway.observability.logging import configure_logging
from gateway.runtime.server import listen, port_of, serve_until_stopped
from providers.medixcel.sandbox import DEFAULT_CLIENT_KEY, sandbox_app
from providers.ringplan.sandbox import RingPlanSandbox

_HOST = "127.0.0.1"

_CONFIGURATION = """\
[providers.connect]
plugin = "medixcel"
base_url = "{url}/connect"
client_key = "{client_key}"

[providers.ringplan]
plugin = "ringplan"
api_url = "{url}/ringplan"
login_url = "{url}/ringplan-login"
register_key = "sandbox-register-key"

# Sandbox on {url} — what is above goes into the configuration"""


@click.command()
@click.option("--port", type=port_type, default=8001, show_default=True, help="TCP port; 0 takes a free one.")
def sandbox(port: int) -> None:
    """Serve stand-ins of the documented upstreams.

    Prints the lines for the configuration of a gateway.
    """
    if find_spec("python_multipart") is None:
        raise Failure(["The sandbox needs python-multipart: install switchboard with its extra sandbox."])
    configure_logging(Log())
    with report_failures():
        uvloop.run(_serve(port))


async def _serve(port: int) -> None:
    with listen(_HOST, port) as listener:
        url = f"http://{_HOST}:{port_of(listener)}"
        await serve_until_stopped(
            _build_app(),
            listener,
            asyncio.Event(),
            lambda: click.echo(_CONFIGURATION.format(url=url, client_key=DEFAULT_CLIENT_KEY)),
            admission=Admission(Connections().limits),
        )


def _build_app() -> Starlette:
    """Return Medixcel Connect under /connect, RingPlan's API under /ringplan and its login under /ringplan-login."""
    ringplan = RingPlanSandbox()
    return Starlette(
        routes=[
            Mount("/connect", sandbox_app()),
            Mount("/ringplan-login", ringplan.login),
            Mount("/ringplan", ringplan.api),
        ]
    )
