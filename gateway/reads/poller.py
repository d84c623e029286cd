"""The poller: looks for messages where somebody listens and the provider does not tell by itself.

An account that is listened for is looked at every `poll_seconds` of its provider: its list of conversations, and those
conversations whose turn it is. One that has been quiet for long has its turn more rarely, once a minute at the least.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from gateway.aio.background import BackgroundService, every
from gateway.aio.tasks import cancel
from gateway.events.hub import Hub
from gateway.events.listeners import Listener, Listeners
from gateway.reads.account_lists import AccountLists
from gateway.reads.fetch import Fetch
from gateway.reads.messages import MessageFetches
from gateway.reads.refresher import Refresher
from gateway.reads.request_cache import ALL_ROWS
from gateway.storage import FeedEntry, Store, Visibility
from providers.api.capabilities import MessageReceiver
from providers.domain.criteria import AccountCriteria, ConversationCriteria, ObjectKey
from providers.domain.entities import Account, AccountStatus, Conversation
from providers.domain.errors import StoreUnavailable
from providers.upstreams import Upstream, Upstreams

MAX_CONCURRENCY = 4
"""Calls for one account that go on at the same time."""

_LONGEST = timedelta(minutes=1)
_QUIET_SHARE = 10
"""A conversation has its turn after a tenth of the time that it has been quiet."""

_RECONCILE_SECONDS = 30.0
_EVERYTHING = Listener(Visibility.unrestricted())
_log = structlog.get_logger(__name__)


class Poller(BackgroundService):
    """Polls the accounts that someone listens for; one per process."""

    def __init__(
        self,
        *,
        store: Store,
        upstreams: Upstreams,
        refresher: Refresher,
        directory: AccountLists,
        reading: MessageFetches,
        audience: Listeners,
        hub: Hub,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("poll", every(_RECONCILE_SECONDS), woken=audience.changed)
        self._store = store
        self._upstreams = upstreams
        self._refresher = refresher
        self._directory = directory
        self._reading = reading
        self._audience = audience
        self._connections = _ConnectedAccounts(hub, audience)
        self._now = now
        self._watches: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        await super().start()
        await self._connections.start()

    async def stop(self) -> None:
        await self._connections.stop()
        await super().stop()
        await cancel(*self._watches.values())

    async def run_once(self) -> None:
        """Begin to poll every account that someone listens for and that is not polled yet."""
        always = [name for name, upstream in self._upstreams.items() if _polls_always(upstream)]
        accounts = [each for name in always for each in await self._store.accounts.all_connected(name)]
        for listener in list(self._audience.listeners):
            accounts += await self._accounts(listener)
        for account in accounts:
            receiver = self._receiver(account)
            if receiver is not None and account.key not in self._watches:
                self._watch(account, receiver)

    async def _accounts(self, listener: Listener) -> Sequence[Account]:
        key = listener.conversation[0] if listener.conversation else listener.account_key
        if key is not None:
            found = await self._store.accounts.get_many(listener.visibility, [key])
            return [each for each in found if each is not None]
        connected = AccountCriteria(statuses=(AccountStatus.CONNECTED,))
        return (await self._store.accounts.page(listener.visibility, connected, ALL_ROWS)).nodes

    def _receiver(self, account: Account) -> MessageReceiver | None:
        upstream = self._upstreams.get(account.provider)
        return None if upstream is None else upstream.can(MessageReceiver)

    def _watch(self, account: Account, receiver: MessageReceiver) -> None:
        self._watches[account.key] = asyncio.create_task(self._keep_watch(account, receiver.poll_seconds))

    async def _keep_watch(self, account: Account, seconds: float) -> None:
        try:
            await self._look_again_and_again(account, seconds)
        finally:
            del self._watches[account.key]

    async def _look_again_and_again(self, account: Account, seconds: float) -> None:
        """Until nobody listens for the account any more, or it is not connected."""
        begun = self._now()
        while True:
            next_look = asyncio.get_running_loop().time() + seconds
            try:
                wanted = await self._wanted(account.key)
                if not wanted:
                    return
                await self._look(account, seconds, begun, wanted)
            except StoreUnavailable as error:
                _log.warning("inbox_unreadable", account=account.key, reason=error.message)
            await asyncio.sleep(max(0.0, next_look - asyncio.get_running_loop().time()))

    async def _wanted(self, account_key: str) -> list[Listener]:
        """Who listens for the account; nobody where it is not connected."""
        (account,) = await self._store.accounts.get_many(Visibility.unrestricted(), [account_key])
        if account is None or account.status is not AccountStatus.CONNECTED:
            return []
        always = [_EVERYTHING] if _polls_always(self._upstreams[account.provider]) else []
        return always + [each for each in self._audience.listeners if _listens_for(each, account)]

    async def _look(self, account: Account, seconds: float, begun: datetime, listeners: Sequence[Listener]) -> None:
        lists = [replace(part, fresh_seconds=seconds / 2) for part in self._directory.conversations([account])]
        await self._refresher.refresh(lists)
        of_account = ConversationCriteria(account_keys=(account.key,))
        conversations = (await self._store.conversations.page(Visibility.unrestricted(), of_account, ALL_ROWS)).nodes
        wanted = [each for each in conversations if any(listener.wants(_key(each)) for listener in listeners)]
        parts = await self._due(account, wanted, seconds, begun)
        await self._refresher.refresh_together(parts, MAX_CONCURRENCY)

    async def _due(
        self, account: Account, conversations: Sequence[Conversation], seconds: float, begun: datetime
    ) -> list[Fetch]:
        """What to read: the Refresher passes over what was read less than its conversation's interval ago."""
        newest = await self._store.messages.last_by_conversation(
            Visibility.unrestricted(), [_key(each) for each in conversations]
        )
        parts = []
        for conversation, message in zip(conversations, newest, strict=True):
            part = self._reading.newest(account, conversation, since=begun)
            last = begun if message is None else max(begun, message.created_at)
            if part is not None:
                interval = max(timedelta(seconds=seconds), min(_LONGEST, (self._now() - last) / _QUIET_SHARE))
                parts.append(replace(part, fresh_seconds=interval.total_seconds() - seconds / 2))
        return parts


class _ConnectedAccounts(BackgroundService):
    """Wakes the poller when an account changes: one that was just connected may have listeners already."""

    def __init__(self, hub: Hub, audience: Listeners) -> None:
        super().__init__("account_follow", every(_RECONCILE_SECONDS))
        self._hub = hub
        self._audience = audience

    async def run_once(self) -> None:
        place = await self._hub.last()
        async for _ in self._hub.follow(Visibility.unrestricted(), place, _is_account):
            self._audience.changed.set()


def _is_account(entry: FeedEntry) -> bool:
    return entry.kind == "account"


def _polls_always(upstream: Upstream) -> bool:
    receiver = upstream.can(MessageReceiver)
    return receiver is not None and receiver.poll_always


def _listens_for(listener: Listener, account: Account) -> bool:
    key = listener.conversation[0] if listener.conversation else listener.account_key
    return listener.visibility.sees(account.user_id) and key in (None, account.key)


def _key(conversation: Conversation) -> ObjectKey:
    return conversation.account_key, conversation.external_id
