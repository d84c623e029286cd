"""How fields are declared that are more than an attribute of the model.

`loaded` and `computed` fields have no arguments and are told by a function of the model alone. graphql-core calls it
itself, past Strawberry's handling of arguments, which costs as much as all the rest of a field. Fields with arguments
are `resolved`.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.types.field import StrawberryField

from resolvers.context import Context

M = TypeVar("M")

ResolveInfo = GraphQLResolveInfo[Context]

RESOLVE = "resolve"
"""Under this name a field's metadata hold its function of the model and `ResolveInfo`."""


@dataclass(frozen=True, slots=True)
class Load(Generic[M]):
    """What a field is loaded with: `loader` names one of `Loaders`, `key` what it is asked for; None loads nothing."""

    loader: str
    key: Callable[[M], Hashable | None]

    def __call__(self, model: M, info: ResolveInfo) -> Awaitable[object] | None:
        key = self.key(model)
        if key is None:
            return None
        found: Awaitable[object] = getattr(info.context.load, self.loader).load(key)
        return found


def loaded(loader: str, *, key: Callable[[Any], Hashable | None], type: object, description: str) -> StrawberryField:
    """A field that a loader answers, for many models at once."""
    return computed(Load(loader, key), type=type, description=description)


def computed(resolve: Callable[[Any, ResolveInfo], object], *, type: object, description: str) -> StrawberryField:
    """A field of the GraphQL type `type` that `resolve` tells, at once or as an awaitable."""
    field: StrawberryField = strawberry.field(graphql_type=type, description=description, metadata={RESOLVE: resolve})
    return field


def resolved(*, type: object, description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    """Makes a function a field of the GraphQL type `type`, with the function's arguments."""

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        return strawberry.field(resolver, graphql_type=type, description=description)

    return declare


def subscribed(*, type: object, description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    """Makes an asynchronous generator a subscription to events of the GraphQL type `type`."""

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        field: StrawberryField = strawberry.subscription(resolver, graphql_type=type, description=description)
        return field

    return declare


def resolve_directly(schema: strawberry.Schema) -> None:
    """Hands the functions of `loaded` and `computed` fields to graphql-core."""
    for graphql_type in schema._schema.type_map.values():
        for field in getattr(graphql_type, "fields", {}).values():
            definition = field.extensions.get("strawberry-definition")
            if isinstance(definition, StrawberryField) and RESOLVE in definition.metadata:
                field.resolve = definition.metadata[RESOLVE]
