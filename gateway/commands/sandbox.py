"""`switchboard sandbox`: serves the sandboxes of all installed plug-ins, for integrators without credentials."""

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec

import click
import uvloop
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.aio.admission import Admission
from gateway.commands.command_line import Failure, port_type, report_failures
from gateway.config import Connections, Log
from gateway.observability.logging import configure_logging
from gateway.runtime.listener import listen, port_of
from gateway.runtime.server import serve_until_stopped
from providers.registry import PluginBroken, load_sandbox, plugin_names
from providers.testing.sandbox import Sandbox

_HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=port_type, default=8001, show_default=True, help="TCP port; 0 takes a free one.")
def sandbox(port: int) -> None:
    """Serve stand-ins for the upstreams of all installed plug-ins.

    Prints the configuration that uses them.
    """
    if find_spec("python_multipart") is None:
        raise Failure(["The sandbox needs python-multipart: install switchboard with its extra sandbox."])
    configure_logging(Log())
    with report_failures():
        uvloop.run(_serve(port, _installed_sandboxes()))


def _installed_sandboxes() -> Mapping[str, Sandbox]:
    """Return the sandboxes by plug-in; report those that do not load and serve the others."""
    sandboxes = {}
    for name in plugin_names():
        try:
            found = load_sandbox(name)
        except PluginBroken as error:
            click.echo(str(error), err=True)
            continue
        if isinstance(found, Sandbox):
            sandboxes[name] = found
        elif found is not None:
            click.echo(f"The plug-in {name}: create_sandbox returns no Sandbox", err=True)
    return sandboxes


async def _serve(port: int, sandboxes: Mapping[str, Sandbox]) -> None:
    mounts = [Mount(path, app) for each in sandboxes.values() for path, app in each.applications.items()]
    with listen(_HOST, port) as listener:
        url = f"http://{_HOST}:{port_of(listener)}"
        configuration = "\n".join(each.configuration(plugin, url) for plugin, each in sandboxes.items())
        greeting = f"{configuration}\n# Sandbox on {url} — what is above goes into the configuration"
        await serve_until_stopped(
            Starlette(routes=mounts),
            listener,
            asyncio.Event(),
            lambda: click.echo(greeting),
            admission=Admission(Connections().limits),
        )
