"""How the gateway and its providers are, for the operator."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from gateway.config import Auth
from gateway.storage import Store, Visibility
from providers.domain.entities import Account
from providers.domain.errors import ProviderError
from providers.upstreams import Upstream, Upstreams

_SECONDS = 30


_NAMED = 5
"""So many expired accounts are named; a line is to be read."""


class KnownAccounts(Protocol):
    async def all_connected(self, provider: str) -> list[Account]: ...
    async def all_expired(self, provider: str) -> list[Account]: ...


async def admission_faults(auth: Auth, store: Store) -> list[str]:
    """Return a line if no credentials that a client could have would be accepted."""
    if auth.is_open or auth.jwt is not None:
        return []
    if any(key.revoked_at is None for key in await store.api_keys.list(Visibility.unrestricted())):
        return []
    fault = 'auth: nobody can get in: mode is "required", auth.jwt is not set, and the store has no API key.'
    return [f"{fault} Set auth.jwt, or make a key with switchboard key create."]


async def provider_faults(upstreams: Upstreams, accounts: KnownAccounts) -> list[str]:
    """Reaches all providers at once, with the accounts connected there: a line a fault, by the operator's names.

    Accounts that have expired are a fault as well, which only their users can mend.
    """
    faults = await asyncio.gather(*(_faults(upstream, accounts) for upstream in upstreams.values()))
    return [line for lines in faults for line in lines]


async def _faults(upstream: Upstream, accounts: KnownAccounts) -> list[str]:
    connected, expired = await accounts.all_connected(upstream.name), await accounts.all_expired(upstream.name)
    try:
        async with asyncio.timeout(_SECONDS):
            faults = await upstream.provider.check(connected)
    except TimeoutError:
        faults = [f"no answer within {_SECONDS} seconds"]
    except ProviderError as error:
        faults = [error.message]
    return [f"{upstream.name}: {fault}" for fault in (*faults, *_told(expired))]


def _told(expired: Sequence[Account]) -> list[str]:
    if not expired:
        return []
    named = ", ".join(f"{account.key} of user {account.user_id}" for account in expired[:_NAMED])
    more = f" and {len(expired) - _NAMED} more" if len(expired) > _NAMED else ""
    return [f"Accounts have expired, and have to be connected again: {named}{more}."]
