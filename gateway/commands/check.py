"""`switchboard check`: what is wrong with the configuration and with the providers, in words."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from gateway.aio.shutdown import Shutdown
from gateway.commands.checkup import admission_faults, provider_faults
from gateway.commands.failure import Failure, report_failures
from gateway.commands.option import config_option
from gateway.config import Settings, Store, load_settings
from gateway.config.encryption_keys import key_path, new_encryption_key
from gateway.observability.logging import configure_logging
from gateway.observability.metrics import Metrics
from gateway.runtime.process import build_process, utc_now


@click.command()
@config_option
def check(config: Path | None) -> None:
    """Say what is wrong with configuration and providers.

    Reads the configuration and reaches every provider; exits with 1 if anything is wrong. Creates no files.
    """
    with report_failures():
        settings = load_settings(config)
        configure_logging(settings.log)
        with _creating_nothing(settings) as checked:
            faults = [*_folder_faults(settings.store), *asyncio.run(_faults(checked))]
    if faults:
        raise Failure(faults)
    for name, options in settings.providers.items():
        for notice in options.notices(name):
            click.echo(f"{name}: {notice}", err=True)
    click.echo(f"All is well: {', '.join(settings.providers)}.")


async def _faults(settings: Settings) -> list[str]:
    disabled = [f"{name}: {reason}" for name, reason in settings.disabled.items()]
    async with AsyncExitStack() as exit_stack:
        process = await build_process(settings, exit_stack, utc_now, Metrics(), Shutdown(), may_create=False)
        admission = await admission_faults(settings.auth, process.store)
        return [*disabled, *admission, *await provider_faults(process.upstreams, process.store.accounts)]


@contextmanager
def _creating_nothing(settings: Settings) -> Iterator[Settings]:
    """Replace a database or a key file that does not exist yet by a temporary one."""
    path, key = settings.store.sqlite_path, key_path(settings.store)
    if path is not None and not Path(path).exists():
        with TemporaryDirectory() as folder:
            yield replace(settings, store=Store.model_validate({"url": f"sqlite:///{folder}/switchboard.db"}))
    elif key is not None and not key.exists():
        temporary = {"url": settings.store.url, "encryption_keys": [new_encryption_key()]}
        yield replace(settings, store=Store.model_validate(temporary))
    else:
        yield settings


def _folder_faults(store: Store) -> list[str]:
    folder = None if store.sqlite_path is None else Path(store.sqlite_path).absolute().parent
    return [] if folder is None or folder.is_dir() else [f"store.url: there is no folder {folder}"]
