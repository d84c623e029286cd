"""`switchboard rekey`: encrypts the stored secrets with the first of the configured keys."""

import asyncio
from pathlib import Path

import click

from gateway.commands.command_line import Failure, config_option, report_failures, restrict_new_files
from gateway.config import Settings, load_settings
from gateway.runtime.clock import utc_now
from gateway.runtime.store_startup import configured_store
from gateway.storage import Rekeyed


@click.command()
@config_option
def rekey(config: Path | None) -> None:
    """Encrypt all stored secrets with the first key.

    To change the key, put a new one in front of store.encryption_keys, restart every gateway, run this command
    (gateways may run meanwhile), and remove the old keys. The key that was created beside an SQLite
    database is in its .key file.
    """
    restrict_new_files()
    with report_failures():
        columns = asyncio.run(_rekeyed(load_settings(config)))
    for column in columns:
        click.echo(f"{column.column}: {column.count} encrypted again")
    if any(column.unreadable for column in columns):
        raise Failure(
            [
                f"{column.column}: {column.unreadable} can be decrypted with none of the configured keys"
                for column in columns
                if column.unreadable
            ]
        )
    click.echo("The first key alone decrypts everything in the store.")


async def _rekeyed(settings: Settings) -> list[Rekeyed]:
    async with configured_store(settings, utc_now) as store:
        return await store.rekeying.run()
