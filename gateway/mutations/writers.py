"""Makes the mutations of viewers out of what the process has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.tickets import TicketIssuer
from gateway.mutations.accounts import AccountWrites
from gateway.mutations.contacts import ContactWrites
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.meetings import MeetingWrites
from gateway.mutations.messages import MessageWrites
from gateway.mutations.preconditions import Preconditions
from gateway.mutations.writes import StoredWrites
from gateway.storage import Store, Visibility
from gateway.storage.entity_lookup import EntityLookup
from providers.domain.viewer import Viewer
from providers.upstreams import Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    store: Store
    known: EntityLookup
    upstreams: Upstreams
    execution: JournalRunner
    keeping: AccountLifecycle
    tickets: TicketIssuer
    return_urls: Sequence[str]
    internal_media: bool
    now: Callable[[], datetime]

    def of(self, viewer: Viewer, visibility: Visibility) -> StoredWrites:
        desk = Preconditions(viewer, visibility, self.store, self.known, self.upstreams, self.now)
        return StoredWrites(
            desk=desk,
            execution=self.execution,
            accounts=AccountWrites(desk, self.store, self.keeping, self.tickets, self.return_urls),
            meetings=MeetingWrites(desk, self.store),
            contacts=ContactWrites(desk, self.store),
            messages=MessageWrites(desk, self.store, self.internal_media),
        )
