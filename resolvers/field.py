"""Declarations of the fields that are more than an attribute of their entity, and of optional fields of inputs.

`computed` fields depend on the entity and the context alone. `batched` fields are resolved for all entities of a level
at once: `loaded` ones by a key of the entity, `paged` ones by a key and a page. Other fields with arguments are
`resolved`, one by one. `early` root fields are read before all others. Plans (`gateway.graphql.execution.plan`) call
what is declared here.

`null_is_error` declares that a nullable field is null only if the response has an error for it: its own value is never
null, and one provider's failure costs the field alone.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar, cast

import strawberry
from strawberry.schema_directive import Location

from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account
from providers.domain.pages import Page, PageRequest, Position
from resolvers.connection import After, Before, First, Last, Listing, Row, page_request
from resolvers.context import Context, Loader, Loaders
from resolvers.strawberry_compat import FieldInfo, StrawberryField, declared_field, lazy_type, no_arguments

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


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="semanticNonNull",
    description="The field is null only if the response has an error for it. `levels` are those of its lists: 0 is the "
    "field itself.",
)
class SemanticNonNull:
    levels: list[int] = strawberry.directive_field(name="levels", default=(0,))


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
class OfAccount(Generic[M, V]):
    """Computes a field from an entity and its account, which is None if the entity has none."""

    compute: Callable[[M, Account | None, ResolveInfo], V]

    async def resolve_many(self, entities: Sequence[M], info: ResolveInfo) -> Sequence[object]:
        accounts = await Load(lambda load: load.account_by_key, _account_key).resolve_many(entities, info)
        return [
            account if isinstance(account, Exception) else self.compute(entity, cast("Account | None", account), info)
            for entity, account in zip(entities, accounts, strict=True)
        ]


def _account_key(entity: Any) -> str | None:
    key: str | None = entity.account_key
    return key


@dataclass(frozen=True, slots=True)
class LoadPart(Generic[M, K]):
    """Loads by the key of an entity, as `load` does; the field is an attribute of what was loaded."""

    load: Load[M, K]
    attribute: str

    async def resolve_many(self, entities: Sequence[M], info: ResolveInfo) -> Sequence[object]:
        found = await self.load.resolve_many(entities, info)
        return [each if isinstance(each, Exception) else getattr(each, self.attribute) for each in found]


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


@dataclass(frozen=True, slots=True)
class EdgeOf(Generic[M, V]):
    """Makes the edge of an object of a payload: with the cursor that the object has in the list `listing`."""

    listing: str
    loader: Callable[[Loaders], Loader[ObjectKey, Position | None]]
    node: Callable[[M], Any]

    async def resolve_many(self, payloads: Sequence[M], info: ResolveInfo) -> Sequence[object]:
        nodes = [self.node(each) for each in payloads]
        positions = await Load(self.loader, _key).resolve_many(nodes, info)
        return [self._edge(node, each) for node, each in zip(nodes, positions, strict=True)]

    def _edge(self, node: object, position: object) -> object:
        return Row(self.listing, position, node) if isinstance(position, tuple) else position


def _key(node: Any) -> ObjectKey | None:
    return None if node is None else node.key


def loaded(
    loader: Callable[[Loaders], Loader[K, object]],
    *,
    key: Callable[[Any], K | None],
    type: object,
    description: str,
    null_is_error: bool = False,
) -> StrawberryField:
    """Return a field that `loader` answers, for many entities at once."""
    return batched(Load(loader, key), type=type, description=description, null_is_error=null_is_error)


def paged(
    listing: str,
    loader: Callable[[Loaders], Loader[tuple[ObjectKey, PageRequest], Page[V]]],
    *,
    key: Callable[[Any], ObjectKey],
    type: object,
    description: str,
) -> StrawberryField:
    """Return a field with the arguments of a page, which `loader` answers for many entities at once.

    It is null only with an error.
    """
    pages = Pages(listing, loader, key)
    return batched(pages, arguments=_page, type=type, description=description, null_is_error=True)


def edge(
    listing: str,
    loader: Callable[[Loaders], Loader[ObjectKey, Position | None]],
    *,
    node: Callable[[Any], object],
    type: object,
    description: str,
) -> StrawberryField:
    """Return a field of a payload: the edge of its object, which clients insert into their page of the list."""
    return batched(EdgeOf(listing, loader, node), type=type, description=description)


def _page(first: First = None, after: After = None, last: Last = None, before: Before = None) -> None:
    """Declare the arguments of `paged` fields."""


def batched(
    resolver: object,
    *,
    arguments: Callable[..., None] = no_arguments,
    type: object,
    description: str,
    null_is_error: bool = False,
) -> StrawberryField:
    """Return a field whose values the method `resolve_many` of `resolver` returns, for many entities at once.

    It is called with the entities, the info and the arguments that the function `arguments` declares, and returns a
    value or an exception for each entity, or an awaitable of that.
    """
    directives = _directives(null_is_error=null_is_error)
    return declared_field(resolver, arguments=arguments, type=type, description=description, directives=directives)


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


def resolved(
    *, type: object, description: str, null_is_error: bool = False
) -> Callable[[Callable[..., object]], StrawberryField]:
    """Make a function a field of the GraphQL type `type`, with the function's arguments."""
    directives = _directives(null_is_error=null_is_error)

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        return strawberry.field(resolver, graphql_type=type, description=description, directives=directives)

    return declare


def _directives(*, null_is_error: bool) -> Sequence[object]:
    return (SemanticNonNull(),) if null_is_error else ()


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
