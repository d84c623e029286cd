"""Events as subscriptions send them: the entry of the feed with its entity, looked up once for all who see it."""

from dataclasses import dataclass, field
from typing import TypeVar, cast

from gateway.aio.shared_results import SharedResults
from gateway.events.cursors import EventCursors
from gateway.storage import FeedEntry, Visibility
from gateway.storage.entity_lookup import EntityLookup
from providers.domain.entities import Entity
from providers.domain.results import Event

E = TypeVar("E", bound=Entity)

SHARED_SECONDS = 1.0
"""How long an event is shared: a subscriber that was delayed gets the state of its first delivery."""

_MAX_SHARED = 500


@dataclass(frozen=True, slots=True)
class _Sight:
    """An event, as it is visible to some viewers. `seq` identifies `entry`."""

    visibility: Visibility
    model: type[Entity]
    seq: int
    entry: FeedEntry = field(compare=False)


class EventLookup:
    """Looks up the entities of events. Viewers of one visibility share a lookup."""

    def __init__(self, lookup: EntityLookup, cursors: EventCursors) -> None:
        self._lookup = lookup
        self._cursors = cursors
        self._shared = SharedResults(self._look_up, seconds=SHARED_SECONDS, maximum=_MAX_SHARED)

    async def event(self, visibility: Visibility, model: type[E], entry: FeedEntry) -> Event[E] | None:
        """Return the event of an entry; None if its entity is not visible, or doesn't exist any more."""
        sight = _Sight(visibility, cast("type[Entity]", model), entry.seq, entry)
        return cast("Event[E] | None", await self._shared.get(sight))

    async def _look_up(self, sight: _Sight) -> Event[Entity] | None:
        entry = sight.entry
        entity = await self._lookup.get(sight.visibility, sight.model, (entry.scope, entry.external_id))
        return None if entity is None else Event(entity=entity, cursor=self._cursors.write(entry.seq))
