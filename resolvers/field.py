"""Declarations of the fields that are more than an attribute of their entity, and of optional fields of inputs.

`loaded` and `computed` fields have no arguments and depend on the entity alone; graphql-core calls their functions
directly. Fields with arguments are `resolved`.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import strawberry
from graphql import GraphQLResolveInfo

from resolvers.context import Context, Loader, Loaders
from resolvers.strawberry_compat import StrawberryField, direct_field, lazy_type

M = TypeVar("M")
K = TypeVar("K", bound=Hashable)

Info: TypeAlias = strawberry.Info[Context, None]
"""The `info` of `resolved` and `subscribed` fields."""

ResolveInfo: TypeAlias = GraphQLResolveInfo[Context]
"""The `info` of `loaded` and `computed` fields."""

# Types that refer to each other: their modules can't import one another.
ACCOUNT = lazy_type("Account", "resolvers.account")
CONTACT = lazy_type("Contact", "resolvers.contact")
CONVERSATION = lazy_type("Conversation", "resolvers.conversation")


@dataclass(frozen=True, slots=True)
class Load(Generic[M, K]):
    """Loads by the key of an entity; the field is null if its key is None."""

    loader: Callable[[Loaders], Loader[K, object]]
    key: Callable[[M], K | None]

    def __call__(self, entity: M, info: ResolveInfo) -> Awaitable[object] | None:
        key = self.key(entity)
        return None if key is None else self.loader(info.context.load).load(key)


def loaded(
    loader: Callable[[Loaders], Loader[K, object]], *, key: Callable[[Any], K | None], type: object, description: str
) -> StrawberryField:
    """Return a field that `loader` answers, for many entities at once."""
    return computed(Load(loader, key), type=type, description=description)


def computed(resolve: Callable[[Any, ResolveInfo], object], *, type: object, description: str) -> StrawberryField:
    """Return a field of the GraphQL type `type` whose value or awaitable `resolve` returns."""
    return direct_field(resolve, type=type, description=description)


def resolved(*, type: object, description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    """Make a function a field of the GraphQL type `type`, with the function's arguments."""

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        return strawberry.field(resolver, graphql_type=type, description=description)

    return declare


def subscribed(*, type: object, description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    """Make an asynchronous generator a subscription to events of the GraphQL type `type`."""

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        field: StrawberryField = strawberry.subscription(resolver, graphql_type=type, description=description)
        return field

    return declare


def optional(description: str, *, type: object = None, secret: bool = False) -> Any:
    """Return a field of an input that may be left out, of the GraphQL type `type` or of its annotation's.

    An absent field is None, as null is. `repr` omits a secret one.
    """
    field = strawberry.field(description=description, default=None, graphql_type=type)
    field.repr = not secret
    return field


def idempotency_key_field() -> Any:
    return optional(
        "A unique text for each intended change, such as a UUID. If the request is repeated with "
        "the same key and input within 7 days, the change is not made again and the first result is "
        "returned."
    )
