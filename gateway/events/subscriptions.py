"""Subscriptions: the feed as one viewer follows it."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass

from gateway.events.cursors import EventCursors
from gateway.events.hub import Hub
from gateway.events.listeners import Listener, Listeners
from gateway.storage import FeedEntry, Store, Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Meeting, Message
from providers.domain.errors import BadUserInput
from providers.domain.results import Event
from providers.domain.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What happens, as the viewer may see it. Entities are told as they are when they are told."""

    store: Store
    hub: Hub
    audience: Listeners
    cursors: EventCursors
    viewer: Viewer
    visibility: Visibility

    async def messages(
        self, conversation: ObjectKey | None, account_key: str | None, after: str | None
    ) -> AsyncGenerator[Event[Message], None]:
        def wanted(event: FeedEntry) -> bool:
            return (
                event.kind == "message"
                and account_key in (None, event.account_key)
                and conversation in (None, (event.scope, event.conversation))
            )

        with self.audience.joined(Listener(self.visibility, account_key, conversation)):
            async for entry in self._follow(after, wanted):
                (message,) = await self.store.messages.get_many(self.visibility, [_key(entry)])
                if message is not None:
                    yield Event(entity=message, cursor=self.cursors.write(entry.seq))

    async def meetings(self, account_key: str | None, after: str | None) -> AsyncGenerator[Event[Meeting], None]:
        def wanted(event: FeedEntry) -> bool:
            return event.kind == "meeting" and account_key in (None, event.account_key)

        async for entry in self._follow(after, wanted):
            (meeting,) = await self.store.meetings.get_many(self.visibility, [_key(entry)])
            if meeting is not None:
                yield Event(entity=meeting, cursor=self.cursors.write(entry.seq))

    async def accounts(self, after: str | None) -> AsyncGenerator[Event[Account], None]:
        async for entry in self._follow(after, lambda event: event.kind == "account"):
            (account,) = await self.store.accounts.get_many(self.visibility, [entry.scope])
            if account is not None:
                yield Event(entity=account, cursor=self.cursors.write(entry.seq))

    async def _follow(self, after: str | None, wanted: Callable[[FeedEntry], bool]) -> AsyncIterator[FeedEntry]:
        self.viewer.require("read")
        async for entry in self.hub.follow(self.visibility, await self._start(after), wanted):
            yield entry

    async def _start(self, after: str | None) -> int:
        last = await self.hub.last()
        if after is None:
            return last
        place = self.cursors.read(after)
        first = await self.store.feed.first()
        if place > last or (first is not None and place < first - 1):
            raise BadUserInput("after: what came after this event is not known any more.", path=("after",))
        return place


def _key(entry: FeedEntry) -> ObjectKey:
    return entry.scope, entry.external_id
