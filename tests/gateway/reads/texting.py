"""Texting at an upstream whose order is its own, read by the gateway's readers over a real store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.config import FreshSeconds, UsableSeconds
from gateway.events.hub import Hub
from gateway.events.recorder import Recorder
from gateway.reads.fetch import Freshness, Lifetime
from gateway.reads.message_pages import MessagePages
from gateway.reads.poller import MAX_CONCURRENCY
from gateway.reads.session import ReadServices, ReadSession
from gateway.storage import Cipher, Store, Visibility
from providers.api.capabilities import Grant
from providers.domain.criteria import ConversationCriteria, MessageCriteria
from providers.domain.entities import Account, Conversation, Message, MessageDirection, MessageStatus
from providers.domain.pages import Page, PageRequest
from providers.domain.viewer import Viewer
from providers.testing.core import make_core
from providers.upstreams import Upstream
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import NUMBER, PAPERS, Paper, PaperProvider, PaperSettings


@dataclass
class Texting:
    """One account. The upstream orders by time cut to `grain`, and within that by the rank that a message drew."""

    clock: Clock
    store: Store
    paper: Paper
    upstream: Upstream
    grain: timedelta = timedelta(microseconds=1)
    key: str = field(default_factory=lambda: uuid4().hex)
    ranks: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freshness = Freshness.configured(FreshSeconds(), UsableSeconds())
        upstreams = {"paper": self.upstream}
        self.recorder = Recorder(self.store, Hub(self.store), self.clock)
        self.reads = ReadServices.over(self.store, upstreams, self.recorder, freshness, self.clock)

    async def connect(self) -> None:
        """For the first time, or again."""
        async with self.recorder.record() as record:
            account = Account(key=self.key, provider="paper", user_id="ada")
            grant = Grant(external_id=self.key)
            self.account = await AccountLifecycle(self.store, self.clock).connected(record, account, grant)

    def begin(self, name: str) -> Conversation:
        """A conversation that the upstream has from now on."""
        conversation = Conversation(
            account_key=self.key,
            external_id=f"{self.key}-{name}",
            contact_external_id=None,
            from_number=NUMBER,
            synced_at=NOON,
        )
        self.paper.conversations.setdefault(self.key, []).append(conversation)
        self.paper.messages[conversation.external_id] = []
        return conversation

    def arrive(self, conversation: Conversation, at: datetime, rank: int, name: str | None = None) -> Message:
        """A message that the upstream lists where its time and rank belong."""
        messages = self.paper.messages[conversation.external_id]
        message = Message(
            account_key=self.key,
            conversation_external_id=conversation.external_id,
            external_id=name or f"{rank:04}-{uuid4().hex}",
            direction=MessageDirection.INBOUND,
            status=MessageStatus.RECEIVED,
            text="Hello",
            from_number="+12025550199",
            to_number=NUMBER,
            created_at=at,
        )
        self.ranks[message.external_id] = rank
        messages.append(message)
        messages.sort(key=self._place, reverse=True)
        return message

    async def send(self, conversation: Conversation, at: datetime, rank: int) -> Message:
        """A message that is sent from here, and stored as `sendMessage` does."""
        message = replace(self.arrive(conversation, at, rank), direction=MessageDirection.OUTBOUND)
        async with self.recorder.record() as record:
            changes = await self.store.messages.put(record.transaction, [message])
            record.announce_messages(self.account, [change.entity for change in changes if change.is_new])
        return message

    async def list_conversations(self) -> None:
        fetches = self.reads.account_lists.conversations([self.account])
        assert await self.reads.refresher.refresh(fetches, force=True) == []

    async def look(self) -> None:
        """Look for messages as the poller does."""
        await self.list_conversations()
        of_account = ConversationCriteria(account_keys=(self.key,))
        conversations = await self.store.conversations.all(Visibility.unrestricted(), of_account)
        fetches = [self.reads.messages.newest(self.account, each, since=self.clock()) for each in conversations]
        due = [replace(each, lifetime=Lifetime(fresh=0, usable=0)) for each in fetches if each is not None]
        assert await self.reads.refresher.refresh_together(due, MAX_CONCURRENCY) == []

    async def page(self, conversation: Conversation, request: PageRequest, *, force: bool = True) -> Page[Message]:
        [page] = await self._pages(force).of_conversations([(self.key, conversation.external_id)], request)
        assert isinstance(page, Page), page
        return page

    async def across(self, request: PageRequest) -> Page[Message]:
        criteria = MessageCriteria(account_keys=(self.key,))
        return await self._pages(force=True).across([self.account.key], criteria, request)

    async def announced(self) -> list[str]:
        """The ids of the messages of the account that were announced, in that order."""
        entries = await self.store.feed.after(Visibility.unrestricted(), 0, 1_000_000)
        return [each.external_id for each in entries if each.kind == "message" and each.account_key == self.key]

    def listed(self, *conversations: Conversation) -> set[str]:
        """The ids of all messages that the upstream has of the conversations."""
        return {message.external_id for each in conversations for message in self.paper.messages[each.external_id]}

    def _pages(self, force: bool) -> MessagePages:
        session = ReadSession(
            services=self.reads,
            viewer=Viewer("ada", frozenset({"admin"})),
            visibility=Visibility.unrestricted(),
            force=force,
            started_at=self.reads.now(),
        )
        return MessagePages(session)

    def _place(self, message: Message) -> tuple[Any, ...]:
        return (message.created_at - NOON) // self.grain, self.ranks[message.external_id]


@asynccontextmanager
async def texting(store_url: str) -> AsyncIterator[Texting]:
    name, clock, core = uuid4().hex, Clock(), make_core("paper")
    store = await Store.open(store_url, Cipher([bytes(32)]), clock)
    paper = PAPERS[name] = Paper()
    provider = PaperProvider(PaperSettings(plugin="paper", upstream=name), core)
    try:
        yield Texting(clock, store, paper, Upstream("paper", "paper", provider, core.http))
    finally:
        del PAPERS[name]
        await store.aclose()
        await core.http.aclose()


def fresh(folder: Path, migrated: Path) -> str:
    """The URL of a new store."""
    path = folder / f"{uuid4().hex}.db"
    path.write_bytes(migrated.read_bytes())
    return f"sqlite:///{path}"
