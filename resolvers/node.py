"""Global object identification: the queries node and nodes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated

import strawberry

from providers.domain.criteria import ObjectKey
from providers.domain.entities import Entity
from providers.domain.errors import BadUserInput, DomainError
from providers.domain.identity import Identity, account_key, provider_name
from providers.domain.pages import MAX_PAGE_SIZE
from providers.domain.provider_view import ProviderView
from resolvers.context import Context, Loader, Loaders
from resolvers.field import Info, resolved

_LOADERS: Mapping[str, Callable[[Loaders], Loader[ObjectKey, Entity | None]]] = {
    "Meeting": lambda load: load.meeting_by_id,
    "PhoneNumber": lambda load: load.phone_number_by_id,
    "Contact": lambda load: load.contact_by_id,
    "Conversation": lambda load: load.conversation_by_id,
    "Message": lambda load: load.message_by_id,
}
"""The loaders of the entities that an `ObjectKey` identifies: all but accounts and providers."""

NodeValue = Entity | ProviderView


@strawberry.interface(description="An object that can be fetched by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="An opaque id that never changes. Two users who see one object through their own accounts "
        "see two ids."
    )

    @classmethod
    def resolve_type(cls, value: object, _info: object, _type: object) -> str:
        """Return the name of the GraphQL type of an object: of an entity it is that of its class."""
        return "Provider" if isinstance(value, ProviderView) else value.__class__.__name__


@strawberry.type
class NodeQuery:
    @resolved(type=Node | None, description="Any object by its id; null if it is unknown or belongs to another user.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the object.")]
    ) -> NodeValue | None:
        return await _load(info.context, id)

    @resolved(
        type=list[Node | None],
        description="Objects in the order of their ids; null for each that is unknown or belongs to another user.",
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"The ids of the objects; at most {MAX_PAGE_SIZE}.")
        ],
    ) -> list[NodeValue | Exception | None]:
        if len(ids) > MAX_PAGE_SIZE:
            raise BadUserInput(f"ids: at most {MAX_PAGE_SIZE} can be requested at once.", path=("ids",))
        return await asyncio.gather(*(_load_or_error(info.context, text) for text in ids))


async def _load_or_error(context: Context, id: str) -> NodeValue | Exception | None:
    """Return an error in the place of the object: others are loaded at the same time."""
    try:
        return await _load(context, id)
    except DomainError as error:
        return error


async def _load(context: Context, id: str) -> NodeValue | None:
    if (key := account_key(id)) is not None:
        return await context.load.account_by_key.load(key)
    if (name := provider_name(id)) is not None:
        return context.providers.get(name)
    identity = Identity.parse(id)
    if identity is None or identity.kind not in _LOADERS:
        return None
    return await _LOADERS[identity.kind](context.load).load(identity.key)
