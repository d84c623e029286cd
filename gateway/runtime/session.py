"""Sessions: authenticated connections, the contexts of their operations, and the extensions of the answers."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from gateway.aio.batching import BatchLoader
from gateway.auth import Authenticator
from gateway.events.feed_order import FeedOrder
from gateway.events.hub import Hub
from gateway.events.subscriptions import Subscriptions
from gateway.graphql.transport.request import RequestHead
from gateway.graphql.transport.session import Session
from gateway.mutations.viewer_mutations import ViewerMutations
from gateway.reads.lists import Lists
from gateway.reads.loaders import AroundKey, EntityLoaders, PageKey
from gateway.reads.session import ReadSession
from gateway.runtime.process import Process
from gateway.storage import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Contact, Conversation, Meeting, Message, PhoneNumber
from providers.domain.pages import Page, Position
from providers.domain.provider_view import ProviderView
from providers.domain.results import ReadState
from providers.domain.viewer import Authenticated, Viewer, missing_scope
from resolvers.context import Progress

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class DataLoaders:
    """Implements `resolvers.context.Loaders`: collects the keys of one tick for each method of `EntityLoaders`.

    Without the scope read every key is answered with Forbidden.
    """

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._entities = EntityLoaders(session)

    def forget(self) -> None:
        self._session.forget()
        for name in [each for each in self.__dict__ if isinstance(self.__dict__[each], BatchLoader)]:
            del self.__dict__[name]

    def can_detail(self, meeting: Meeting) -> bool:
        # A viewer without the scope read sees the details that a mutation returned, and an error in place of others.
        if not self._session.viewer.may("read"):
            return not meeting.detailed
        return self._entities.are_details_due(meeting)

    @cached_property
    def account_by_key(self) -> BatchLoader[str, Account | None]:
        return self._loader(self._entities.accounts)

    @cached_property
    def meeting_by_id(self) -> BatchLoader[ObjectKey, Meeting | None]:
        return self._loader(self._entities.meetings)

    @cached_property
    def detailed_meeting_by_id(self) -> BatchLoader[ObjectKey, Meeting | None]:
        return self._loader(self._entities.detailed_meetings)

    @cached_property
    def phone_number_by_id(self) -> BatchLoader[ObjectKey, PhoneNumber | None]:
        return self._loader(self._entities.phone_numbers)

    @cached_property
    def contact_by_id(self) -> BatchLoader[ObjectKey, Contact | None]:
        return self._loader(self._entities.contacts)

    @cached_property
    def conversation_by_id(self) -> BatchLoader[ObjectKey, Conversation | None]:
        return self._loader(self._entities.conversations)

    @cached_property
    def message_by_id(self) -> BatchLoader[ObjectKey, Message | None]:
        return self._loader(self._entities.messages)

    @cached_property
    def meeting_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.meeting_positions)

    @cached_property
    def contact_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.contact_positions)

    @cached_property
    def conversation_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.conversation_positions)

    @cached_property
    def message_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.message_positions)

    @cached_property
    def phone_numbers_by_account_key(self) -> BatchLoader[str, Sequence[PhoneNumber]]:
        return self._loader(self._entities.phone_numbers_of_accounts)

    @cached_property
    def messages_by_conversation(self) -> BatchLoader[PageKey, Page[Message]]:
        return self._loader(self._entities.pages_of_messages)

    @cached_property
    def messages_around_by_conversation(self) -> BatchLoader[AroundKey, Page[Message]]:
        return self._loader(self._entities.pages_around_messages)

    @cached_property
    def last_activity_by_conversation(self) -> BatchLoader[ObjectKey, datetime | None]:
        return self._loader(self._entities.last_activities)

    @cached_property
    def read_state_by_conversation(self) -> BatchLoader[ObjectKey, ReadState]:
        return self._loader(self._entities.read_states)

    @cached_property
    def unread_conversations_by_account_key(self) -> BatchLoader[str, int | None]:
        return self._loader(self._entities.unread_conversations)

    @cached_property
    def last_message_by_conversation(self) -> BatchLoader[ObjectKey, Message | None]:
        return self._loader(self._entities.last_messages)

    @cached_property
    def conversations_by_contact(self) -> BatchLoader[PageKey, Page[Conversation]]:
        return self._loader(self._entities.pages_of_conversations)

    @cached_property
    def calendar_authorization_url_by_account_key(self) -> BatchLoader[str, str | None]:
        return self._loader(self._entities.calendar_authorization_urls)

    def _loader(self, load_many: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]]) -> BatchLoader[K, V]:
        return BatchLoader(load_many if self._session.viewer.may("read") else self._refuse)

    async def _refuse(self, keys: Sequence[Hashable]) -> Sequence[Exception]:
        return [missing_scope("read")] * len(keys)


class OperationContext:
    """Implements `resolvers.context.Context`.

    With `force` everything is refreshed, however fresh it is; with `shows_cost` a result says what it cost.

    What a resolver doesn't use is not made: a mutation has no read session until its payload shows more than its
    result, and a query writes nothing.
    """

    def __init__(
        self,
        process: Process,
        providers: Mapping[str, ProviderView],
        viewer: Viewer,
        *,
        force: bool,
        order: FeedOrder,
        shows_cost: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.viewer = viewer
        self.providers = providers
        self.progress = progress or Progress()
        self.now = process.now
        self.force = force
        self.shows_cost = shows_cost
        self._process = process
        self._order = order
        self._started_at = process.now()

    @cached_property
    def load(self) -> DataLoaders:
        return DataLoaders(self._session)

    @cached_property
    def read(self) -> Lists:
        return Lists(self._session)

    @cached_property
    def write(self) -> ViewerMutations:
        return ViewerMutations(self._process.mutations, self.viewer, self.visibility)

    @cached_property
    def events(self) -> Subscriptions:
        process = self._process
        return Subscriptions(
            lookup=process.events,
            hub=process.hub,
            listeners=process.listeners,
            cursors=process.cursors,
            viewer=self.viewer,
            visibility=self.visibility,
            order=self._order,
            now=process.now,
        )

    @cached_property
    def visibility(self) -> Visibility:
        return Visibility.unrestricted() if self.viewer.is_admin else Visibility.of(self.viewer.user_id)

    def stale(self) -> Sequence[Mapping[str, object]]:
        """Return the entries of `extensions.stale`."""
        return list(self._session.stale.entries.values()) if "_session" in self.__dict__ else ()

    def for_event(self) -> "OperationContext":
        """Return a new context for the same viewer, at the event that is being sent."""
        progress = Progress(self.progress.event)
        return OperationContext(
            self._process, self.providers, self.viewer, force=self.force, order=self._order, progress=progress
        )

    @cached_property
    def _session(self) -> ReadSession:
        return ReadSession(
            services=self._process.reads,
            viewer=self.viewer,
            visibility=self.visibility,
            force=self.force,
            started_at=self._started_at,
        )


@dataclass(frozen=True, slots=True)
class Operations:
    """Creates contexts. `force` and `shows_cost` are requested by clients."""

    process: Process
    providers: Mapping[str, ProviderView]

    def context(
        self, viewer: Viewer, *, force: bool, shows_cost: bool = False, order: FeedOrder | None = None
    ) -> OperationContext:
        """Return a context. `order` is that of the operation's connection, without which it has one of its own."""
        return OperationContext(
            self.process,
            self.providers,
            viewer,
            force=force,
            shows_cost=shows_cost,
            order=order or FeedOrder(self.process.hub),
        )


