"""The poller: fetches what listeners listen to, for those whose provider does not push it.

Each account with a listener is polled every `poll_seconds` of its provider: the lists of its conversations and of its
contacts, and those conversations that are due. The longer a conversation has been quiet, the less often it is due, but
once a minute at least.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from gateway.aio.background import BackgroundService, every
from gateway.aio.tasks import cancel
from gateway.events.hub import Hub
from gateway.events.listeners import Listener, Listeners
from gateway.reads.fetch import Fetch
from gateway.reads.session import ReadServices
from gateway.storage import FeedEntry, Visibility
from gateway.storage.feed import FeedKind
from providers.api.capabilities import MessageReceiver
from providers.domain.criteria import AccountCriteria, ConversationCriteria
from providers.domain.entities import Account, AccountStatus, Conversation
from providers.domain.errors import StoreUnavailable
from providers.upstreams import Upstream

MAX_CONCURRENCY = 4
"""Calls for one account that run at the same time."""

_MAX_INTERVAL = timedelta(minutes=1)
_QUIET_SHARE = 10
"""A conversation is due after a tenth of the time that it has been quiet."""

_RECONCILE_SECONDS = 30.0
_MESSAGES = Listener(Visibility.unrestricted(), frozenset({"message"}))
_log = structlog.get_logger(__name__)


class Poller(BackgroundService):
    """Polls the accounts that have listeners. One for each process.

    A round starts to poll further accounts, every _RECONCILE_SECONDS and when a listener joins or an account changes.
    """

    def __init__(self, reads: ReadServices, listeners: Listeners, hub: Hub) -> None:
        super().__init__("poll", every(_RECONCILE_SECONDS), woken=listeners.changed)
        self._reads = reads
        self._listeners = listeners
        self._account_changes = _AccountChanges(hub, listeners)
        self._polls: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        await super().start()
        await self._account_changes.start()

    async def stop(self) -> None:
        await self._account_changes.stop()
        await super().stop()
        await cancel(*self._polls.values())

    async def run_once(self) -> None:
        """Start to poll every account that has a listener and is not polled yet."""
        always = [name for name, upstream in self._reads.upstreams.items() if _polls_always(upstream)]
        accounts = [each for name in always for each in await self._reads.store.accounts.all_connected(name)]
        for visibility, keys in {(each.visibility, each.only_account_keys) for each in self._listeners.distinct}:
            accounts += await self._accounts(visibility, keys)
        for account in accounts:
            receiver = self._receiver(account)
            if receiver is not None and account.key not in self._polls:
                self._polls[account.key] = asyncio.create_task(self._poll(account, receiver.poll_seconds))

    async def _accounts(self, visibility: Visibility, keys: tuple[str, ...] | None) -> Sequence[Account]:
        """Return the accounts with the keys that are visible; without keys all visible ones that are connected."""
        if keys is not None:
            found = await self._reads.store.accounts.get_many(visibility, [*keys])
            return [each for each in found if each is not None]
        connected = AccountCriteria(statuses=(AccountStatus.CONNECTED,))
        return await self._reads.store.accounts.all(visibility, connected)

    def _receiver(self, account: Account) -> MessageReceiver | None:
        upstream = self._reads.upstreams.get(account.provider)
        return None if upstream is None else upstream.can(MessageReceiver)

    async def _poll(self, account: Account, seconds: float) -> None:
        """Fetch every `seconds` until the account has no listeners or is not connected."""
        started_at = self._reads.now()
        try:
            while True:
                next_poll = asyncio.get_running_loop().time() + seconds
                try:
                    listeners = await self._listeners_of(account.key)
                    if not listeners:
                        return
                    await self._fetch(account, seconds, started_at, listeners)
                except StoreUnavailable as error:
                    _log.warning("account_poll_failed", account=account.key, reason=error.message)
                await asyncio.sleep(max(0.0, next_poll - asyncio.get_running_loop().time()))
        finally:
            del self._polls[account.key]

    async def _listeners_of(self, account_key: str) -> list[Listener]:
        """Return the listeners of an account; none if it is not connected."""
        (account,) = await self._reads.store.accounts.get_many(Visibility.unrestricted(), [account_key])
        if account is None or account.status is not AccountStatus.CONNECTED:
            return []
        always = [_MESSAGES] if _polls_always(self._reads.upstreams[account.provider]) else []
        return always + [each for each in self._listeners.distinct if each.needs_account(account)]

    async def _fetch(
        self, account: Account, seconds: float, started_at: datetime, listeners: Sequence[Listener]
    ) -> None:
        # Half an interval: a poll that starts a little early must not find the last one's list still fresh.
        lists = [_with_fresh_seconds(each, seconds / 2) for each in self._lists(account, listeners)]
        await self._reads.refresher.refresh(lists)
        of_account = ConversationCriteria(account_keys=(account.key,))
        conversations = await self._reads.store.conversations.all(Visibility.unrestricted(), of_account)
        wanted = [each for each in conversations if any(one.needs_messages(each.key) for one in listeners)]
        fetches = await self._message_fetches(account, wanted, seconds, started_at)
        await self._reads.refresher.refresh_together(fetches, MAX_CONCURRENCY)

    def _lists(self, account: Account, listeners: Sequence[Listener]) -> list[Fetch[Any]]:
        """Return the fetches of the lists that listeners need: new messages may be in new conversations."""
        lists, kinds = self._reads.account_lists, frozenset[FeedKind]().union(*(each.kinds for each in listeners))
        return [
            *(lists.contacts([account]) if "contact" in kinds else ()),
            *(lists.conversations([account]) if kinds & {"conversation", "message"} else ()),
        ]

    async def _message_fetches(
        self, account: Account, conversations: Sequence[Conversation], seconds: float, started_at: datetime
    ) -> list[Fetch[Any]]:
        """Return the fetches of conversations. The refresher skips those that are not due: they count as fresh."""
        newest = await self._reads.store.messages.last_by_conversation(
            Visibility.unrestricted(), [each.key for each in conversations]
        )
        fetches = []
        for conversation, message in zip(conversations, newest, strict=True):
            fetch = self._reads.messages.newest(account, conversation, since=started_at)
            last = started_at if message is None else max(started_at, message.created_at)
            if fetch is not None:
                quiet = self._reads.now() - last
                interval = max(timedelta(seconds=seconds), min(_MAX_INTERVAL, quiet / _QUIET_SHARE))
                fetches.append(_with_fresh_seconds(fetch, interval.total_seconds() - seconds / 2))
        return fetches


class _AccountChanges(BackgroundService):
    """Wakes the poller when an account changes: one that was just connected may have listeners."""

    def __init__(self, hub: Hub, listeners: Listeners) -> None:
        super().__init__("account_follow", every(_RECONCILE_SECONDS))
        self._hub = hub
        self._listeners = listeners

    async def run_once(self) -> None:
        position = await self._hub.last()
        async for _ in self._hub.follow(Visibility.unrestricted(), position, _is_of_account):
            self._listeners.changed.set()


def _polls_always(upstream: Upstream) -> bool:
    receiver = upstream.can(MessageReceiver)
    return receiver is not None and receiver.poll_always


def _is_of_account(entry: FeedEntry) -> bool:
    return entry.kind == "account"


def _with_fresh_seconds(fetch: Fetch[Any], seconds: float) -> Fetch[Any]:
    return replace(fetch, lifetime=replace(fetch.lifetime, fresh=seconds))
