"""Fetches of messages: from the newest down, and only as deep as a reader looks.

Providers count pages from the newest message. They promise no order among messages of one moment, nor that a message is
listed at the place of its time. So each stored message has a mark that says whether a fetch without a gap found it: the
messages from the newest down to the tail of the conversation's coverage are listed. In the provider's own order a new
message above a listed one has just arrived, and one below all of them is older than what was known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from gateway.aio.batching import Coalesced
from gateway.events.recorder import Record
from gateway.reads.descent import Descent, DownTo, Further
from gateway.reads.descent_store import DescentStore, FetchedDescent
from gateway.reads.fetch import (
    UNCHANGED,
    Fetch,
    Fetched,
    FetchKey,
    FetchTimes,
    Freshness,
    Unchanged,
    combined,
)
from gateway.storage import MessageCoverage, Store, Visibility
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.messages import message_source
from providers.api.capabilities import MessagePage, MessageReader
from providers.api.unparsed import Unparsed, parsed
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Conversation
from providers.upstreams import Upstreams


class MessageLookups:
    """Look-ups that fetches make in the store before they store anything: one for all that run side by side."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._coverages: Coalesced[ObjectKey, MessageCoverage] = Coalesced(self._load_coverages)
        self._listed: Coalesced[ObjectKey, bool] = Coalesced(store.messages.listed)
        self._without_history: Coalesced[ObjectKey, bool] = Coalesced(self._load_without_history)

    async def coverage(self, conversation: ObjectKey) -> MessageCoverage | None:
        return (await self._coverages.get_many([conversation])).get(conversation)

    async def has_history(self, conversation: ObjectKey) -> bool:
        """Return whether a conversation may have messages from before its account was connected."""
        return conversation not in await self._without_history.get_many([conversation])

    async def listed(self, messages: Sequence[ObjectKey]) -> dict[ObjectKey, bool]:
        """Return what `Messages.listed` returns."""
        found = await self._listed.get_many(messages)
        return {key: found[key] for key in messages if key in found}

    async def _load_coverages(self, keys: Sequence[ObjectKey]) -> dict[ObjectKey, MessageCoverage]:
        found = await self._store.message_coverages.get_many(Visibility.unrestricted(), keys)
        return {each.conversation: each for each in found if each is not None}

    async def _load_without_history(self, keys: Sequence[ObjectKey]) -> dict[ObjectKey, bool]:
        return dict.fromkeys(await self._store.conversations.without_history(keys), True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessagesFetch(Fetch[Descent]):
    repositories: Store
    lookups: MessageLookups
    reader: MessageReader
    account: Account
    conversation: Conversation

    async def store(self, record: Record, fetched: Descent, times: FetchTimes) -> str | None:
        (digest,) = await self.store_many(record, [Fetched(fetch=self, result=fetched, times=times)])
        return digest

    async def store_many(self, record: Record, fetched: Sequence[Fetched[Self, Descent]]) -> list[str | None]:
        descents = [
            FetchedDescent(account=each.fetch.account, conversation=each.fetch.conversation, descent=each.result)
            for each in fetched
        ]
        connected = await DescentStore(self.repositories).put(record, descents)
        return [
            each.result.digest if is_connected else None for each, is_connected in zip(fetched, connected, strict=True)
        ]

    async def _descend(self, skip: int, is_reached: Callable[[Descent], bool]) -> Descent:
        """Fetch pages from `skip` on until they are enough; at least one."""
        descent = Descent(from_top=skip == 0)
        async for page in self.reader.list_messages(self.account, self.conversation, skip):
            if await self._is_enough(descent, parsed(page), is_reached):
                break
        return descent

    async def _is_enough(self, descent: Descent, page: MessagePage, is_reached: Callable[[Descent], bool]) -> bool:
        """Add a page; return whether no further one is needed."""
        descent.add(page)
        descent.note(await self.lookups.listed([message.key for message in page.messages]))
        return page.is_last or is_reached(descent)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestMessagesFetch(_MessagesFetch):
    """Its digest is of a descent that needed one page only, and says how far back that was to reach."""

    since: datetime | None

    async def fetch(self, times: FetchTimes) -> Descent | Unchanged:
        descent, target = Descent(from_top=True), None
        async for page in self.reader.list_messages(self.account, self.conversation):
            if target is None:
                digest = self._digest(page)
                if digest is not None and digest.covers(times.digest):
                    return UNCHANGED
                target = await self._target()
                is_enough = await self._is_enough(descent, parsed(page), target.is_reached)
                descent.digest = str(digest) if is_enough and digest is not None else None
            else:
                is_enough = await self._is_enough(descent, parsed(page), target.is_reached)
            if is_enough:
                break
        return descent

    async def _target(self) -> DownTo:
        key = self.conversation.key
        known = await self.lookups.coverage(key)
        has_history = self.since is None or await self.lookups.has_history(key)
        return DownTo(known=known, since=self.since, has_history=has_history)

    def _digest(self, page: MessagePage | Unparsed[MessagePage]) -> "PageDigest | None":
        if not isinstance(page, Unparsed):
            return None
        return PageDigest(body=combined([self.mapping, page.digest]), since=self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDigest:
    """The digest of the only page of a descent that went down to `since`, if that is not None."""

    body: str
    since: datetime | None

    def __str__(self) -> str:
        return self.body if self.since is None else f"{self.body} {self.since.isoformat()}"

    def covers(self, stored: str | None) -> bool:
        """Return whether a descent with this digest would end as the one with the stored digest did.

        If that went further back, it found this one's target, too.
        """
        if stored is None:
            return False
        body, _, since = stored.partition(" ")
        if body != self.body:
            return False
        return self.since is None or (bool(since) and datetime.fromisoformat(since) <= self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderMessagesFetch(_MessagesFetch):
    """Never logged: its key names a position of the list, and each is fetched once."""

    is_logged: ClassVar[bool] = False

    coverage: MessageCoverage
    wanted: int

    async def fetch(self, times: FetchTimes) -> Descent:  # noqa: ARG002
        skip = await self.repositories.messages.count_above(
            self.account.key, self.conversation.external_id, self.coverage.tail
        )
        target = Further(known=self.coverage, wanted=self.wanted)
        descent = await self._descend(skip, target.is_reached)
        if descent.is_connected(self.coverage):
            return descent
        # The provider lists fewer messages than the store has: the page lay too deep.
        return await self._descend(0, target.is_reached)

    async def store_many(self, record: Record, fetched: Sequence[Fetched[Self, Descent]]) -> list[str | None]:
        # zero-argument super() fails in a dataclass with slots
        await _MessagesFetch.store_many(self, record, fetched)
        for each in fetched:
            newest = (FetchKind.MESSAGES, each.fetch.key.source)
            await self.repositories.read_versions.invalidate_fetches(
                record.transaction, each.fetch.key.provider, [newest]
            )
        return [None] * len(fetched)


def newest_key(account: Account, conversation: Conversation) -> FetchKey:
    """Return the key of the fetch of a conversation's newest messages."""
    source = message_source(account.key, conversation.external_id)
    return FetchKey(provider=account.provider, kind=FetchKind.MESSAGES, source=source)


@dataclass(frozen=True, slots=True)
class MessageFetches:
    """The fetches of a conversation's messages: of the newest, and of older ones."""

    store: Store
    upstreams: Upstreams
    freshness: Freshness
    lookups: MessageLookups

    def newest(self, account: Account, conversation: Conversation, since: datetime | None = None) -> Fetch[Any] | None:
        """Return the fetch of what arrived since the last one; None if the provider lists no messages.

        Without `since`, the first fetch of a conversation takes one page, and later ones go down to the coverage. With
        it, a fetch also goes down to `since`, or to the end of a conversation without history, and a little further
        into what is known: for late messages, which are older than others that were fetched before.
        """
        reader = self._reader(account)
        if reader is None:
            return None
        return NewestMessagesFetch(
            key=newest_key(account, conversation),
            account_keys=(account.key,),
            lifetime=self.freshness.messages.of(account),
            repositories=self.store,
            lookups=self.lookups,
            mapping=self.upstreams[account.provider].mapping,
            reader=reader,
            account=account,
            conversation=conversation,
            since=since,
        )

    def older(
        self, account: Account, conversation: Conversation, coverage: MessageCoverage, wanted: int
    ) -> Fetch[Any] | None:
        """Return the fetch of at least `wanted` messages below the coverage, or all there are; None as in `newest`."""
        reader = self._reader(account)
        if reader is None:
            return None
        source = message_source(account.key, conversation.external_id)
        return OlderMessagesFetch(
            key=FetchKey(provider=account.provider, kind=FetchKind.OLDER_MESSAGES, source=source, below=coverage.tail),
            account_keys=(account.key,),
            lifetime=self.freshness.messages.of(account),
            repositories=self.store,
            lookups=self.lookups,
            mapping=self.upstreams[account.provider].mapping,
            reader=reader,
            account=account,
            conversation=conversation,
            coverage=coverage,
            wanted=wanted,
        )

    def _reader(self, account: Account) -> MessageReader | None:
        upstream = self.upstreams.get(account.provider)
        return None if upstream is None else upstream.can(MessageReader)
