"""Refreshing the lists that accounts have as a whole: phone numbers, contacts, conversations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.reads.fetch import Fetch, Lifetime
from gateway.reads.session import ReadSession
from gateway.storage.accounts import READABLE, AccountList
from providers.api.capabilities import ContactDirectory, ConversationDirectory, NumberDirectory
from providers.domain.criteria import AccountCriteria
from providers.domain.entities import Account

_FetchesOf = Callable[[Sequence[Account]], list[Fetch[Any]]]


@dataclass(frozen=True, slots=True)
class AccountListRefresh:
    """Makes stored lists usable, of the readable ones of some accounts, or of all that the viewer sees.

    For all, the store is asked for those that are due: looking at each account would cost as much as there are. Raises
    ProviderError if none of the lists is stored.
    """

    session: ReadSession

    async def phone_numbers(self, account_keys: Sequence[str] | None) -> None:
        services = self.session.services
        lists, lifetime = services.account_lists, services.freshness.phone_numbers
        await self._refresh("phone_numbers", NumberDirectory, lifetime, lists.phone_numbers, account_keys)

    async def contacts(self, account_keys: Sequence[str] | None) -> None:
        services = self.session.services
        lists, lifetime = services.account_lists, services.freshness.contacts
        await self._refresh("contacts", ContactDirectory, lifetime, lists.contacts, account_keys)

    async def conversations(self, account_keys: Sequence[str] | None) -> None:
        services = self.session.services
        lists, lifetime = services.account_lists, services.freshness.conversations
        await self._refresh("conversations", ConversationDirectory, lifetime, lists.conversations, account_keys)

    async def _refresh(
        self,
        list_: AccountList,
        capability: type[Any],
        lifetime: Lifetime,
        fetches_of: _FetchesOf,
        account_keys: Sequence[str] | None,
    ) -> None:
        if account_keys is not None:
            await self.session.refresh_any(fetches_of(await self.session.readable(account_keys)))
            return
        services, visibility = self.session.services, self.session.visibility
        providers = tuple(name for name, upstream in services.upstreams.items() if upstream.can(capability) is not None)
        if self.session.force:
            every = AccountCriteria(providers=providers, statuses=READABLE)
            accounts = await services.store.accounts.all(visibility, every)
        else:
            read_until = services.now() - timedelta(seconds=lifetime.fresh)
            accounts = await services.store.accounts.due(visibility, list_, providers, read_until)
        self.session.note_accounts(accounts)
        failures = await self.session.refresh(fetches_of(accounts))
        failed = {key for each in failures.values() for key in each.fetch.account_keys}
        if failed and await services.store.accounts.are_all_among(visibility, providers, failed):
            raise next(iter(failures.values())).error
        self.session.note_stale(failures.values())
