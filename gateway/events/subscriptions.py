"""Subscriptions: the change feed as one viewer follows it."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from gateway.events.cursors import EventCursors
from gateway.events.event_lookup import EventLookup
from gateway.events.hub import Hub
from gateway.events.listeners import Listener, Listeners
from gateway.storage import FeedEntry, Visibility
from gateway.storage.feed import FeedKind
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Entity, Meeting, Message
from providers.domain.errors import BadUserInput
from providers.domain.results import Event
from providers.domain.viewer import Viewer

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Implements `resolvers.context.Events`.

    Entities are returned as they are stored when their event is sent, or was sent to another subscriber a moment ago.
    """

    lookup: EventLookup
    hub: Hub
    listeners: Listeners
    cursors: EventCursors
    viewer: Viewer
    visibility: Visibility

    def messages(
        self, conversation: ObjectKey | None, account_key: str | None, after: str | None
    ) -> AsyncGenerator[Event[Message], None]:
        listening = self.listeners.joined(Listener(self.visibility, account_key, conversation))
        return self._events(Message, _Filter("message", account_key, conversation), after, listening)

    def meetings(self, account_key: str | None, after: str | None) -> AsyncGenerator[Event[Meeting], None]:
        return self._events(Meeting, _Filter("meeting", account_key), after, nullcontext())

    def accounts(self, after: str | None) -> AsyncGenerator[Event[Account], None]:
        return self._events(Account, _Filter("account"), after, nullcontext())

    async def _events(
        self, model: type[E], wanted: "_Filter", after: str | None, listening: AbstractContextManager[None]
    ) -> AsyncGenerator[Event[E], None]:
        self.viewer.require("read")
        with listening:
            async for entry in self.hub.follow(self.visibility, await self._start(after), wanted.matches):
                event = await self.lookup.event(self.visibility, model, entry)
                if event is not None:
                    yield event

    async def _start(self, after: str | None) -> int:
        """Return the position of a cursor. Raise BadUserInput if entries that follow it were deleted meanwhile."""
        last = await self.hub.last()
        if after is None:
            return last
        position = self.cursors.read(after)
        first = await self.hub.first()
        if position > last or (first is not None and position < first - 1):
            raise BadUserInput("after: the events after this cursor are no longer available.", path=("after",))
        return position


@dataclass(frozen=True, slots=True)
class _Filter:
    """Selects entries of a kind, and of an account or a conversation if one is given."""

    kind: FeedKind
    account_key: str | None = None
    conversation: ObjectKey | None = None

    def matches(self, entry: FeedEntry) -> bool:
        return (
            entry.kind == self.kind
            and self.account_key in (None, entry.account_key)
            and self.conversation in (None, (entry.scope, entry.conversation))
        )
