"""Makes the mutations of viewers out of what the process has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.connection.keeping import AccountKeeping
from gateway.connection.ticket import TicketOffice
from gateway.known import Known
from gateway.store import Store, Visibility
from gateway.upstream import Upstreams
from gateway.writing.accounts import AccountWrites
from gateway.writing.contacts import ContactWrites
from gateway.writing.desk import Desk
from gateway.writing.execution import Execution
from gateway.writing.meetings import MeetingWrites
from gateway.writing.messages import MessageWrites
from gateway.writing.writes import StoredWrites
from resolvers.context import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    store: Store
    known: Known
    upstreams: Upstreams
    execution: Execution
    keeping: AccountKeeping
    tickets: TicketOffice
    return_urls: Sequence[str]
    internal_media: bool
    now: Callable[[], datetime]

    def of(self, viewer: Viewer, visibility: Visibility) -> StoredWrites:
        desk = Desk(viewer, visibility, self.store, self.known, self.upstreams, self.now)
        return StoredWrites(
            desk=desk,
            execution=self.execution,
            accounts=AccountWrites(desk, self.store, self.keeping, self.tickets, self.return_urls),
            meetings=MeetingWrites(desk, self.store),
            contacts=ContactWrites(desk, self.store),
            messages=MessageWrites(desk, self.store, self.internal_media),
        )
