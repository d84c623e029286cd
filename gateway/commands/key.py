"""`switchboard key`: API keys. The store has only their hashes."""

import asyncio
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import click

from gateway.auth import key_hash, new_key
from gateway.commands.command_line import Failure, config_option, report_failures, restrict_new_files
from gateway.config import Settings, load_settings
from gateway.runtime.clock import utc_now
from gateway.runtime.store_startup import configured_store
from gateway.storage import ApiKey, Visibility
from providers.domain.text import can_identify
from providers.domain.viewer import SCOPES, is_user_id


@click.group()
def key() -> None:
    """Manage API keys."""
    restrict_new_files()


def _user_id(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_user_id(value):
        raise click.BadParameter("A user id is a line of text, and not empty.")
    return value


@key.command()
@config_option
@click.option(
    "--user",
    "user_id",
    required=True,
    callback=_user_id,
    help="User id of the viewer whom the key authenticates.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("read", "write"),
    show_default=True,
    help="Scope of the key; can be given several times.",
)
def create(config: Path | None, user_id: str, scopes: tuple[str, ...]) -> None:
    """Create an API key and print it, once, alone on the last line."""
    text = new_key()
    created = ApiKey(id=uuid4().hex, user_id=user_id, scopes=frozenset(scopes), created_at=utc_now())
    with report_failures():
        asyncio.run(_create(load_settings(config), text, created))
    click.echo(f"The API key {created.id} of {user_id} with the scopes {_scopes(created)}. It is not shown again:")
    click.echo(text)


@key.command(name="list")
@config_option
@click.option("--user", "user_id", callback=_user_id, help="User id; without it the keys of all users are listed.")
def list_keys(config: Path | None, user_id: str | None) -> None:
    """List the API keys: id, user, scopes, and when they were created, used and revoked (UTC)."""
    with report_failures():
        keys = asyncio.run(
            _list(load_settings(config), Visibility.unrestricted() if user_id is None else Visibility.of(user_id))
        )
    for each in keys:
        click.echo("\t".join([each.id, each.user_id, _scopes(each), *_times(each)]))


@key.command()
@config_option
@click.argument("id")
def revoke(config: Path | None, id: str) -> None:
    """Revoke the API key with an id that `key list` shows.

    Requests and connections with it are refused from then on. A WebSocket or an event stream that is open ends at its
    next heartbeat.
    """
    with report_failures():
        is_revoked = can_identify(id) and asyncio.run(_revoke(load_settings(config), id))
    if not is_revoked:
        raise Failure([f"There is no API key {id} that could be revoked."])
    click.echo(f"The API key {id} is revoked.")


def _scopes(key: ApiKey) -> str:
    return ", ".join(sorted(key.scopes))


def _times(key: ApiKey) -> list[str]:
    return [
        f"created {_minute(key.created_at)}",
        f"used {_minute(key.last_used_at)}" if key.last_used_at else "never used",
        *([f"revoked {_minute(key.revoked_at)}"] if key.revoked_at else []),
    ]


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


async def _create(settings: Settings, text: str, created: ApiKey) -> None:
    async with configured_store(settings, utc_now) as store, store.write() as transaction:
        await store.api_keys.create(transaction, created, key_hash(text))


async def _list(settings: Settings, visibility: Visibility) -> list[ApiKey]:
    async with configured_store(settings, utc_now) as store:
        return await store.api_keys.list(visibility)


async def _revoke(settings: Settings, id: str) -> bool:
    async with configured_store(settings, utc_now) as store, store.write() as transaction:
        return await store.api_keys.revoke(transaction, id, utc_now())
