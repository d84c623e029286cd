"""What one operation of one viewer is handed: the resolvers' context, over the parts of the process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gateway.events.subscriptions import Subscriptions
from gateway.process import Process
from gateway.reading.catalogue import MeetingCatalogue
from gateway.reading.current_details import CurrentDetails
from gateway.reading.loaders import StoredLoaders
from gateway.reading.reads import StoredReads
from gateway.reading.seen import Seen
from gateway.reading.shelf import MessageShelf
from gateway.reading.staleness import Staleness
from gateway.reading.unreadable import Unreadable
from gateway.store import EVERYBODY, Visibility
from resolvers.context import Context, Loaders, Progress, ProviderView, Viewer


@dataclass(frozen=True, slots=True)
class Operations:
    """Makes contexts. `force` is for a client that asks the providers anew, whatever is fresh."""

    process: Process
    providers: Mapping[str, ProviderView]

    def context(self, viewer: Viewer, *, force: bool) -> Context:
        visibility = EVERYBODY if "admin" in viewer.scopes else Visibility(viewer.user_id)
        reading = self._reading(viewer, visibility, force)
        process = self.process
        return Context(
            viewer=viewer,
            providers=self.providers,
            load=reading[0] if viewer.may("read") else cast("Loaders", Unreadable()),
            read=reading[1],
            write=process.writers.of(viewer, visibility),
            events=Subscriptions(process.store, process.hub, process.audience, process.cursors, viewer, visibility),
            progress=Progress(),
            now=process.now,
        )

    def _reading(self, viewer: Viewer, visibility: Visibility, force: bool) -> tuple[StoredLoaders, StoredReads]:
        process = self.process
        staleness = Staleness()
        seen = Seen(process.store, visibility)
        shelf = MessageShelf(
            visibility=visibility,
            store=process.store,
            seen=seen,
            refresher=process.refresher,
            reading=process.message_reading,
            staleness=staleness,
            force=force,
        )
        details = CurrentDetails(
            reading=process.details,
            upstreams=process.upstreams,
            freshness=process.freshness,
            staleness=staleness,
            now=process.now,
            force=force,
        )
        catalogue = MeetingCatalogue(
            visibility=visibility,
            store=process.store,
            upstreams=process.upstreams,
            seen=seen,
            refresher=process.refresher,
            reading=process.meeting_reading,
            details=details,
            freshness=process.freshness,
            staleness=staleness,
            now=process.now,
            force=force,
        )
        loaders = StoredLoaders(
            visibility=visibility,
            store=process.store,
            upstreams=process.upstreams,
            seen=seen,
            refresher=process.refresher,
            directory=process.directory,
            catalogue=catalogue,
            details=details,
            shelf=shelf,
            staleness=staleness,
            force=force,
        )
        reads = StoredReads(
            viewer=viewer,
            visibility=visibility,
            store=process.store,
            upstreams=process.upstreams,
            seen=seen,
            refresher=process.refresher,
            directory=process.directory,
            meeting_reading=process.meeting_reading,
            details=details,
            shelf=shelf,
            staleness=staleness,
            now=process.now,
            force=force,
        )
        return loaders, reads


def extensions(context: Context) -> Mapping[str, object]:
    """What an answer tells besides its data: which parts of it are old, and where an event stands in the feed."""
    stale = cast("StoredReads", context.read).staleness.entries()
    cursor = context.progress.cursor
    return {**({"stale": stale} if stale else {}), **({"cursor": cursor} if cursor else {})}
