"""Loaders: entities and pages for many keys at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from gateway.reads.fetch import Fetch
from gateway.reads.meetings_by_id import MeetingsById
from gateway.reads.message_pages import MessagePages
from gateway.reads.newest_messages import NewestMessages
from gateway.reads.session import ReadSession
from gateway.storage import Store
from gateway.storage.fetch_kind import FetchKind
from providers.api.capabilities import CalendarAuthorizer, ConversationDirectory
from providers.domain.criteria import ObjectKey
from providers.domain.entities import (
    Account,
    AccountStatus,
    Contact,
    Conversation,
    Meeting,
    Message,
    PhoneNumber,
)
from providers.domain.errors import BadUserInput, ProviderError
from providers.domain.pages import Page, PageAround, PageRequest, Position
from providers.domain.results import ReadState

V = TypeVar("V")
Result: TypeAlias = V | ProviderError
PageKey = tuple[ObjectKey, PageRequest]
AroundKey = tuple[ObjectKey, PageAround]
R = TypeVar("R", PageRequest, PageAround)
_PageOrError: TypeAlias = Result[Page[V]] | BadUserInput
_PagesOf: TypeAlias = Callable[[Sequence[ObjectKey], R], Awaitable[Sequence[_PageOrError[V]]]]


@dataclass(frozen=True, slots=True)
class EntityLoaders:
    """Each method returns a value for each key, in their order: None if it is unknown or not visible.

    A key is answered with its provider's error if the provider fails and nothing is stored.
    """

    session: ReadSession

    async def accounts(self, keys: Sequence[str]) -> list[Account | None]:
        return await self.session.accounts.get(keys)

    async def meetings(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        return await MeetingsById(self.session).current(keys)

    async def detailed_meetings(self, keys: Sequence[ObjectKey]) -> list[Result[Meeting | None]]:
        return await MeetingsById(self.session).detailed(keys)

    def are_details_due(self, meeting: Meeting) -> bool:
        """Return whether `detailed_meetings` may return more or newer details than the meeting has."""
        return MeetingsById(self.session).are_details_due(meeting)

    async def contacts(self, keys: Sequence[ObjectKey]) -> list[Result[Contact | None]]:
        scopes = {scope for scope, _ in keys}
        found = {} if self.session.accounts.has(scopes) else await self._contacts_with_accounts(keys)
        fetches = self.session.services.account_lists.contacts(await self.session.readable(scopes))
        is_current = bool(found) and self.session.is_usable(fetches)
        errors = await self._refreshed(fetches)
        if not is_current:
            stored = await self._store.contacts.get_many(self.session.visibility, keys)
            found = {each.key: each for each in stored if each is not None}
        return [found.get(key) or errors.get(key[0]) for key in keys]

    async def _contacts_with_accounts(self, keys: Sequence[ObjectKey]) -> dict[ObjectKey, Contact]:
        """Return stored contacts by key, and remember their accounts: one statement if no list is due."""
        found = await self._store.contacts.with_accounts(self.session.visibility, keys)
        self.session.note_accounts(account for account, _ in found.values())
        return {key: contact for key, (_, contact) in found.items()}

    async def conversations(self, keys: Sequence[ObjectKey]) -> list[Conversation | None]:
        return await self.session.conversations.get(keys)

    async def messages(self, keys: Sequence[ObjectKey]) -> list[Message | None]:
        return await self._store.messages.get_many(self.session.visibility, keys)

    async def meeting_positions(self, keys: Sequence[ObjectKey]) -> list[Position | None]:
        return await self._store.meetings.page_positions(self.session.visibility, keys)

    async def contact_positions(self, keys: Sequence[ObjectKey]) -> list[Position | None]:
        return await self._store.contacts.page_positions(self.session.visibility, keys)

    async def conversation_positions(self, keys: Sequence[ObjectKey]) -> list[Position | None]:
        return await self._store.conversations.page_positions(self.session.visibility, keys)

    async def message_positions(self, keys: Sequence[ObjectKey]) -> list[Position | None]:
        return await self._store.messages.page_positions(self.session.visibility, keys)

    async def phone_numbers(self, keys: Sequence[ObjectKey]) -> list[PhoneNumber | None]:
        return await self._store.phone_numbers.get_many(self.session.visibility, keys)

    async def phone_numbers_of_accounts(self, keys: Sequence[str]) -> list[Result[list[PhoneNumber]]]:
        errors = await self._refresh(self.session.services.account_lists.phone_numbers, keys)
        numbers: dict[str, list[PhoneNumber]] = {key: [] for key in keys}
        for each in await self._store.phone_numbers.of_accounts(self.session.visibility, keys):
            numbers[each.account_key].append(each)
        return [errors.get(key) or numbers[key] for key in keys]

    async def pages_of_messages(self, keys: Sequence[PageKey]) -> list[Result[Page[Message]] | BadUserInput]:
        return await _by_request(keys, MessagePages(self.session).of_conversations)

    async def pages_around_messages(self, keys: Sequence[AroundKey]) -> list[Result[Page[Message]] | BadUserInput]:
        return await _by_request(keys, MessagePages(self.session).around)

    async def last_activities(self, keys: Sequence[ObjectKey]) -> list[Result[datetime | None]]:
        return await NewestMessages(self.session).last_activities(keys)

    async def read_states(self, keys: Sequence[ObjectKey]) -> list[Result[ReadState]]:
        return await NewestMessages(self.session).read_states(keys)

    async def unread_conversations(self, keys: Sequence[str]) -> list[Result[int | None]]:
        """Return the number of each account; None if its provider has no conversations."""
        errors = await self._refresh(self.session.services.account_lists.conversations, keys)
        await NewestMessages(self.session).refresh_due(keys)
        reader = self.session.viewer.user_id
        counts = await self._store.read_marks.unread_conversations(self.session.visibility, reader, keys)
        accounts = await self.session.accounts.get(keys)
        return [
            errors.get(key) or (count if self._may_text(account) else None)
            for key, account, count in zip(keys, accounts, counts, strict=True)
        ]

    async def last_messages(self, keys: Sequence[ObjectKey]) -> list[Result[Message | None]]:
        return await NewestMessages(self.session).last(keys)

    async def pages_of_conversations(self, keys: Sequence[PageKey]) -> list[Result[Page[Conversation]] | BadUserInput]:
        return await _by_request(keys, self._conversations_of_contacts)

    async def calendar_authorization_urls(self, account_keys: Sequence[str]) -> list[Result[str | None]]:
        accounts = await self.session.accounts.get(account_keys)
        return await asyncio.gather(*map(self._calendar_authorization_url, accounts))

    async def _conversations_of_contacts(
        self, contacts: Sequence[ObjectKey], request: PageRequest
    ) -> list[Result[Page[Conversation]]]:
        services = self.session.services
        errors = await self._refresh(services.account_lists.conversations, (scope for scope, _ in contacts))
        pages = await self._store.conversations.pages_by_contact(self.session.visibility, contacts, request)
        for page in pages:
            self.session.note_conversations(page.nodes)
        return [
            errors.get(key[0]) or page.counted(is_known=self.session.is_current(FetchKind.CONVERSATIONS, key[:1]))
            for key, page in zip(contacts, pages, strict=True)
        ]

    async def _calendar_authorization_url(self, account: Account | None) -> Result[str | None]:
        if account is None or account.status is not AccountStatus.CONNECTED:
            return None
        upstream = self.session.services.upstreams.get(account.provider)
        authorizer = None if upstream is None else upstream.can(CalendarAuthorizer)
        try:
            return None if authorizer is None else await authorizer.calendar_authorization_url(account)
        except ProviderError as error:
            return error

    def _may_text(self, account: Account | None) -> bool:
        """Return whether an account has conversations, or had them while its provider was configured."""
        upstream = None if account is None else self.session.services.upstreams.get(account.provider)
        return account is not None and (upstream is None or upstream.can(ConversationDirectory) is not None)

    @property
    def _store(self) -> Store:
        return self.session.services.store

    async def _refresh(
        self, fetches_of: Callable[[Sequence[Account]], list[Fetch[Any]]], account_keys: Iterable[str]
    ) -> Mapping[str, ProviderError]:
        """Return by account the errors of those whose list was never fetched."""
        return await self._refreshed(fetches_of(await self.session.readable(account_keys)))

    async def _refreshed(self, fetches: Sequence[Fetch[Any]]) -> Mapping[str, ProviderError]:
        failures = await self.session.refresh(fetches)
        return {key: each.error for each in failures.values() for key in each.fetch.account_keys}


async def _by_request(keys: Sequence[tuple[ObjectKey, R]], pages_of: _PagesOf[R, V]) -> list[_PageOrError[V]]:
    """Load the pages of equal requests together, for all of their parents."""
    parents: dict[R, list[ObjectKey]] = {}
    for parent, request in keys:
        parents.setdefault(request, []).append(parent)
    pages = {
        (parent, request): page
        for request, of_request in parents.items()
        for parent, page in zip(of_request, await _pages_or_error(pages_of, of_request, request), strict=True)
    }
    return [pages[key] for key in keys]


async def _pages_or_error(
    pages_of: _PagesOf[R, V], parents: Sequence[ObjectKey], request: R
) -> Sequence[_PageOrError[V]]:
    """Return a foreign cursor as an error of the fields with this request: others are loaded at the same time."""
    try:
        return await pages_of(parents, request)
    except BadUserInput as error:
        return [error] * len(parents)
