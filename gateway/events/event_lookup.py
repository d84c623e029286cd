"""Events as subscriptions send them: the entry of the feed with its entity, looked up once for all who see it."""

from dataclasses import dataclass, field
from typing import TypeVar, cast

from gateway.aio.shared_results import SharedResults
from gateway.storage import FeedEntry, Visibility
from gateway.storage.entity_lookup import EntityLookup
from gateway.storage.previous import contact_before
from providers.domain.changes import ChangeKind
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Conversation, Entity

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

    @property
    def key(self) -> ObjectKey:
        """The key of the entity: the entry's own, or the conversation of its message."""
        entry = self.entry
        if self.model is Conversation and entry.kind == "message":
            return entry.scope, entry.conversation or ""
        return entry.scope, entry.external_id


class EventLookup:
    """Looks up the entities of events. Viewers of one visibility share a lookup."""

    def __init__(self, lookup: EntityLookup) -> None:
        self._lookup = lookup
        self._shared = SharedResults(self._look_up, seconds=SHARED_SECONDS, maximum=_MAX_SHARED)

    async def entity(self, visibility: Visibility, model: type[E], entry: FeedEntry) -> E | None:
        """Return the entity of an entry; None if it is not visible, or doesn't exist any more.

        That of a message's entry is the message or, if `model` says so, its conversation. One that was removed is as it
        was before.
        """
        sight = _Sight(visibility, cast("type[Entity]", model), entry.seq, entry)
        return cast("E | None", await self._shared.get(sight))

    async def _look_up(self, sight: _Sight) -> Entity | None:
        entry = sight.entry
        if entry.change is ChangeKind.REMOVED and entry.previous is not None:
            return contact_before(entry.previous)
        return await self._lookup.get(sight.visibility, sight.model, sight.key)
