"""`switchboard rekey`: encrypts what is kept with the first of the configured keys."""

import asyncio
from pathlib import Path

import click

from gateway.commands.failure import Failure, report_failures
from gateway.commands.opened import opened_store
from gateway.commands.option import config_option
from gateway.config import Settings, load_settings
from gateway.storage import Rekeyed


@click.command()
@config_option
def rekey(config: Path | None) -> None:
    """Encrypt all that is kept with the first key.

    To change the key put a new one in front of store.encryption_keys, start every gateway anew, run this (gateways may
    run meanwhile), and take the old keys away. The key that was made beside an SQLite database is in its .key file.
    """
    with report_failures():
        columns = asyncio.run(_rekeyed(load_settings(config)))
    for column in columns:
        click.echo(f"{column.column}: {column.count} encrypted anew")
    if any(column.unreadable for column in columns):
        raise Failure(
            [
                f"{column.column}: {column.unreadable} can be opened with none of the configured keys"
                for column in columns
                if column.unreadable
            ]
        )
    click.echo("The first key alone opens all that is kept.")


async def _rekeyed(settings: Settings) -> list[Rekeyed]:
    async with opened_store(settings) as store:
        return await store.rekeying.run()
