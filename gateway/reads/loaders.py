"""Loaders: what resolvers ask for one by one, fetched many at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

from gateway.reads.account_lists import AccountLists
from gateway.reads.current_details import CurrentDetails
from gateway.reads.fetch import Fetch
from gateway.reads.meetings_by_id import MeetingsById
from gateway.reads.message_pages import MessagePages
from gateway.reads.positions import positions_of
from gateway.reads.refresher import Refresher
from gateway.reads.request_cache import RequestCache
from gateway.reads.stale_report import StaleReport
from gateway.storage import Store, Visibility
from providers.api.capabilities import CalendarAuthorizer
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, AccountStatus, Contact, Conversation, Meeting, Message, PhoneNumber
from providers.domain.errors import BadUserInput, ProviderError
from providers.domain.pages import Page, PageRequest
from providers.upstreams import Upstreams

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Result: TypeAlias = V | ProviderError
_PageOf = tuple[ObjectKey, PageRequest]
_Pages: TypeAlias = Callable[[Sequence[ObjectKey], PageRequest], Awaitable[Sequence[Result[Page[V]]]]]


@dataclass(frozen=True)
class EntityLoaders:
    """Implements `resolvers.context.Loaders` for one operation of one viewer. A loader is made when it is needed.

    A key of which nothing can be known because its provider fails is answered with the provider's error.
    """

    visibility: Visibility
    store: Store
    upstreams: Upstreams
    seen: RequestCache
    refresher: Refresher
    directory: AccountLists
    catalogue: MeetingsById
    details: CurrentDetails
    shelf: MessagePages
    staleness: StaleReport
    force: bool

    def forget(self) -> None:
        self.seen.forget()
        self.staleness.forget()
        self.details.forget()
        for name in [each for each in self.__dict__ if isinstance(self.__dict__[each], DataLoader)]:
            del self.__dict__[name]

    @cached_property
    def account_by_key(self) -> DataLoader[str, Account | None]:
        return DataLoader(self.seen.accounts.get)

    @cached_property
    def meeting_by_id(self) -> DataLoader[ObjectKey, Meeting | None]:
        return DataLoader(self.catalogue.current)

    @cached_property
    def detailed_meeting_by_id(self) -> DataLoader[ObjectKey, Meeting | None]:
        return DataLoader(self.catalogue.detailed)

    def can_detail(self, meeting: Meeting) -> bool:
        return self.details.are_due(meeting)

    @cached_property
    def phone_number_by_id(self) -> DataLoader[ObjectKey, PhoneNumber | None]:
        return DataLoader(lambda keys: self.store.phone_numbers.get_many(self.visibility, keys))

    @cached_property
    def contact_by_id(self) -> DataLoader[ObjectKey, Contact | None]:
        return DataLoader(self._contacts)

    @cached_property
    def conversation_by_id(self) -> DataLoader[ObjectKey, Conversation | None]:
        return DataLoader(self.seen.conversations.get)

    @cached_property
    def message_by_id(self) -> DataLoader[ObjectKey, Message | None]:
        return DataLoader(lambda keys: self.store.messages.get_many(self.visibility, keys))

    @cached_property
    def phone_numbers_by_account_key(self) -> DataLoader[str, Sequence[PhoneNumber]]:
        return DataLoader(self._phone_numbers)

    @cached_property
    def messages_by_conversation(self) -> DataLoader[_PageOf, Page[Message]]:
        return DataLoader(lambda keys: _by_request(keys, self.shelf.of_conversations))

    @cached_property
    def last_message_by_conversation(self) -> DataLoader[ObjectKey, Message | None]:
        return DataLoader(self.shelf.last_of_conversations)

    @cached_property
    def conversations_by_contact(self) -> DataLoader[_PageOf, Page[Conversation]]:
        return DataLoader(lambda keys: _by_request(keys, self._conversations))

    @cached_property
    def calendar_authorization_url_by_account_key(self) -> DataLoader[str, str | None]:
        return DataLoader(self._calendar_authorization_urls)

    async def _contacts(self, keys: Sequence[ObjectKey]) -> list[Result[Contact | None]]:
        errors = await self._refreshed(self.directory.contacts, (scope for scope, _ in keys))
        found = await self.store.contacts.get_many(self.visibility, keys)
        return [each or errors.get(key[0]) for key, each in zip(keys, found, strict=True)]

    async def _phone_numbers(self, keys: Sequence[str]) -> list[Result[list[PhoneNumber]]]:
        errors = await self._refreshed(self.directory.phone_numbers, keys)
        of_account: dict[str, list[PhoneNumber]] = {key: [] for key in keys}
        for number in await self.store.phone_numbers.of_accounts(self.visibility, keys):
            of_account[number.account_key].append(number)
        return [errors.get(key) or of_account[key] for key in keys]

    async def _conversations(
        self, contacts: Sequence[ObjectKey], request: PageRequest
    ) -> list[Result[Page[Conversation]]]:
        errors = await self._refreshed(self.directory.conversations, (scope for scope, _ in contacts))
        pages = await self.store.conversations.pages_by_contact(self.visibility, contacts, request)
        for page in pages:
            self.seen.note_conversations(page.nodes)
        return [errors.get(key[0]) or page for key, page in zip(contacts, pages, strict=True)]

    async def _calendar_authorization_urls(self, keys: Sequence[str]) -> list[Result[str | None]]:
        accounts = await self.seen.accounts.get(keys)
        return await asyncio.gather(*map(self._calendar_authorization_url, accounts))

    async def _calendar_authorization_url(self, account: Account | None) -> Result[str | None]:
        if account is None or account.status is not AccountStatus.CONNECTED:
            return None
        upstream = self.upstreams.get(account.provider)
        authorizer = None if upstream is None else upstream.can(CalendarAuthorizer)
        try:
            return None if authorizer is None else await authorizer.calendar_authorization_url(account)
        except ProviderError as error:
            return error

    async def _refreshed(
        self, parts_of: Callable[[Sequence[Account]], list[Fetch]], account_keys: Iterable[str]
    ) -> Mapping[str, ProviderError]:
        """By account, the errors of those whose part was never read."""
        parts = parts_of(await self.seen.readable(account_keys))
        failures = await self.refresher.make_usable(parts, force=self.force)
        self.staleness.note([each for each in failures if each.since is not None])
        return {key: each.error for each in failures if each.since is None for key in each.part.account_keys}


async def _by_request(keys: Sequence[_PageOf], pages: _Pages[V]) -> list[Result[Page[V]] | BadUserInput]:
    """Equal requests for many parents are one question."""
    parents: dict[PageRequest, list[ObjectKey]] = {}
    for parent, request in keys:
        parents.setdefault(request, []).append(parent)
    answers = {
        (parent, request): page
        for request, of_request in parents.items()
        for parent, page in zip(of_request, await _answered(pages, of_request, request), strict=True)
    }
    return [answers[key] for key in keys]


async def _answered(
    pages: _Pages[V], parents: Sequence[ObjectKey], request: PageRequest
) -> Sequence[Result[Page[V]] | BadUserInput]:
    """A request that can't be answered is the fault of its own fields alone."""
    try:
        with positions_of(request):
            return await pages(parents, request)
    except BadUserInput as error:
        return [error] * len(parents)
