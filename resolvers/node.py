"""Global object identification: the queries node and nodes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import strawberry

from providers.domain.criteria import ObjectKey
from providers.domain.entities import Entity
from providers.domain.errors import BadUserInput
from providers.domain.ids import Identity
from resolvers.context import Loader, Loaders
from resolvers.field import Info, resolved
from resolvers.key import account_key

MOST_NODES = 100

_LOADERS: Mapping[str, Callable[[Loaders], Loader[ObjectKey, Entity | None]]] = {
    "Meeting": lambda load: load.meeting_by_id,
    "PhoneNumber": lambda load: load.phone_number_by_id,
    "Contact": lambda load: load.contact_by_id,
    "Conversation": lambda load: load.conversation_by_id,
    "Message": lambda load: load.message_by_id,
}
"""The loaders of the entities that an `ObjectKey` identifies: all but accounts."""


@strawberry.interface(description="Something that can be asked for again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque and the same for ever. Two users who see one object through their own accounts see two ids."
    )


def instance_of(model: type) -> Callable[[object, object], bool]:
    """Return the `is_type_of` of the GraphQL type of the entity `model`."""
    return lambda value, _info: value.__class__ is model


@strawberry.type
class NodeQuery:
    @resolved(type=Node | None, description="Anything by its id; null where it is unknown or not the viewer's.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of anything.")]
    ) -> Entity | None:
        return await _load(info.context.load, id)

    @resolved(
        type=list[Node | None],
        description="In the order of the ids, null where one is unknown or not the viewer's.",
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids of anything; at most 100.")],
    ) -> list[Awaitable[Entity | None]]:
        if len(ids) > MOST_NODES:
            raise BadUserInput(f"ids: at most {MOST_NODES} can be requested at once.", path=("ids",))
        return [_load(info.context.load, text) for text in ids]


async def _load(load: Loaders, id: str) -> Entity | None:
    if (key := account_key(id)) is not None:
        return await load.account_by_key.load(key)
    identity = Identity.parse(id)
    if identity is None or identity.kind not in _LOADERS:
        return None
    return await _LOADERS[identity.kind](load).load((identity.scope, identity.external_id))
