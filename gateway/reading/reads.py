"""Lists as one viewer sees them: brought up to date as far as they are asked for, then paged from the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.reading.current_details import CurrentDetails
from gateway.reading.directory import Directory
from gateway.reading.meetings import MeetingReading
from gateway.reading.part import Part
from gateway.reading.position import positions_of
from gateway.reading.refresher import Refresher
from gateway.reading.seen import EVERYTHING, READABLE, Seen
from gateway.reading.shelf import MessageShelf
from gateway.reading.staleness import Staleness, raise_if_nothing_is_known
from gateway.store import Store, Visibility
from gateway.upstream import Upstream, Upstreams
from providers.capability import MeetingQuery
from providers.errors import Forbidden
from providers.models import Account, Contact, Conversation, Meeting, Message, PhoneNumber
from resolvers.context import Viewer
from resolvers.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
)
from resolvers.errors import BadUserInput
from resolvers.page import Page, PageRequest

_DAY = timedelta(days=1)
_MOST_DAYS = 1_000


@dataclass(frozen=True, slots=True)
class StoredReads:
    """Implements `resolvers.context.Reads`."""

    viewer: Viewer
    visibility: Visibility
    store: Store
    upstreams: Upstreams
    seen: Seen
    refresher: Refresher
    directory: Directory
    meeting_reading: MeetingReading
    details: CurrentDetails
    shelf: MessageShelf
    staleness: Staleness
    now: Callable[[], datetime]
    force: bool

    async def accounts(self, criteria: AccountCriteria, page: PageRequest) -> Page[Account]:
        self._require_read()
        with positions_of(page):
            found = await self.store.accounts.page(self.visibility, criteria, page)
        self.seen.note_accounts(found.nodes)
        return found

    async def meetings(self, criteria: MeetingCriteria, page: PageRequest) -> Page[Meeting]:
        self._require_read()
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
        self._require_read()
        keys = None if account_key is None else (account_key,)
        await self._refresh(self.directory.phone_numbers(await self._readable(keys)))
        return await self.store.phone_numbers.of_accounts(self.visibility, keys)

    async def contacts(self, criteria: ContactCriteria, page: PageRequest) -> Page[Contact]:
        self._require_read()
        await self._refresh(self.directory.contacts(await self._readable(criteria.account_keys)))
        with positions_of(page):
            return await self.store.contacts.page(self.visibility, criteria, page)

    async def conversations(self, criteria: ConversationCriteria, page: PageRequest) -> Page[Conversation]:
        self._require_read()
        keys = _narrowed(criteria.account_keys, criteria.contacts)
        await self._refresh(self.directory.conversations(await self._readable(keys)))
        with positions_of(page):
            found = await self.store.conversations.page(self.visibility, criteria, page)
        self.seen.note_conversations(found.nodes)
        return found

    async def messages(self, criteria: MessageCriteria, page: PageRequest) -> Page[Message]:
        self._require_read()
        accounts = await self._readable(_narrowed(criteria.account_keys, criteria.conversations))
        await self._refresh(self.directory.conversations(accounts))
        with positions_of(page):
            return await self.shelf.across(accounts, criteria, page)

    def _require_read(self) -> None:
        if not self.viewer.may("read"):
            raise Forbidden("This needs the scope read.")

    async def _readable(
        self,
        keys: Sequence[str] | None,
        criteria: AccountCriteria = AccountCriteria(),  # noqa: B008 (it is frozen)
    ) -> list[Account]:
        """The readable ones of the accounts asked for; all that the viewer may see where nobody named any."""
        if keys is not None:
            return await self.seen.readable(keys)
        readable = replace(criteria, statuses=READABLE)
        page = await self.store.accounts.page(self.visibility, readable, EVERYTHING)
        self.seen.note_accounts(page.nodes)
        return list(page.nodes)

    async def _refresh(self, parts: Sequence[Part]) -> None:
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
    ) -> Sequence[Part]:
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
    if users > 1 and users * days > _MOST_DAYS:
        raise BadUserInput(
            f"filter: {users} users over {days} days are too many; {_MOST_DAYS} days of users are the most.",
            path=("filter", "userIds"),
        )


def _narrowed(keys: Sequence[str] | None, objects: Sequence[tuple[str, str]] | None) -> tuple[str, ...] | None:
    """The accounts that a list is about: those named, and those that the named objects lie under."""
    if objects is None:
        return None if keys is None else tuple(keys)
    scopes = dict.fromkeys(scope for scope, _ in objects)
    return tuple(scope for scope in scopes if keys is None or scope in keys)
