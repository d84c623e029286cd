"""Subscriptions: the change feed as one viewer follows it."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from gateway.events.cursors import WHOLE, EventCursors, FeedPosition
from gateway.events.event_lookup import EventLookup
from gateway.events.feed_order import FeedOrder, Turn
from gateway.events.hub import Hub
from gateway.events.listeners import Listener, Listeners
from gateway.storage import FeedEntry, Visibility
from gateway.storage.feed import FeedKind
from gateway.storage.meeting_match import is_match
from gateway.storage.previous import meeting_before
from providers.domain.changes import ChangedType, ChangeKind
from providers.domain.criteria import MeetingCriteria, ObjectKey
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting, Message
from providers.domain.errors import CursorExpired
from providers.domain.results import Event
from providers.domain.viewer import Viewer

_Shown = Mapping[FeedKind, type[Entity]]

_MODELS: Mapping[ChangedType, tuple[FeedKind, type[Entity]]] = {
    ChangedType.ACCOUNT: ("account", Account),
    ChangedType.MEETING: ("meeting", Meeting),
    ChangedType.CONTACT: ("contact", Contact),
    ChangedType.CONVERSATION: ("conversation", Conversation),
    ChangedType.MESSAGE: ("message", Message),
}
# There are thousands of subscriptions: they share these.
_ACCOUNTS: _Shown = {"account": Account}
_MEETINGS: _Shown = {"meeting": Meeting}
_CONTACTS: _Shown = {"contact": Contact}
_CONVERSATIONS: _Shown = {"conversation": Conversation, "message": Conversation}
_MESSAGES: _Shown = {"message": Message}
_ADDED = frozenset({ChangeKind.ADDED})
_PRESENT = frozenset({ChangeKind.ADDED, ChangeKind.CHANGED})
_ALL = frozenset(ChangeKind)
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)

MeetingFilter = Callable[[datetime], MeetingCriteria]
"""Returns the criteria of a filter at a time: without bounds a filter's window begins today."""


