"""The requests of a run, their outcomes, and the check of both."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.intent import Kind
from tests.testkit.world import World

_IDS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Intent:
    kind: Kind
    number: int

    @property
    def label(self) -> str:
        return self.kind.label(self.number)


@dataclass(slots=True)
class Tally:
    """Outcomes: ids of the `acknowledged` objects at the gateway, and the number of `responses` of each kind."""

    asked: list[Intent] = field(default_factory=list)
    acknowledged: dict[Intent, str] = field(default_factory=dict)
    responses: Counter[str] = field(default_factory=Counter)

    async def there(self) -> dict[Intent, int]:
        """Return the number of upstream objects of each intent."""
        kinds = {intent.kind.name: intent.kind for intent in self.asked}
        labels = {name: await kind.there() for name, kind in kinds.items()}
        return {intent: labels[intent.kind.name][intent.label] for intent in self.asked}

    async def faults(self, world: World) -> list[str]:
        """The faults at the end, as sentences. Unacknowledged objects may be missing upstream."""
        there = await self.there()
        answers = Counter(self.acknowledged.values())
        return [
            *(f"{each.label}: {times} times upstream" for each, times in there.items() if times > 1),
            *(f"{each.label}: acknowledged, and not upstream" for each in self.acknowledged if not there[each]),
            *(f"{each.label}: acknowledged, and not in the store" for each in await self._lost(world)),
            *(f"{entity}: answers {times} intents" for entity, times in answers.items() if times > 1),
        ]

    async def _lost(self, world: World) -> list[Intent]:
        intents = list(self.acknowledged)
        found = []
        for first in range(0, len(intents), _IDS_AT_ONCE):
            ids = [self.acknowledged[each] for each in intents[first : first + _IDS_AT_ONCE]]
            found += await _nodes(world, ids)
        return [intent for intent, node in zip(intents, found, strict=True) if node is None]


async def _nodes(world: World, ids: Sequence[str]) -> list[object]:
    data = await world.client.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    nodes: list[object] = data["nodes"]
    return nodes
