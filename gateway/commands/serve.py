"""`switchboard serve`: the gateway."""

from pathlib import Path

import click
import structlog
import uvloop

from gateway.commands.command_line import config_option, port_type, report_failures, restrict_new_files
from gateway.config import Settings, load_settings
from gateway.observability.logging import configure_logging
from gateway.runtime.app import build_app
from gateway.runtime.garbage import freeze_start
from gateway.runtime.listener import listen, port_of
from gateway.runtime.server import serve_until_stopped

_log = structlog.stdlib.get_logger(__name__)


@click.command()
@config_option
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=port_type, help="TCP port to listen on; 0 takes a free one.")
def serve(config: Path | None, host: str | None, port: int | None) -> None:
    """Serve the gateway.

    Stops on SIGTERM or Ctrl-C when the requests in flight are done, after 10 seconds at most.
    """
    flags = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    with report_failures():
        settings = load_settings(config, server=flags)
        configure_logging(settings.log)
        restrict_new_files()
        uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    for name, reason in settings.disabled.items():
        _log.warning("provider_disabled", provider=name, reason=reason)
    if not settings.has_public_metrics and settings.server.metrics_port is None:
        _log.info("metrics_disabled", reason="neither server.metrics_port nor server.metrics_token is set")
    with listen(settings.server.host, settings.server.port) as listener:
        settings = settings.at_port(port_of(listener))
        app = build_app(settings)
        await serve_until_stopped(
            app, listener, app.state.stopping, lambda: _started(settings), admission=app.state.admission
        )


def _started(settings: Settings) -> None:
    freeze_start()
    _greet(settings)


def _greet(settings: Settings) -> None:
    url = settings.server.own_url
    where = f" — GraphiQL: {url}/graphql" if settings.server.graphiql else ""
    click.echo(f"Switchboard on {url}{where}")
    for name, options in settings.providers.items():
        for notice in options.notices(name):
            click.echo(f"{name}: {notice}")
