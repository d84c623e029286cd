"""Global object identification: everything that has an id can be asked for by it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

import strawberry

from providers.domain.entities import Entity
from providers.domain.errors import BadUserInput
from providers.domain.ids import Identity
from resolvers.context import Loaders
from resolvers.field import resolved
from resolvers.info import Info
from resolvers.key import account_key, object_key

MOST_NODES = 100

_LOADERS = {
    "Account": "account_by_key",
    "Meeting": "meeting_by_id",
    "PhoneNumber": "phone_number_by_id",
    "Contact": "contact_by_id",
    "Conversation": "conversation_by_id",
    "Message": "message_by_id",
}


@strawberry.interface(description="An object that can be fetched by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="An opaque id that never changes. Two users who see one object through their own accounts "
        "see two ids."
    )


def instance_of(model: type) -> Callable[[object, object], bool]:
    """How graphql-core tells that a value is of the type that shows `model`."""
    return lambda value, _info: value.__class__ is model


@strawberry.type
class NodeQuery:
    @resolved(type=Node | None, description="Any object by its id; null if it is unknown or belongs to another user.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the object.")]
    ) -> Entity | None:
        return await _load(info.context.load, id)

    @resolved(
        type=list[Node | None],
        description="Objects in the order of their ids; null for each that is unknown or belongs to another user.",
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids of the objects; at most 100.")],
    ) -> list[Awaitable[Entity | None]]:
        if len(ids) > MOST_NODES:
            raise BadUserInput(f"ids: at most {MOST_NODES} can be requested at once.", path=("ids",))
        return [_load(info.context.load, text) for text in ids]


async def _load(load: Loaders, id: str) -> Entity | None:
    identity = Identity.parse(id)
    if identity is None or identity.kind not in _LOADERS:
        return None
    key = account_key(id) if identity.kind == "Account" else object_key(identity.kind, id)
    return None if key is None else cast("Entity | None", await getattr(load, _LOADERS[identity.kind]).load(key))
