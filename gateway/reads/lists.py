"""Lists as one viewer sees them: refreshed as far as the criteria reach, then paged from the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.reads.fetch import Fetch, Lifetime
from gateway.reads.meetings_by_id import MeetingsById
from gateway.reads.message_pages import MessagePages
from gateway.reads.newest_messages import NewestMessages
from gateway.reads.session import ReadSession
from gateway.storage.accounts import READABLE, AccountList
from gateway.storage.fetch_kind import FetchKind
from providers.api.capabilities import (
    ContactDirectory,
    ConversationDirectory,
    MeetingQuery,
    MeetingReader,
    NumberDirectory,
)
from providers.domain.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
)
from providers.domain.entities import Account, Contact, Conversation, Meeting, Message, PhoneNumber
from providers.domain.errors import BadUserInput
from providers.domain.pages import Page, PageRequest
from providers.upstreams import Upstream

_FetchesOf = Callable[[Sequence[Account]], list[Fetch[Any]]]

_DAY = timedelta(days=1)
_MAX_USER_DAYS = 1_000


@dataclass(frozen=True, slots=True)
class AccountListRefresh:
    """Makes stored lists usable, of the readable ones of some accounts, or of all that the viewer sees.

    For all, the store selects those that are due: checking each account would cost as much as there are. Raises
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
            accounts: Sequence[Account] = await services.store.accounts.all(visibility, every)
        else:
            due_until = lifetime.due_until(services.now())
            accounts = await services.store.accounts.due(visibility, list_, providers, due_until)
        self.session.note_accounts(accounts)
        failures = await self.session.refresh(fetches_of(accounts))
        failed = {key for each in failures.values() for key in each.fetch.account_keys}
        if failed and await services.store.accounts.are_all_among(visibility, providers, failed):
            raise next(iter(failures.values())).error
        self.session.note_stale(failures.values())


@dataclass(frozen=True, slots=True)
class MeetingListRefresh:
    """Makes the stored meetings within the criteria usable, of the accounts they name or of all that the viewer sees.

    For all, the store selects the accounts whose meetings are due: checking each would cost as much as there are.
    Accounts of a provider that lists meetings by user are always due, for only then are their users known.
    """

    session: ReadSession
    criteria: MeetingCriteria

    async def refresh(self) -> None:
        """Raise ProviderError if nothing of the requested span of time is stored."""
        keys = self.criteria.account_keys
        if keys is not None:
            await self.session.refresh_any(self._fetches(await self.session.readable(keys)))
            return
        accounts = await self._due()
        self.session.note_accounts(accounts)
        fetches = self._fetches(accounts)
        failures = await self.session.refresh(fetches)
        requested = [each for each in fetches if not each.precedes]
        failed = [each for each in requested if each.key in failures]
        if failed and len(failed) == len(requested) and await self._are_all(failed):
            raise failures[failed[0].key].error
        self.session.note_stale(failures.values())

    async def _due(self) -> list[Account]:
        """Return the readable accounts whose meetings may have to be refreshed: with `force`, all."""
        services, visibility = self.session.services, self.session.visibility
        providers, users = self._providers, self.criteria.user_ids
        if self.session.force:
            every = AccountCriteria(providers=providers, user_ids=users, statuses=READABLE)
            return await services.store.accounts.all(visibility, every)
        now, span = services.now(), (self.criteria.start, self.criteria.end)
        return await services.store.accounts.due_meetings(visibility, providers, users, span, now - self._fresh(now))

    def _fresh(self, now: datetime) -> timedelta:
        freshness = self.session.services.freshness
        lifetime = freshness.past_meetings if self.criteria.end < now else freshness.meetings
        return timedelta(seconds=lifetime.fresh)

    async def _are_all(self, failed: Sequence[Fetch[Any]]) -> bool:
        """Return whether there are no other accounts than those of the fetches."""
        keys = {key for each in failed for key in each.account_keys}
        return await self.session.services.store.accounts.are_all_among(
            self.session.visibility, self._providers, keys, self.criteria.user_ids
        )

    @property
    def _providers(self) -> tuple[str, ...]:
        """The providers in the criteria that list meetings."""
        wanted, upstreams = self.criteria.providers, self.session.services.upstreams
        return tuple(
            name
            for name, upstream in upstreams.items()
            if upstream.can(MeetingReader) is not None and (wanted is None or name in wanted)
        )

    def _fetches(self, accounts: Sequence[Account]) -> list[Fetch[Any]]:
        upstreams = self.session.services.upstreams
        return [fetch for name in self._providers for fetch in self._fetches_from(upstreams[name], accounts)]

    def _fetches_from(self, upstream: Upstream, accounts: Sequence[Account]) -> Sequence[Fetch[Any]]:
        services, criteria = self.session.services, self.criteria
        own = tuple(each for each in accounts if each.provider == upstream.name)
        query = MeetingQuery(accounts=own, user_ids=self._users(own), start=criteria.start, end=criteria.end)
        return services.meetings.lists(upstream, query, services.now())

    def _users(self, accounts: Sequence[Account]) -> tuple[str, ...] | None:
        """Return whose meetings to fetch: the users of the accounts.

        An administrator who names no accounts sees meetings of any user, None, or of the users in the criteria.
        """
        if self.session.visibility.user_id is None and self.criteria.account_keys is None:
            return self.criteria.user_ids
        users = dict.fromkeys(account.user_id for account in accounts)
        return tuple(each for each in users if self.criteria.user_ids is None or each in self.criteria.user_ids)


