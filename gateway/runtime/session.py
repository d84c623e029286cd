"""What one operation of one viewer is handed: the resolvers' context, over the parts of the process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gateway.events.subscriptions import Subscriptions
from gateway.reads.current_details import CurrentDetails
from gateway.reads.lists import Lists
from gateway.reads.loaders import EntityLoaders
from gateway.reads.meetings_by_id import MeetingsById
from gateway.reads.message_pages import MessagePages
from gateway.reads.request_cache import RequestCache
from gateway.reads.stale_report import StaleReport
from gateway.reads.unreadable import ForbiddenLoaders
from gateway.runtime.process import Process
from gateway.storage import Visibility
from providers.domain.provider_view import ProviderView
from providers.domain.viewer import Viewer
from resolvers.context import Context, Loaders, Progress


@dataclass(frozen=True, slots=True)
class Operations:
    """Makes contexts. `force` is for a client that asks the providers anew, whatever is fresh."""

    process: Process
    providers: Mapping[str, ProviderView]

    def context(self, viewer: Viewer, *, force: bool) -> Context:
        visibility = Visibility.unrestricted() if viewer.is_admin else Visibility.of(viewer.user_id)
        reading = self._reading(viewer, visibility, force)
        process = self.process
        return Context(
            viewer=viewer,
            providers=self.providers,
            load=reading[0] if viewer.may("read") else cast("Loaders", ForbiddenLoaders(viewer)),
            read=reading[1],
            write=process.mutations.of(viewer, visibility),
            events=Subscriptions(process.store, process.hub, process.audience, process.cursors, viewer, visibility),
            progress=Progress(),
            now=process.now,
        )

    def _reading(self, viewer: Viewer, visibility: Visibility, force: bool) -> tuple[EntityLoaders, Lists]:
        process = self.process
        staleness = StaleReport()
        seen = RequestCache(process.store, visibility)
        shelf = MessagePages(
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
        catalogue = MeetingsById(
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
        loaders = EntityLoaders(
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
        reads = Lists(
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
    stale = cast("Lists", context.read).staleness.entries()
    cursor = context.progress.cursor
    return {**({"stale": stale} if stale else {}), **({"cursor": cursor} if cursor else {})}
