"""The contexts of operations, and the extensions of their answers."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway.events.feed_order import FeedOrder
from gateway.events.subscriptions import Subscriptions
from gateway.mutations.viewer_mutations import ViewerMutations
from gateway.reads.lists import Lists
from gateway.reads.session import ReadSession
from gateway.runtime.data_loaders import DataLoaders
from gateway.runtime.process import Process
from gateway.storage import Visibility
from providers.domain.provider_view import ProviderView
from providers.domain.viewer import Viewer
from resolvers.context import Progress


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


class SubscriberContexts:
    """Implements `EventContexts`: viewers with equal ids and scopes have one audience, apart from those who `force`."""

    def audience(self, context: OperationContext) -> Hashable | None:
        event = context.progress.event
        # An entry may be sent as a message, or as its conversation.
        shown = None if event is None else (event.cursor, event.entity.__class__)
        return context.viewer, context.visibility, context.force, shown

    def for_event(self, context: OperationContext) -> OperationContext:
        return context.for_event()


def cursor_of(context: OperationContext) -> str | None:
    """Return the cursor of the event that is being sent; None before the first one."""
    event = context.progress.event
    return None if event is None else event.cursor


def extensions(context: OperationContext) -> Mapping[str, object]:
    """Return the extensions of an answer: what is stale in it, and the cursor of an event."""
    stale, cursor = context.stale(), cursor_of(context)
    return {**({"stale": stale} if stale else {}), **({"cursor": cursor} if cursor else {})}