@dataclass(frozen=True, slots=True)
class LimitedUsers:
    """The users that rate limit and quotas count by: the viewers; None in an open gateway, which has one user."""

    is_shared: bool

    def of(self, viewer: Viewer) -> str | None:
        return viewer.user_id if self.is_shared else None

    def of_context(self, context: OperationContext) -> str | None:
        return self.of(context.viewer)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Authenticates connections."""

    operations: Operations
    authenticator: Authenticator
    users: LimitedUsers

    async def open(self, head: RequestHead, params: Mapping[str, object] | None) -> Session[OperationContext]:
        """Return the session of a request or WebSocket; `params` is the payload of `connection_init`.

        Raise Unauthenticated, and other DomainErrors if the credentials can't be verified now.
        """
        sent = (params or {}).get("authorization")
        header = sent if isinstance(sent, str) else head.get(b"authorization")
        authenticated = await self.authenticator.authenticate(header)
        authorization = _Authorization(
            self,
            header,
            authenticated,
            force=_wants_fresh(head),
            shows_cost=_wants_cost(head, params),
            order=_feed_order(self.operations.process.hub, head, params),
        )
        return Session(
            context=authorization.context,
            viewer=self.users.of(authenticated.viewer),
            expires_at=authenticated.expires_at,
            is_good=authorization.is_good,
            cursor=_cursor,
        )


@dataclass(frozen=True, slots=True)
class _Authorization:
    """The rights of one connection: the header that it was opened with, and the viewer that it authenticates."""

    sessions: Sessions
    header: str | None
    authenticated: Authenticated
    force: bool
    shows_cost: bool
    order: FeedOrder

    def context(self) -> OperationContext:
        return self.sessions.operations.context(
            self.authenticated.viewer, force=self.force, shows_cost=self.shows_cost, order=self.order
        )

    async def is_good(self) -> bool:
        return await self.sessions.authenticator.is_still_valid(self.header)


def _wants_fresh(head: RequestHead) -> bool:
    """Return whether the client sent no-cache. Browsers send it with every WebSocket: there it means nothing."""
    return not head.is_websocket and "no-cache" in (head.get(b"cache-control") or "")


def _wants_cost(head: RequestHead, params: Mapping[str, object] | None) -> bool:
    """Return whether the client sent `x-cost: 1`: browsers can send no header with a WebSocket, but a payload."""
    return head.get(b"x-cost") == "1" or (params or {}).get("x-cost") == "1"


def _feed_order(hub: Hub, head: RequestHead, params: Mapping[str, object] | None) -> FeedOrder:
    """Return the order of a connection's subscriptions: only a WebSocket has several.

    A browser sends the id of an event stream's last event when it connects again.
    """
    if head.is_websocket:
        return FeedOrder(hub, (params or {}).get("after"))
    return FeedOrder(hub, head.get(b"last-event-id") or None, settling_seconds=0)


def _cursor(context: OperationContext) -> str | None:
    event = context.progress.event
    return None if event is None else event.cursor


class SubscriberContexts:
    """Implements `EventContexts`: viewers with equal ids and scopes have one audience, apart from those who `force`."""

    def audience(self, context: OperationContext) -> Hashable | None:
        event = context.progress.event
        # An entry may be sent as a message, or as its conversation.
        shown = None if event is None else (event.cursor, event.entity.__class__)
        return context.viewer, context.visibility, context.force, shown

    def for_event(self, context: OperationContext) -> OperationContext:
        return context.for_event()


def extensions(context: OperationContext) -> Mapping[str, object]:
    """Return the extensions of an answer: what is stale in it, and the cursor of an event."""
    stale, event = context.stale(), context.progress.event
    return {**({"stale": stale} if stale else {}), **({"cursor": event.cursor} if event else {})}