@dataclass(frozen=True, slots=True)
class Lists:
    """Implements `resolvers.context.Reads`."""

    session: ReadSession

    async def accounts(self, criteria: AccountCriteria, page: PageRequest) -> Page[Account]:
        self.session.viewer.require("read")
        found = await self.session.services.store.accounts.page(self.session.visibility, criteria, page)
        self.session.note_accounts(found.nodes)
        return found

    async def meetings(self, criteria: MeetingCriteria, page: PageRequest) -> Page[Meeting]:
        self.session.viewer.require("read")
        _check_extent(criteria)
        await MeetingListRefresh(self.session, criteria).refresh()
        if criteria.text is not None:
            await MeetingsById(self.session).refresh_texts(criteria)
        services = self.session.services
        found = await services.store.meetings.page(self.session.visibility, criteria, page, services.now())
        kinds = (FetchKind.MEETINGS,) if criteria.text is None else (FetchKind.MEETINGS, FetchKind.MEETING)
        return found.counted(is_known=all(self.session.is_current(kind, criteria.account_keys) for kind in kinds))

    async def phone_numbers(self, account_key: str | None) -> Sequence[PhoneNumber]:
        self.session.viewer.require("read")
        services = self.session.services
        keys = None if account_key is None else (account_key,)
        await AccountListRefresh(self.session).phone_numbers(keys)
        return await services.store.phone_numbers.of_accounts(self.session.visibility, keys)

    async def contacts(self, criteria: ContactCriteria, page: PageRequest) -> Page[Contact]:
        self.session.viewer.require("read")
        await AccountListRefresh(self.session).contacts(criteria.account_keys)
        found = await self.session.services.store.contacts.page(self.session.visibility, criteria, page)
        return found.counted(is_known=self.session.is_current(FetchKind.CONTACTS, criteria.account_keys))

    async def conversations(self, criteria: ConversationCriteria, page: PageRequest) -> Page[Conversation]:
        self.session.viewer.require("read")
        keys = _narrowed(criteria.account_keys, criteria.contacts)
        await AccountListRefresh(self.session).conversations(keys)
        if criteria.text:
            await AccountListRefresh(self.session).contacts(keys)
        if criteria.by_activity or criteria.unread is not None:
            await NewestMessages(self.session).refresh_due(keys)
        found = await self.session.services.store.conversations.page(self.session.visibility, criteria, page)
        conversations = [conversation for _, conversation in found.nodes]
        self.session.note_accounts(account for account, _ in found.nodes)
        self.session.note_conversations(conversations)
        return Page(
            nodes=conversations,
            positions=found.positions,
            has_next=found.has_next,
            has_previous=found.has_previous,
            count=found.count,
        ).counted(is_known=self.session.is_current(FetchKind.CONVERSATIONS, keys))

    async def messages(self, criteria: MessageCriteria, page: PageRequest) -> Page[Message]:
        self.session.viewer.require("read")
        keys = _narrowed(criteria.account_keys, criteria.conversations)
        await AccountListRefresh(self.session).conversations(keys)
        found = await MessagePages(self.session).across(keys, criteria, page)
        return found.counted(is_known=self.session.is_current(FetchKind.CONVERSATIONS, keys))


def _check_extent(criteria: MeetingCriteria) -> None:
    """Raise BadUserInput if too many fetches are needed: some providers list each day of each user separately."""
    users, days = len(criteria.user_ids or ()), (criteria.end - criteria.start) // _DAY + 1
    if users > 1 and users * days > _MAX_USER_DAYS:
        raise BadUserInput(
            f"filter: {users} users over {days} days exceed the limit of {_MAX_USER_DAYS} days of users.",
            path=("filter", "userIds"),
        )


def _narrowed(keys: Sequence[str] | None, objects: Sequence[tuple[str, str]] | None) -> tuple[str, ...] | None:
    """Return the keys of the accounts that the objects are under, without those that are not among `keys`."""
    if objects is None:
        return None if keys is None else tuple(keys)
    scopes = dict.fromkeys(scope for scope, _ in objects)
    return tuple(scope for scope in scopes if keys is None or scope in keys)
