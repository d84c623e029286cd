"""What an account has as a whole: its numbers, its contacts, its conversations, each read by one list call."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, FetchKey, FetchKind, Save
from gateway.reads.freshness import Freshness, Lifetime
from gateway.storage import Store
from providers.api.capabilities import ContactDirectory, ConversationDirectory, NumberDirectory
from providers.domain.entities import Account, Contact, Conversation
from providers.upstreams import Upstreams

T = TypeVar("T")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class AccountLists:
    """Tells which parts hold the numbers, contacts and conversations of connected accounts, and reads them."""

    store: Store
    upstreams: Upstreams
    freshness: Freshness
    now: Callable[[], datetime]

    def phone_numbers(self, accounts: Sequence[Account]) -> list[Fetch]:
        return [
            _part(
                account,
                FetchKind.PHONE_NUMBERS,
                self.freshness.phone_numbers,
                partial(self._read_numbers, provider, account),
            )
            for account, provider in self._with(NumberDirectory, accounts)
        ]

    def contacts(self, accounts: Sequence[Account]) -> list[Fetch]:
        return [
            _part(account, FetchKind.CONTACTS, self.freshness.contacts, partial(self._read_contacts, provider, account))
            for account, provider in self._with(ContactDirectory, accounts)
        ]

    def conversations(self, accounts: Sequence[Account]) -> list[Fetch]:
        return [
            _part(
                account,
                FetchKind.CONVERSATIONS,
                self.freshness.conversations,
                partial(self._read_conversations, provider, account),
            )
            for account, provider in self._with(ConversationDirectory, accounts)
        ]

    def _with(self, protocol: type[P], accounts: Sequence[Account]) -> list[tuple[Account, P]]:
        found = ((each, self.upstreams.get(each.provider)) for each in accounts)
        able = ((account, upstream.can(protocol)) for account, upstream in found if upstream is not None)
        return [(account, provider) for account, provider in able if provider is not None]

    async def _read_numbers(self, provider: NumberDirectory, account: Account, _: datetime | None) -> Save:
        numbers = await provider.list_numbers(account)

        async def save(record: Record) -> None:
            await self.store.phone_numbers.replace_all(record.transaction, account.key, numbers)

        return save

    async def _read_contacts(self, provider: ContactDirectory, account: Account, _: datetime | None) -> Save:
        started = self.now()
        contacts: list[Contact] = await _all(provider.list_contacts(account))

        async def save(record: Record) -> None:
            await self.store.contacts.replace_all(record.transaction, account.key, contacts, seen_before=started)

        return save

    async def _read_conversations(
        self, provider: ConversationDirectory, account: Account, since: datetime | None
    ) -> Save:
        """A conversation that an earlier reading of the list did not have began after that reading."""
        conversations: list[Conversation] = await _all(provider.list_conversations(account))

        async def save(record: Record) -> None:
            await self.store.conversations.put(record.transaction, conversations, has_history=since is None)

        return save


def _part(
    account: Account, kind: FetchKind, lifetime: Lifetime, read: Callable[[datetime | None], Awaitable[Save]]
) -> Fetch:
    return Fetch(
        key=FetchKey(provider=account.provider, kind=kind, source=account.key),
        account_keys=(account.key,),
        fresh_seconds=lifetime.fresh,
        usable_seconds=lifetime.of(account).usable,
        read=read,
    )


async def _all(pages: AsyncIterator[list[T]]) -> list[T]:
    return [each async for page in pages for each in page]
