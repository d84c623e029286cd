"""Pages of messages: the newest are brought in first, then as many older ones as the page reaches down to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.reads.fetch import FetchFailure
from gateway.reads.messages import MessageFetches
from gateway.reads.page_edges import cut_off, floor_of, is_open, reaches_below, runs_out, unfinished
from gateway.reads.refresher import Refresher
from gateway.reads.request_cache import ALL_ROWS, RequestCache
from gateway.reads.stale_report import StaleReport
from gateway.storage import MessageCoverage, Store, Visibility
from providers.domain.criteria import ConversationCriteria, MessageCriteria, ObjectKey
from providers.domain.entities import Account, Conversation, Message
from providers.domain.errors import ProviderError, Unavailable
from providers.domain.pages import Page, PageRequest

MAX_BACKFILL_ROUNDS = 25
"""How often one request goes deeper into a conversation at the most."""

_CHUNK = 500
"""How many messages deeper it goes at once."""

_GRAIN = timedelta(seconds=1)
"""Messages of one second may be in any order at a provider."""

Shelved = tuple[Account, Conversation]


@dataclass(frozen=True, slots=True)
class MessagePages:
    """The messages of one viewer's operation."""

    visibility: Visibility
    store: Store
    seen: RequestCache
    refresher: Refresher
    reading: MessageFetches
    staleness: StaleReport
    force: bool

    async def of_conversations(
        self, keys: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[Message] | ProviderError]:
        """The same page of each conversation, in the order of the keys; an error where nothing of one is known."""
        known = await self._known(keys)
        unread = await self._refresh_newest(known)
        pages = await self.store.messages.pages_by_conversation(self.visibility, keys, request)
        coverages = await self.store.message_coverages.get_many(self.visibility, keys)

        async def told(
            key: ObjectKey, page: Page[Message], coverage: MessageCoverage | None
        ) -> Page[Message] | ProviderError:
            return unread[key].error if key in unread else await self._deepened(known.get(key), page, coverage, request)

        return await asyncio.gather(*map(told, keys, pages, coverages))

    async def last_of_conversations(self, keys: Sequence[ObjectKey]) -> list[Message | ProviderError | None]:
        """The newest message of each, in the order of the keys."""
        unread = await self._refresh_newest(await self._known(keys))
        newest = await self.store.messages.last_by_conversation(self.visibility, keys)
        return [unread[key].error if key in unread else message for key, message in zip(keys, newest, strict=True)]

    async def across(
        self, accounts: Sequence[Account], criteria: MessageCriteria, request: PageRequest
    ) -> Page[Message]:
        """A page over the conversations of readable accounts, newest first."""
        known = await self._asked(accounts, criteria)
        unread = await self._refresh_newest(known)
        if unread and len(unread) == len(known):
            raise next(iter(unread.values())).error
        self.staleness.note(list(unread.values()))
        return await self._deepened_across(known, criteria, request)

    async def _known(self, keys: Sequence[ObjectKey]) -> dict[ObjectKey, Shelved]:
        """The conversations whose account is readable, with it."""
        found = [each for each in await self.seen.conversations.get(keys) if each is not None]
        return await self._with_accounts(found)

    async def _asked(self, accounts: Sequence[Account], criteria: MessageCriteria) -> dict[ObjectKey, Shelved]:
        if criteria.conversations is not None:
            return await self._known(criteria.conversations)
        of_accounts = ConversationCriteria(account_keys=tuple(each.key for each in accounts))
        page = await self.store.conversations.page(self.visibility, of_accounts, ALL_ROWS)
        self.seen.note_conversations(page.nodes)
        return await self._with_accounts(page.nodes)

    async def _with_accounts(self, conversations: Sequence[Conversation]) -> dict[ObjectKey, Shelved]:
        accounts = {each.key: each for each in await self.seen.readable(each.account_key for each in conversations)}
        return {
            (each.account_key, each.external_id): (accounts[each.account_key], each)
            for each in conversations
            if each.account_key in accounts
        }

    async def _refresh_newest(self, known: dict[ObjectKey, Shelved]) -> dict[ObjectKey, FetchFailure]:
        """Reads what came since; answers the failures for those conversations of which nothing is known at all."""
        parts = {key: part for key, each in known.items() if (part := self.reading.newest(*each)) is not None}
        failures = await self.refresher.make_usable(list(parts.values()), force=self.force)
        self.staleness.note([each for each in failures if each.since is not None])
        unknown = {each.part.key: each for each in failures if each.since is None}
        return {key: unknown[part.key] for key, part in parts.items() if part.key in unknown}

    async def _deepened(
        self, known: Shelved | None, page: Page[Message], coverage: MessageCoverage | None, request: PageRequest
    ) -> Page[Message] | ProviderError:
        """The page, once enough older messages have been read to fill it."""
        if known is None or coverage is None:
            return page
        key = coverage.conversation
        for _ in range(MAX_BACKFILL_ROUNDS):
            if coverage is None or coverage.complete:
                return page
            if not reaches_below(page, request, coverage.tail):
                return unfinished(page, request) if is_open(page, request) else page
            if await self._read_older({key: known}, [coverage], _missing(page, request)):
                return cut_off(page, [coverage], request)
            (coverage,) = await self.store.message_coverages.get_many(self.visibility, [key])
            (page,) = await self.store.messages.pages_by_conversation(self.visibility, [key], request)
        return _too_deep(known[0].provider)

    async def _deepened_across(
        self, known: dict[ObjectKey, Shelved], criteria: MessageCriteria, request: PageRequest
    ) -> Page[Message]:
        """A page for which every conversation has been read as deep as it reaches, but for those that fail."""
        page = await self.store.messages.page(self.visibility, criteria, request)
        failed: set[ObjectKey] = set()
        for _ in range(MAX_BACKFILL_ROUNDS):
            shallow = await self._too_shallow(known, criteria, page, request)
            due = [each for each in shallow if each.conversation not in failed]
            if not due:
                return unfinished(page, request) if shallow or await self._is_open(known, page, request) else page
            failed |= await self._read_older(known, due, 1)
            page = await self.store.messages.page(self.visibility, criteria, request)
        if request.backward:
            raise _too_deep(None)
        return cut_off(page, await self._too_shallow(known, criteria, page, request), request)

    async def _is_open(self, known: dict[ObjectKey, Shelved], page: Page[Message], request: PageRequest) -> bool:
        """Whether more may follow a full page than the store has."""
        if not is_open(page, request) or not page.nodes:
            return False
        coverages = await self.store.message_coverages.get_many(self.visibility, list(known))
        return any(each is not None and not each.complete for each in coverages)

    async def _too_shallow(
        self,
        known: dict[ObjectKey, Shelved],
        criteria: MessageCriteria,
        page: Page[Message],
        request: PageRequest,
    ) -> list[MessageCoverage]:
        """Coverages that end above the lowest message of the page, or above where the criteria reach down to."""
        reaches_the_end = runs_out(page, request)
        if not reaches_the_end and not page.nodes:
            return []
        coverages = await self.store.message_coverages.get_many(self.visibility, list(known))
        floor = None if reaches_the_end else floor_of(page)
        return [
            each
            for each in coverages
            if each is not None
            and not each.complete
            and each.tail is not None
            and (floor is None or each.tail > floor)
            and (criteria.start is None or each.tail.sorted_at >= criteria.start - _GRAIN)
        ]

    async def _read_older(
        self, known: dict[ObjectKey, Shelved], coverages: Sequence[MessageCoverage], wanted: int
    ) -> set[ObjectKey]:
        """Reads so many messages below each coverage; answers the conversations whose provider failed."""
        parts = {
            part.key: (part, each.conversation)
            for each in coverages
            if (part := self.reading.older(*known[each.conversation], each, wanted)) is not None
        }
        failures = await self.refresher.refresh([part for part, _ in parts.values()])
        self.staleness.note([self._dated(each, known[parts[each.part.key][1]]) for each in failures])
        return {parts[each.part.key][1] for each in failures}

    def _dated(self, failure: FetchFailure, shelved: Shelved) -> FetchFailure:
        """What is shown instead of older messages is as old as the newest ones."""
        newest = self.reading.newest(*shelved)
        return replace(failure, since=None if newest is None else self.refresher.read_at(newest.key))


def _missing(page: Page[Message], request: PageRequest) -> int:
    """How many messages deeper to go: a page from the end needs all there are."""
    return _CHUNK if request.backward else min(_CHUNK, max(1, request.limit - len(page.nodes)))


def _too_deep(provider: str | None) -> Unavailable:
    return Unavailable("The conversation is being read from its end: ask again.", provider=provider)
