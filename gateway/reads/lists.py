"""Lists as one viewer sees them: brought up to date as far as they are asked for, then paged from the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.reads.account_lists import AccountLists
from gateway.reads.current_details import CurrentDetails
from gateway.reads.fetch import Fetch
from gateway.reads.meetings import MeetingFetches
from gateway.reads.message_pages import MessagePages
from gateway.reads.positions import positions_of
from gateway.reads.refresher import Refresher
from gateway.reads.request_cache import ALL_ROWS, READABLE, RequestCache
from gateway.reads.stale_report import StaleReport, raise_if_nothing_is_known
from gateway.storage import Store, Visibility
from providers.api.capabilities import MeetingQuery
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
from providers.domain.viewer import Viewer
from providers.upstreams import Upstream, Upstreams

_DAY = timedelta(days=1)
_MAX_USER_DAYS = 1_000


@dataclass(frozen=True, slots=True)
class Lists:
    """Implements `resolvers.context.Reads`."""

    viewer: Viewer
    visibility: Visibility
    store: Store
    upstreams: Upstreams
    seen: RequestCache
    refresher: Refresher
    directory: AccountLists
    meeting_reading: MeetingFetches
    details: CurrentDetails
    shelf: MessagePages
    staleness: StaleReport
    now: Callable[[], datetime]
    force: bool

    async def accounts(self, criteria: AccountCriteria, page: PageRequest) -> Page[Account]:
        self.viewer.require("read")
        with positions_of(page):
            found = await self.store.accounts.page(self.visibility, criteria, page)
        self.seen.note_accounts(found.nodes)
        return found

    async def meetings(self, criteria: MeetingCriteria, page: PageRequest) -> Page[Meeting]:
        self.viewer.require("read")
        _check_extent(criteria)
        accounts = await self._readable(
            criteria.account_keys, AccountCriteria(providers=criteria.providers, user_ids=criteria.user_ids)
        )
        await self._refresh(
            [part for upstream in self.upstreams.values() for part in self._meeting_parts(upstream, criteria, accounts)]
        )
        if criteria.text is not None:
            await self._read_texts(criteria)
        with positions_of(page):
            return await self.store.meetings.page(self.visibility, criteria, page, self.now())

    async def phone_numbers(self, account_key: str | None) -> Sequence[PhoneNumber]:
        self.viewer.require("read")
        keys = None if account_key is None else (account_key,)
        await self._refresh(self.directory.phone_numbers(await self._readable(keys)))
        return await self.store.phone_numbers.of_accounts(self.visibility, keys)

    async def contacts(self, criteria: ContactCriteria, page: PageRequest) -> Page[Contact]:
        self.viewer.require("read")
        await self._refresh(self.directory.contacts(await self._readable(criteria.account_keys)))
        with positions_of(page):
            return await self.store.contacts.page(self.visibility, criteria, page)

    async def conversations(self, criteria: ConversationCriteria, page: PageRequest) -> Page[Conversation]:
        self.viewer.require("read")
        keys = _narrowed(criteria.account_keys, criteria.contacts)
        await self._refresh(self.directory.conversations(await self._readable(keys)))
        with positions_of(page):
            found = await self.store.conversations.page(self.visibility, criteria, page)
        self.seen.note_conversations(found.nodes)
        return found

    async def messages(self, criteria: MessageCriteria, page: PageRequest) -> Page[Message]:
        self.viewer.require("read")
        accounts = await self._readable(_narrowed(criteria.account_keys, criteria.conversations))
        await self._refresh(self.directory.conversations(accounts))
        with positions_of(page):
            return await self.shelf.across(accounts, criteria, page)

    async def _readable(
        self,
        keys: Sequence[str] | None,
        criteria: AccountCriteria = AccountCriteria(),  # noqa: B008 (it is frozen)
    ) -> list[Account]:
        """The readable ones of the accounts asked for; all that the viewer may see where nobody named any."""
        if keys is not None:
            return await self.seen.readable(keys)
        readable = replace(criteria, statuses=READABLE)
        page = await self.store.accounts.page(self.visibility, readable, ALL_ROWS)
        self.seen.note_accounts(page.nodes)
        return list(page.nodes)

    async def _refresh(self, parts: Sequence[Fetch]) -> None:
        failures = await self.refresher.make_usable(parts, force=self.force)
        raise_if_nothing_is_known(parts, failures)
        self.staleness.note(failures)

    async def _read_texts(self, criteria: MeetingCriteria) -> None:
        """A text can only be found in what is known: lists may leave the titles out."""
        poor = await self.store.meetings.undetailed(self.visibility, criteria, self.now(), self.details.read_since)
        failures = await self.details.read_due(poor)
        known = {(each.scope, each.external_id): each for each in poor}
        self.staleness.note_meetings([(known[key], error) for key, error in failures.items()])

    def _meeting_parts(
        self, upstream: Upstream, criteria: MeetingCriteria, accounts: Sequence[Account]
    ) -> Sequence[Fetch]:
        if criteria.providers is not None and upstream.name not in criteria.providers:
            return ()
        own = tuple(each for each in accounts if each.provider == upstream.name)
        query = MeetingQuery(accounts=own, user_ids=self._users(criteria, own), start=criteria.start, end=criteria.end)
        return self.meeting_reading.parts(upstream, query, self.now())

    def _users(self, criteria: MeetingCriteria, accounts: Sequence[Account]) -> tuple[str, ...] | None:
        """Whose meetings to read: the users of the accounts; for an admin who names no accounts any user, or all."""
        if self.visibility.user_id is None and criteria.account_keys is None:
            return criteria.user_ids
        users = dict.fromkeys(account.user_id for account in accounts)
        return tuple(each for each in users if criteria.user_ids is None or each in criteria.user_ids)


def _check_extent(criteria: MeetingCriteria) -> None:
    """A provider may have to be asked for each day of each user that is named."""
    users, days = len(criteria.user_ids or ()), (criteria.end - criteria.start) // _DAY + 1
    if users > 1 and users * days > _MAX_USER_DAYS:
        raise BadUserInput(
            f"filter: {users} users over {days} days are too many; {_MAX_USER_DAYS} days of users are the most.",
            path=("filter", "userIds"),
        )


def _narrowed(keys: Sequence[str] | None, objects: Sequence[tuple[str, str]] | None) -> tuple[str, ...] | None:
    """The accounts that a list is about: those named, and those that the named objects lie under."""
    if objects is None:
        return None if keys is None else tuple(keys)
    scopes = dict.fromkeys(scope for scope, _ in objects)
    return tuple(scope for scope in scopes if keys is None or scope in keys)
