"""Lists as one viewer sees them: refreshed as far as the criteria reach, then paged from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.reads.account_list_refresh import AccountListRefresh
from gateway.reads.meeting_list_refresh import MeetingListRefresh
from gateway.reads.meetings_by_id import MeetingsById
from gateway.reads.message_pages import MessagePages
from gateway.reads.session import ReadSession
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

_DAY = timedelta(days=1)
_MAX_USER_DAYS = 1_000


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
        return await services.store.meetings.page(self.session.visibility, criteria, page, services.now())

    async def phone_numbers(self, account_key: str | None) -> Sequence[PhoneNumber]:
        self.session.viewer.require("read")
        services = self.session.services
        keys = None if account_key is None else (account_key,)
        await AccountListRefresh(self.session).phone_numbers(keys)
        return await services.store.phone_numbers.of_accounts(self.session.visibility, keys)

    async def contacts(self, criteria: ContactCriteria, page: PageRequest) -> Page[Contact]:
        self.session.viewer.require("read")
        await AccountListRefresh(self.session).contacts(criteria.account_keys)
        return await self.session.services.store.contacts.page(self.session.visibility, criteria, page)

    async def conversations(self, criteria: ConversationCriteria, page: PageRequest) -> Page[Conversation]:
        self.session.viewer.require("read")
        await AccountListRefresh(self.session).conversations(_narrowed(criteria.account_keys, criteria.contacts))
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
        )

    async def messages(self, criteria: MessageCriteria, page: PageRequest) -> Page[Message]:
        self.session.viewer.require("read")
        keys = _narrowed(criteria.account_keys, criteria.conversations)
        await AccountListRefresh(self.session).conversations(keys)
        return await MessagePages(self.session).across(keys, criteria, page)


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