@dataclass(frozen=True, slots=True, kw_only=True)
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
    order: FeedOrder
    now: Callable[[], datetime]

    async def cursor(self) -> str:
        self.viewer.require("read")
        return self.cursors.write_now(await self.hub.last())

    def starting(self) -> AbstractContextManager[None]:
        return self.order

    def messages(
        self, conversation: ObjectKey | None, account_keys: tuple[str, ...] | None, after: str | None
    ) -> AsyncGenerator[Event[Message], None]:
        return self._events(_Wanted(_MESSAGES, _ADDED, account_keys, conversation), after)

    def meetings(
        self, account_keys: tuple[str, ...] | None, filter: MeetingFilter | None, after: str | None
    ) -> AsyncGenerator[Event[Meeting], None]:
        return self._events(_Wanted(_MEETINGS, _PRESENT, account_keys, filter=filter), after)

    def accounts(self, after: str | None) -> AsyncGenerator[Event[Account], None]:
        return self._events(_Wanted(_ACCOUNTS, _PRESENT), after)

    def contacts(self, account_keys: tuple[str, ...] | None, after: str | None) -> AsyncGenerator[Event[Contact], None]:
        return self._events(_Wanted(_CONTACTS, _PRESENT, account_keys), after)

    def conversations(
        self, account_keys: tuple[str, ...] | None, after: str | None
    ) -> AsyncGenerator[Event[Conversation], None]:
        return self._events(_Wanted(_CONVERSATIONS, _PRESENT, account_keys), after)

    def changes(
        self, account_keys: tuple[str, ...] | None, types: frozenset[ChangedType], after: str | None
    ) -> AsyncGenerator[Event[Any], None]:
        shown = dict(_MODELS[each] for each in ChangedType if each in types)
        if "conversation" in shown:
            shown.setdefault("message", Conversation)
        return self._events(_Wanted(shown, _ALL, account_keys), after)

    async def _events(self, wanted: "_Wanted", after: str | None) -> AsyncGenerator[Event[Any], None]:
        self.viewer.require("read")
        with self._listening(wanted), await self._turn(wanted, after) as turn:
            async for entry in self.hub.follow(self.visibility, turn.start, wanted.includes, turn):
                model = wanted.shown[entry.kind]
                entity = await self.lookup.entity(self.visibility, model, entry)
                if entity is not None and wanted.admits(entity, entry, self.now()):
                    await turn.come()
                    cursor = self.cursors.write(entry.seq, turn.place)
                    yield Event(entity=entity, cursor=cursor, change=_change_of(entry, model))

    async def _turn(self, wanted: "_Wanted", after: str | None) -> Turn:
        """Let a subscription join the others of its connection. Raise BadUserInput, and CursorExpired."""
        with self.order:
            cursors = self._cursors(after)
            newest = await self.hub.last()
            oldest = await self.hub.first() if cursors else None
            # Nothing is awaited from here on: two that start at the same time must not get the same place.
            place = self.order.place(wanted.subject)
            start = max((cursor.start(place) for cursor in cursors), default=None)
            if start is not None and (start > newest or (oldest is not None and start < oldest - 1)):
                raise CursorExpired("after: the events after this cursor are no longer available.", path=("after",))
            return self.order.join(place, newest if start is None else start, replays=start is not None)

    def _cursors(self, after: str | None) -> list[FeedPosition]:
        """Return the positions to start after: the newer of them counts. Raise BadUserInput.

        The subscription's own one stands for the whole of its entry; that of the connection may be within one.
        """
        own = [] if after is None else [self.cursors.read(after)._replace(place=WHOLE)]
        given = self.order.after
        if given is None:
            return own
        return [*own, self.cursors.read(given if isinstance(given, str) else "")]

    def _listening(self, wanted: "_Wanted") -> AbstractContextManager[object]:
        """Let the poller look for what is wanted."""
        kinds = _polled(frozenset(wanted.shown))
        if not kinds:
            return nullcontext()
        return self.listeners.joined(Listener(self.visibility, kinds, wanted.account_keys, wanted.conversation))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Selects entries: of the kinds in `shown`, each shown as a type of entities, and of some changes.

    With `account_keys` or a conversation, only entries of these; with a filter, only meetings that match it now or did
    so before the change.
    """

    shown: _Shown
    changes: frozenset[ChangeKind]
    account_keys: tuple[str, ...] | None = None
    conversation: ObjectKey | None = None
    filter: MeetingFilter | None = None

    @property
    def subject(self) -> object:
        """The identity of a subscription, equal in every process: it has no times, and no order of sets."""
        return (
            [(kind, model.__name__) for kind, model in self.shown.items()],
            len(self.changes),
            self.account_keys,
            self.conversation,
            None if self.filter is None else self.filter(_SOME_TIME),
        )

    def includes(self, entry: FeedEntry) -> bool:
        return (
            entry.kind in self.shown
            and entry.change in self.changes
            and (self.account_keys is None or entry.account_key in self.account_keys)
            and self.conversation in (None, (entry.scope, entry.conversation))
        )

    def admits(self, entity: Entity, entry: FeedEntry, now: datetime) -> bool:
        """Return whether the filter does. An earlier version didn't note what a meeting was before: it may have."""
        if self.filter is None or not isinstance(entity, Meeting):
            return True
        criteria = self.filter(now)
        is_matching = is_match(entity, criteria, now)
        if is_matching or entry.change is ChangeKind.ADDED:
            return is_matching
        return entry.previous is None or is_match(meeting_before(entity, entry.previous), criteria, now)


@cache
def _polled(kinds: frozenset[FeedKind]) -> frozenset[FeedKind]:
    """Return the kinds of entries that the poller may find: conversations are shown with their contacts."""
    with_contacts: frozenset[FeedKind] = kinds | ({"contact"} if "conversation" in kinds else set())
    return with_contacts & {"contact", "conversation", "message"}


def _change_of(entry: FeedEntry, model: type[Entity]) -> ChangeKind:
    """Return what happened to the entity that is shown: a conversation changes by each of its messages."""
    is_part = entry.kind == "message" and model is Conversation
    return ChangeKind.CHANGED if is_part else entry.change
