"""`switchboard sandbox`: the upstreams' stand-ins."""

import asyncio
from importlib.util import find_spec

import click
import uvloop

from gateway.aio.admission import Admission
from gateway.commands.failure import Failure, report_failures
from gateway.commands.option import port_type
from gateway.commands.sandboxes import build_sandbox, sandbox_configuration
from gateway.config import Connections, Log
from gateway.observability.logging import configure_logging
from gateway.runtime.server import listen, port_of, serve_until_stopped

_HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=port_type, default=8001, show_default=True, help="The port; 0 takes a free one.")
def sandbox(port: int) -> None:
    """Serve stand-ins of the documented upstreams.

    Prints what to paste into the configuration.
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
            build_sandbox(),
            listener,
            asyncio.Event(),
            lambda: _greet(url),
            admission=Admission(Connections().limits),
        )


def _greet(url: str) -> None:
    click.echo(f"{sandbox_configuration(url)}\n# Sandbox on {url} — what is above goes into the configuration")
