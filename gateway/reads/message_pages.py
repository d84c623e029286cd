"""Pages of messages with backfill: the newest are refreshed, then older ones fetched as deep as the page reaches."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from gateway.reads.fetch import FetchFailure
from gateway.reads.message_scope import (
    Known,
    MessageScope,
    NamedConversations,
    conversations_of_accounts,
    known_conversations,
)
from gateway.reads.newest_messages import NewestMessages
from gateway.reads.partial_pages import (
    MAX_CHUNK,
    cut_off,
    is_exhausted,
    is_open,
    lowest,
    missing,
    reaches_below,
    unfinished,
)
from gateway.reads.session import ReadSession
from gateway.storage import MessageCoverage, MessagePosition, Store
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.messages import message_source
from providers.domain.criteria import MessageCriteria, ObjectKey
from providers.domain.entities import Account, Conversation, Message
from providers.domain.errors import BadUserInput, ProviderError, Unavailable
from providers.domain.pages import Page, PageAround, PageRequest

MAX_BACKFILL_ROUNDS = 25
"""How often one request fetches older messages of a conversation at most."""

_MESSAGES = (FetchKind.MESSAGES, FetchKind.OLDER_MESSAGES)

_GRAIN = timedelta(seconds=1)
"""Providers may list messages of one second in any order."""


@dataclass(frozen=True, slots=True)
class MessagePages:
    """Pages of the messages that a viewer may see, of conversations whose account is readable."""

    session: ReadSession

    async def of_conversations(
        self, keys: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[Message] | ProviderError]:
        """Return the same page of each conversation, in the order of the keys; an error if none of it is stored."""
        known = await known_conversations(self.session, keys)
        return await self._pages(keys, known, await NewestMessages(self.session).refresh(known), request)

    async def around(
        self, keys: Sequence[ObjectKey], request: PageAround
    ) -> list[Page[Message] | ProviderError | BadUserInput]:
        """Return the page around a message for its conversation; for all others, BadUserInput."""
        known = await known_conversations(self.session, keys)
        failed = await NewestMessages(self.session).refresh(known)
        place = await self._store.messages.place(self.session.visibility, request.middle)
        pages: dict[ObjectKey, Page[Message] | ProviderError] = {}
        if place is not None and place.conversation in keys:
            key, position = place
            await self._descend(key, known, position)
            parts = [(await self._pages([key], known, failed, half))[0] for half in _halves(request, position)]
            pages[key] = _joined(parts)
        other = BadUserInput("around: is no message of this conversation.", path=("around",))
        return [pages.get(key, other) for key in keys]

    async def _pages(
        self, keys: Sequence[ObjectKey], known: Known, failed: Mapping[ObjectKey, FetchFailure], request: PageRequest
    ) -> list[Page[Message] | ProviderError]:
        """Return pages of conversations whose newest messages have been fetched, or have failed to be."""
        pages = await self._store.messages.covered_pages(self.session.visibility, keys, request)
        filled: dict[ObjectKey, Page[Message] | ProviderError] = {}
        lacking = {}
        for key, (page, coverage) in zip(keys, pages, strict=True):
            is_known = coverage is not None and coverage.complete and not self._has_failed(key)
            filled[key] = failed[key].error if key in failed else page.counted(is_known=is_known)
            if key in known and key not in failed and coverage is not None and not coverage.complete:
                lacking[key] = self._filled(key, known, page, coverage, request)
        filled.update(zip(lacking, await asyncio.gather(*lacking.values()), strict=True))
        return [filled[key] for key in keys]

    async def across(
        self, account_keys: Sequence[str] | None, criteria: MessageCriteria, request: PageRequest
    ) -> Page[Message]:
        """Return a page over the conversations of the criteria, newest first.

        Those are of the accounts with the keys, or of all that the viewer sees.
        """
        scope = await self._scope(account_keys, criteria)
        failed = await NewestMessages(self.session).refresh(await scope.due())
        if failed and await scope.are_all_among(failed.keys()):
            raise next(iter(failed.values())).error
        self.session.note_stale(failed.values())
        page = await self._filled_across(scope, criteria, request)
        return replace(page, count=partial(self._count_across, account_keys, criteria, page))

    @property
    def _store(self) -> Store:
        return self.session.services.store

    async def _scope(self, account_keys: Sequence[str] | None, criteria: MessageCriteria) -> MessageScope:
        if criteria.conversations is not None:
            return NamedConversations(self.session, await known_conversations(self.session, criteria.conversations))
        return await conversations_of_accounts(self.session, account_keys)

    async def _descend(self, key: ObjectKey, known: Known, position: MessagePosition) -> None:
        """Fetch older messages of a conversation until all above a position are stored, or its provider fails."""
        for _ in range(MAX_BACKFILL_ROUNDS):
            (coverage,) = await self._store.message_coverages.get_many(self.session.visibility, [key])
            if key not in known or coverage is None or coverage.complete:
                return
            if coverage.tail is None or coverage.tail <= position:
                return
            if await self._fetch_older(known, [coverage], MAX_CHUNK):
                return

    async def _filled(
        self,
        key: ObjectKey,
        known: Known,
        page: Page[Message],
        coverage: MessageCoverage | None,
        request: PageRequest,
    ) -> Page[Message] | ProviderError:
        """Return the page after fetching as many older messages as it lacks."""
        for _ in range(MAX_BACKFILL_ROUNDS):
            if coverage is None or coverage.complete:
                return page.counted(is_known=not self._has_failed(key))
            if not reaches_below(page, request, coverage.tail):
                return unfinished(page, request) if is_open(page, request) else page.counted(is_known=False)
            if await self._fetch_older(known, [coverage], missing(page, request)):
                return cut_off(page, [coverage], request)
            ((page, coverage),) = await self._store.messages.covered_pages(self.session.visibility, [key], request)
        account, _conversation = known[key]
        return _too_deep(account.provider)

    async def _filled_across(
        self, scope: MessageScope, criteria: MessageCriteria, request: PageRequest
    ) -> Page[Message]:
        """Return the page after fetching every conversation as deep as it reaches, but for those that fail."""
        page = await self._store.messages.page(self.session.visibility, criteria, request)
        failed: set[ObjectKey] = set()
        for _ in range(MAX_BACKFILL_ROUNDS):
            shallow = await self._too_shallow(scope, criteria, page, request)
            known = await known_conversations(self.session, [each.conversation for each in shallow])
            shallow = [each for each in shallow if each.conversation in known]
            due = [each for each in shallow if each.conversation not in failed]
            if not due:
                may_continue = bool(shallow) or await self._may_continue(scope, page, request)
                return unfinished(page, request) if may_continue else page
            failed |= await self._fetch_older(known, due, 1)
            page = await self._store.messages.page(self.session.visibility, criteria, request)
        if request.backward:
            raise _too_deep(None)
        return cut_off(page, await self._too_shallow(scope, criteria, page, request), request)

    async def _count_across(
        self, account_keys: Sequence[str] | None, criteria: MessageCriteria, page: Page[Message]
    ) -> int | None:
        """Return the length of the list of a page; None unless every conversation is stored as a whole, and current."""
        if page.count is None or not all(self.session.is_current(kind, account_keys) for kind in _MESSAGES):
            return None
        return await page.count() if await self._are_complete(account_keys, criteria.conversations) else None

    async def _are_complete(
        self, account_keys: Sequence[str] | None, conversations: Sequence[ObjectKey] | None
    ) -> bool:
        """Return whether the store has every message of the conversations, or of the accounts."""
        coverages, visibility = self._store.message_coverages, self.session.visibility
        if conversations is None:
            return await coverages.are_complete(visibility, account_keys)
        known = [each.key for each in await self.session.conversations.get(conversations) if each is not None]
        found = await coverages.get_many(visibility, known)
        return all(each is not None and each.complete for each in found)

    def _has_failed(self, conversation: ObjectKey) -> bool:
        """Return whether messages of the conversation could not be fetched."""
        source = message_source(*conversation)
        return any(key.kind in _MESSAGES and key.source == source for key in self.session.stale.failed)

    async def _may_continue(self, scope: MessageScope, page: Page[Message], request: PageRequest) -> bool:
        """Return whether providers may have more after a full page that ends where the store does."""
        return is_open(page, request) and bool(page.nodes) and await scope.has_open()

    async def _too_shallow(
        self, scope: MessageScope, criteria: MessageCriteria, page: Page[Message], request: PageRequest
    ) -> Sequence[MessageCoverage]:
        """Return coverages that end above the lowest message of the page, or above the start of the criteria."""
        reaches_the_end = is_exhausted(page, request)
        if not reaches_the_end and not page.nodes:
            return []
        position = None if reaches_the_end else lowest(page)
        return await scope.open_above(position, None if criteria.start is None else criteria.start - _GRAIN)

    async def _fetch_older(self, known: Known, coverages: Sequence[MessageCoverage], wanted: int) -> set[ObjectKey]:
        """Fetch `wanted` messages below each coverage; return the conversations whose provider failed."""
        services = self.session.services
        older = {
            each.conversation: services.messages.older(*known[each.conversation], each, wanted) for each in coverages
        }
        fetches = {fetch.key: (conversation, fetch) for conversation, fetch in older.items() if fetch is not None}
        failed = set()
        for failure in await services.refresher.refresh([fetch for _, fetch in fetches.values()]):
            conversation, _ = fetches[failure.fetch.key]
            failed.add(conversation)
            self.session.note_stale([self._dated(failure, *known[conversation])])
        return failed

    def _dated(self, failure: FetchFailure, account: Account, conversation: Conversation) -> FetchFailure:
        """Date the failure by the newest messages: they are served instead of older ones."""
        newest = self.session.services.messages.newest(account, conversation)
        read_at = None if newest is None else self.session.services.refresher.read_at(newest.key)
        return replace(failure, since=read_at)


def _halves(request: PageAround, position: MessagePosition) -> tuple[PageRequest, PageRequest]:
    """Return the requests of the messages above a message, and of itself with those below."""
    account_key, _ = request.middle
    above = request.limit // 2
    return (
        PageRequest(limit=above, before=position.in_page(account_key), backward=True),
        # Greater than the message's own position, and less than that of any above it: the list is of one account.
        PageRequest(limit=request.limit - above, after=position.in_page(f"{account_key}~")),
    )


def _joined(parts: Sequence[Page[Message] | ProviderError]) -> Page[Message] | ProviderError:
    """Return the page of two that follow each other, or the error of one."""
    newer, older = parts
    if isinstance(newer, ProviderError):
        return newer
    if isinstance(older, ProviderError):
        return older
    return replace(
        older,
        nodes=[*newer.nodes, *older.nodes],
        positions=[*newer.positions, *older.positions],
        has_previous=newer.has_previous,
    )


def _too_deep(provider: str | None) -> Unavailable:
    return Unavailable("The conversation is still being fetched from its end. Try again.", provider=provider)
