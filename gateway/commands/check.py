"""`switchboard check`: what is wrong with the configuration and with the providers, in words."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import click

from gateway.checkup import provider_faults
from gateway.commands.failure import Failure, failures_told
from gateway.commands.option import config_option
from gateway.log import configure_logging
from gateway.process import open_ground
from gateway.settings import Settings, load_settings


@click.command()
@config_option
def check(config: Path | None) -> None:
    """Say what is wrong with configuration and providers.

    Reads the configuration and reaches every provider; exits with 1 if anything is wrong.
    """
    with failures_told():
        settings = load_settings(config)
        configure_logging(settings.log)
        faults = asyncio.run(_faults(settings))
    if faults:
        raise Failure(faults)
    click.echo(f"All is well: {', '.join(settings.providers)}.")


async def _faults(settings: Settings) -> list[str]:
    disabled = [f"{name}: {reason}" for name, reason in settings.disabled.items()]
    async with AsyncExitStack() as exit_stack:
        ground = await open_ground(settings, exit_stack)
        return [*disabled, *await provider_faults(ground.upstreams, ground.store.accounts)]
