"""`switchboard check`: faults of the configuration, the store and the providers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from gateway.aio.shutdown import Shutdown
from gateway.commands.command_line import Failure, config_option, report_failures
from gateway.config import Settings, Store, load_settings
from gateway.config.encryption_keys import key_path, new_encryption_key
from gateway.observability.logging import configure_logging
from gateway.observability.metrics import Metrics
from gateway.runtime.clock import utc_now
from gateway.runtime.process import Process, build_process
from gateway.storage import Visibility
from providers.domain.entities import Account
from providers.domain.errors import ProviderError
from providers.upstreams import Upstream

TIMEOUT_SECONDS = 30
MAX_NAMED_ACCOUNTS = 5


@click.command()
@config_option
def check(config: Path | None) -> None:
    """Report faults of configuration and providers.

    Reads the configuration and calls every provider; exits with 1 if anything is wrong. Creates no files.
    """
    with report_failures():
        settings = load_settings(config)
        configure_logging(settings.log)
        with _creating_no_files(settings) as checked:
            faults = [*_folder_faults(settings.store), *asyncio.run(_faults(checked))]
    if faults:
        raise Failure(faults)
    for name, options in settings.providers.items():
        for notice in options.notices(name):
            click.echo(f"{name}: {notice}", err=True)
    click.echo(f"All is well: {', '.join(settings.providers)}.")


@contextmanager
def _creating_no_files(settings: Settings) -> Iterator[Settings]:
    """Yield the settings, with a temporary database or key in place of a file that does not exist yet."""
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


async def _faults(settings: Settings) -> list[str]:
    """Return a line for each fault; those of providers begin with the operator's name for the provider."""
    disabled = [f"{name}: {reason}" for name, reason in settings.disabled.items()]
    async with AsyncExitStack() as exit_stack:
        process = await build_process(settings, exit_stack, utc_now, Metrics(), Shutdown(), may_create=False)
        admission = await _admission_faults(process)
        providers = await asyncio.gather(*(_provider_faults(process, each) for each in process.upstreams.values()))
        return [*disabled, *admission, *(line for lines in providers for line in lines)]


async def _admission_faults(process: Process) -> list[str]:
    """Return a line if there are no credentials that the gateway would accept."""
    auth = process.settings.auth
    if auth.mode == "open" or auth.jwt is not None:
        return []
    if any(key.revoked_at is None for key in await process.store.api_keys.list(Visibility.unrestricted())):
        return []
    fault = 'auth: no client can authenticate: mode is "required", auth.jwt is not set, and the store has no API key.'
    return [f"{fault} Set auth.jwt, or create a key with switchboard key create."]


async def _provider_faults(process: Process, upstream: Upstream) -> list[str]:
    """Call the provider with the accounts connected there. Expired accounts are a fault that only their users mend."""
    accounts = process.store.accounts
    connected, expired = await accounts.all_connected(upstream.name), await accounts.all_expired(upstream.name)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            faults = await upstream.provider.check(connected)
    except TimeoutError:
        faults = [f"no answer within {TIMEOUT_SECONDS} seconds"]
    except ProviderError as error:
        faults = [error.message]
    return [f"{upstream.name}: {fault}" for fault in (*faults, *_expired_faults(expired))]


def _expired_faults(expired: Sequence[Account]) -> list[str]:
    if not expired:
        return []
    named = ", ".join(f"{account.key} of user {account.user_id}" for account in expired[:MAX_NAMED_ACCOUNTS])
    more = f" and {len(expired) - MAX_NAMED_ACCOUNTS} more" if len(expired) > MAX_NAMED_ACCOUNTS else ""
    return [f"Accounts have expired, and have to be connected again: {named}{more}."]
