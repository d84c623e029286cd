"""Declarations of the fields that are more than an attribute of their entity, and of optional fields of inputs.

`computed` fields depend on the entity and the context alone. `batched` fields are resolved for all entities of a level
at once: `loaded` ones by a key of the entity, `paged` ones by a key and a page. Other fields with arguments are
`resolved`, one by one. `early` root fields are read before all others. Plans (`gateway.graphql.execution.plan`) call
what is declared here.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import strawberry

from providers.domain.criteria import ObjectKey
from providers.domain.pages import Page, PageRequest
from resolvers.connection import After, Before, First, Last, Listing, page_request
from resolvers.context import Context, Loader, Loaders
from resolvers.strawberry_compat import FieldInfo, StrawberryField, declared_field, lazy_type

M = TypeVar("M")
V = TypeVar("V")
K = TypeVar("K", bound=Hashable)

Info: TypeAlias = strawberry.Info[Context, None]
"""The `info` of `resolved` and `subscribed` fields. It has a `context`, and nothing else that strawberry.Info has."""

ResolveInfo: TypeAlias = FieldInfo[Context]
"""The `info` of `computed` and `batched` fields."""

# Types that refer to each other: their modules can't import one another.
ACCOUNT = lazy_type("Account", "resolvers.account")
CONTACT = lazy_type("Contact", "resolvers.contact")
CONVERSATION = lazy_type("Conversation", "resolvers.conversation")


@dataclass(frozen=True, slots=True)
class Load(Generic[M, K]):
    """Loads by the key of an entity; the field is null if its key is None."""

    loader: Callable[[Loaders], Loader[K, object]]
    key: Callable[[M], K | None]

    async def resolve_many(self, entities: Sequence[M], info: ResolveInfo) -> Sequence[object]:
        keys = [self.key(entity) for entity in entities]
        known = [key for key in keys if key is not None]
        loader = self.loader(info.context.load)
        if len(known) == len(keys):
            return await loader.load_many(known)
        found = iter(await loader.load_many(known))
        return [None if key is None else next(found) for key in keys]


@dataclass(frozen=True, slots=True)
class Pages(Generic[M, V]):
    """Loads the same page for each of many entities. `listing` names the list in cursors."""

    listing: str
    loader: Callable[[Loaders], Loader[tuple[ObjectKey, PageRequest], Page[V]]]
    key: Callable[[M], ObjectKey]

    async def resolve_many(
        self,
        entities: Sequence[M],
        info: ResolveInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Sequence[object]:
        request = page_request(self.listing, first, after, last, before)
        loader = self.loader(info.context.load)
        pages = await loader.load_many([(self.key(entity), request) for entity in entities])
        return [page if isinstance(page, Exception) else Listing(self.listing, page) for page in pages]


def loaded(
    loader: Callable[[Loaders], Loader[K, object]], *, key: Callable[[Any], K | None], type: object, description: str
) -> StrawberryField:
    """Return a field that `loader` answers, for many entities at once."""
    return batched(Load(loader, key), type=type, description=description)


def paged(
    listing: str,
    loader: Callable[[Loaders], Loader[tuple[ObjectKey, PageRequest], Page[V]]],
    *,
    key: Callable[[Any], ObjectKey],
    type: object,
    description: str,
) -> StrawberryField:
    """Return a field with the arguments of a page, which `loader` answers for many entities at once."""
    return declared_field(Pages(listing, loader, key), arguments=_page, type=type, description=description)


def _page(first: First = None, after: After = None, last: Last = None, before: Before = None) -> None:
    """Declare the arguments of `paged` fields."""


def batched(resolver: object, *, type: object, description: str) -> StrawberryField:
    """Return a field whose values the method `resolve_many` of `resolver` returns, for many entities at once.

    It is called with the entities and the info, and returns a value or an exception for each entity, or an awaitable of
    that.
    """
    return declared_field(resolver, type=type, description=description)


@dataclass(frozen=True, slots=True)
class Early:
    """Reads the value of a root field before anything else of its query is read."""

    read: Callable[[Context], Awaitable[object]]


def early(read: Callable[[Context], Awaitable[object]], *, type: object, description: str) -> StrawberryField:
    """Return a root field whose value `read` returns before any other field of the query begins."""
    return declared_field(Early(read), type=type, description=description)


def computed(resolve: Callable[[Any, ResolveInfo], object], *, type: object, description: str) -> StrawberryField:
    """Return a field of the GraphQL type `type` whose value `resolve` returns."""
    return declared_field(resolve, type=type, description=description)


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
