"""Fetches of an account's lists: its phone numbers, its contacts, its conversations."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, FetchKey, FetchKind, FetchTimes, Freshness
from gateway.storage import Store
from gateway.storage.contacts import Contacts
from gateway.storage.conversations import Conversations
from gateway.storage.phone_numbers import PhoneNumbers
from providers.api.capabilities import ContactDirectory, ConversationDirectory, NumberDirectory
from providers.domain.entities import Account, Contact, Conversation, PhoneNumber
from providers.upstreams import Upstreams

T = TypeVar("T")
P = TypeVar("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumbersFetch(Fetch[list[PhoneNumber]]):
    repository: PhoneNumbers
    provider: NumberDirectory
    account: Account

    async def fetch(self, _: FetchTimes) -> list[PhoneNumber]:
        return await self.provider.list_numbers(self.account)

    async def store(self, record: Record, fetched: list[PhoneNumber], _: FetchTimes) -> None:
        await self.repository.replace_all(record.transaction, self.account.key, fetched)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsFetch(Fetch[list[Contact]]):
    repository: Contacts
    provider: ContactDirectory
    account: Account

    async def fetch(self, _: FetchTimes) -> list[Contact]:
        return await _all(self.provider.list_contacts(self.account))

    async def store(self, record: Record, fetched: list[Contact], times: FetchTimes) -> None:
        # A contact that a mutation stored after the fetch had started may be missing in its result.
        await self.repository.replace_all(record.transaction, self.account.key, fetched, seen_before=times.started_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsFetch(Fetch[list[Conversation]]):
    repository: Conversations
    provider: ConversationDirectory
    account: Account

    async def fetch(self, _: FetchTimes) -> list[Conversation]:
        return await _all(self.provider.list_conversations(self.account))

    async def store(self, record: Record, fetched: list[Conversation], times: FetchTimes) -> None:
        # A conversation that was not in an earlier result began after that: it has no history.
        await self.repository.put(record.transaction, fetched, has_history=times.previous is None)


@dataclass(frozen=True, slots=True)
class AccountLists:
    """The fetches of connected accounts' lists; none for accounts whose provider does not have the list."""

    store: Store
    upstreams: Upstreams
    freshness: Freshness

    def phone_numbers(self, accounts: Sequence[Account]) -> list[Fetch[Any]]:
        return [
            PhoneNumbersFetch(
                key=_key(account, FetchKind.PHONE_NUMBERS),
                account_keys=(account.key,),
                lifetime=self.freshness.phone_numbers.of(account),
                repository=self.store.phone_numbers,
                provider=provider,
                account=account,
            )
            for account, provider in self._with(NumberDirectory, accounts)
        ]

    def contacts(self, accounts: Sequence[Account]) -> list[Fetch[Any]]:
        return [
            ContactsFetch(
                key=_key(account, FetchKind.CONTACTS),
                account_keys=(account.key,),
                lifetime=self.freshness.contacts.of(account),
                repository=self.store.contacts,
                provider=provider,
                account=account,
            )
            for account, provider in self._with(ContactDirectory, accounts)
        ]

    def conversations(self, accounts: Sequence[Account]) -> list[Fetch[Any]]:
        return [
            ConversationsFetch(
                key=_key(account, FetchKind.CONVERSATIONS),
                account_keys=(account.key,),
                lifetime=self.freshness.conversations.of(account),
                repository=self.store.conversations,
                provider=provider,
                account=account,
            )
            for account, provider in self._with(ConversationDirectory, accounts)
        ]

    def _with(self, capability: type[P], accounts: Sequence[Account]) -> list[tuple[Account, P]]:
        found = ((each, self.upstreams.get(each.provider)) for each in accounts)
        able = ((account, upstream.can(capability)) for account, upstream in found if upstream is not None)
        return [(account, provider) for account, provider in able if provider is not None]


def _key(account: Account, kind: FetchKind) -> FetchKey:
    return FetchKey(provider=account.provider, kind=kind, source=account.key)


async def _all(pages: AsyncIterator[list[T]]) -> list[T]:
    return [each async for page in pages for each in page]
