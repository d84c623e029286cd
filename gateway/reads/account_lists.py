"""Fetches of an account's lists: its phone numbers, its contacts, its conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, FetchKey, FetchTimes, Freshness, Unchanged
from gateway.reads.listed import Listed, listed
from gateway.storage import Change, Store
from gateway.storage.contacts import Contacts
from gateway.storage.conversations import Conversations
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.phone_numbers import PhoneNumbers
from providers.api.capabilities import ContactDirectory, ConversationDirectory, NumberDirectory
from providers.domain.entities import Account, Contact, Conversation, PhoneNumber
from providers.upstreams import Upstreams

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumbersFetch(Fetch[Listed[PhoneNumber]]):
    repository: PhoneNumbers
    provider: NumberDirectory
    account: Account

    async def fetch(self, times: FetchTimes) -> Listed[PhoneNumber] | Unchanged:
        return listed([await self.provider.list_numbers(self.account)], self.mapping, times)

    async def store(self, record: Record, fetched: Listed[PhoneNumber], _: FetchTimes) -> str | None:
        await self.repository.replace_all(record.transaction, self.account.key, fetched.entities)
        return fetched.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsFetch(Fetch[Listed[Contact]]):
    repository: Contacts
    provider: ContactDirectory
    account: Account

    async def fetch(self, times: FetchTimes) -> Listed[Contact] | Unchanged:
        return listed([page async for page in self.provider.list_contacts(self.account)], self.mapping, times)

    async def store(self, record: Record, fetched: Listed[Contact], times: FetchTimes) -> str | None:
        # A contact that a mutation stored after the fetch had started may be missing in its result.
        replaced = await self.repository.replace_all(
            record.transaction, self.account.key, fetched.entities, seen_before=times.started_at
        )
        record.announce_contacts(self.account, _news(replaced.changes, times), replaced.removed)
        if fetched.digest is None:
            return None
        # It stays, and would stay as long as the response is the same.
        stored = await self.repository.count_of_account(record.transaction, self.account.key)
        return fetched.digest if stored == len({each.external_id for each in fetched.entities}) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsFetch(Fetch[Listed[Conversation]]):
    repository: Conversations
    provider: ConversationDirectory
    account: Account

    async def fetch(self, times: FetchTimes) -> Listed[Conversation] | Unchanged:
        return listed([page async for page in self.provider.list_conversations(self.account)], self.mapping, times)

    async def store(self, record: Record, fetched: Listed[Conversation], times: FetchTimes) -> str | None:
        # A conversation that was not in an earlier result began after that: it has no history.
        has_history = times.previous is None
        changes = await self.repository.put(record.transaction, fetched.entities, has_history=has_history)
        record.announce_conversations(self.account, _news(changes, times))
        return fetched.digest


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
                mapping=self.upstreams[account.provider].mapping,
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
                mapping=self.upstreams[account.provider].mapping,
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
                mapping=self.upstreams[account.provider].mapping,
            )
            for account, provider in self._with(ConversationDirectory, accounts)
        ]

    def _with(self, capability: type[P], accounts: Sequence[Account]) -> list[tuple[Account, P]]:
        found = ((each, self.upstreams.get(each.provider)) for each in accounts)
        able = ((account, upstream.can(capability)) for account, upstream in found if upstream is not None)
        return [(account, provider) for account, provider in able if provider is not None]


def _news(changes: Sequence[Change[T]], times: FetchTimes) -> list[Change[T]]:
    """Return the changes without what the first fetch of a list finds: that has not just happened."""
    return [each for each in changes if not (times.previous is None and each.is_new)]


def _key(account: Account, kind: FetchKind) -> FetchKey:
    return FetchKey(provider=account.provider, kind=kind, source=account.key)
