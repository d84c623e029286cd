"""`switchboard key`: API keys, of which the store keeps only hashes."""

import asyncio
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import click

from gateway.auth import key_hash, new_key
from gateway.commands.failure import Failure, report_failures
from gateway.commands.opened import opened_store
from gateway.commands.option import config_option
from gateway.config import Settings, load_settings
from gateway.runtime.process import utc_now
from gateway.storage import ApiKey, Visibility
from providers.domain.text import can_identify
from providers.domain.viewer import SCOPES


@click.group()
def key() -> None:
    """Manage API keys."""


def _user_id(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and (not value.strip() or not can_identify(value)):
        raise click.BadParameter("A user id is a line of text, and not empty.")
    return value


@key.command()
@config_option
@click.option(
    "--user",
    "user_id",
    required=True,
    callback=_user_id,
    help="The user id of the viewer that the key stands for.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("read", "write"),
    show_default=True,
    help="What the key may do; can be given several times.",
)
def create(config: Path | None, user_id: str, scopes: tuple[str, ...]) -> None:
    """Make an API key and print it, once, alone on the last line."""
    text = new_key()
    kept = ApiKey(id=uuid4().hex, user_id=user_id, scopes=frozenset(scopes), created_at=utc_now())
    with report_failures():
        asyncio.run(_keep(load_settings(config), text, kept))
    click.echo(f"The API key {kept.id} of {user_id} with the scopes {_listed(kept)}. It is not shown again:")
    click.echo(text)


@key.command(name="list")
@config_option
@click.option("--user", "user_id", callback=_user_id, help="Only the keys of this user.")
def list_keys(config: Path | None, user_id: str | None) -> None:
    """List the API keys: id, user, scopes, and when they were made, used and revoked (UTC)."""
    with report_failures():
        kept = asyncio.run(
            _kept(load_settings(config), Visibility.unrestricted() if user_id is None else Visibility.of(user_id))
        )
    for each in kept:
        click.echo("\t".join([each.id, each.user_id, _listed(each), *_times(each)]))


@key.command()
@config_option
@click.argument("id")
def revoke(config: Path | None, id: str) -> None:
    """Revoke the API key of an id, as `key list` shows it.

    From then on no request and no connection is let in with it. A WebSocket or an event stream that is open already
    ends at its next heartbeat.
    """
    with report_failures():
        is_revoked = can_identify(id) and asyncio.run(_revoked(load_settings(config), id))
    if not is_revoked:
        raise Failure([f"There is no API key {id} that could be revoked."])
    click.echo(f"The API key {id} is revoked.")


def _listed(key: ApiKey) -> str:
    return ", ".join(sorted(key.scopes))


def _times(key: ApiKey) -> list[str]:
    return [
        f"made {_minute(key.created_at)}",
        f"used {_minute(key.last_used_at)}" if key.last_used_at else "never used",
        *([f"revoked {_minute(key.revoked_at)}"] if key.revoked_at else []),
    ]


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


async def _keep(settings: Settings, text: str, kept: ApiKey) -> None:
    async with opened_store(settings) as store, store.write() as transaction:
        await store.api_keys.create(transaction, kept, key_hash(text))


async def _kept(settings: Settings, visibility: Visibility) -> list[ApiKey]:
    async with opened_store(settings) as store:
        return await store.api_keys.list(visibility)


async def _revoked(settings: Settings, id: str) -> bool:
    async with opened_store(settings) as store, store.write() as transaction:
        return await store.api_keys.revoke(transaction, id, utc_now())
