"""Relay connections: their types and paging arguments."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import strawberry

from providers.domain.errors import BadUserInput
from providers.domain.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, Page, PageAround, PageRequest, Position
from resolvers.cursor import read_cursor, write_cursor
from resolvers.strawberry_compat import declared_field

T = TypeVar("T")


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether nodes follow endCursor.")
    has_previous_page: bool = strawberry.field(description="Whether nodes precede startCursor.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first node, to use as `before` of the previous page; null if the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor to use as `after` of the next page. A page may be short, or empty, although "
        "more nodes follow."
    )


@strawberry.type(description="A node and its position in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The position of the node, to use as `after` or `before`.")
    node: T = strawberry.field(description="The node.")


class Count:
    """The resolver of `Connection.totalCount`."""

    async def resolve_many(
        self, listings: "Sequence[Listing[object]]", _info: object
    ) -> list[int | BaseException | None]:
        return await asyncio.gather(*(self._count(each.page) for each in listings), return_exceptions=True)

    async def _count(self, page: Page[object]) -> int | None:
        return await page.count() if page.count else None


@strawberry.type(description="A page of a list. Cursors stay valid while nodes are added.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The nodes of the page, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The nodes of the page.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the list.")
    total_count = declared_field(
        Count(),
        type=int | None,
        description="The number of nodes in the whole list; null if it can't be known. Select it only if you "
        "show it: counting takes time.",
    )


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """The value of an `Edge`. The cursor is written if it is selected."""

    listing: str
    position: Position
    node: T

    @property
    def cursor(self) -> str:
        return write_cursor(self.listing, self.position)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The value of a `Connection`: a page of the list `name`. Properties are computed if they are selected."""

    name: str
    page: Page[T]

    @property
    def nodes(self) -> Sequence[T]:
        return self.page.nodes

    @property
    def edges(self) -> list[Row[T]]:
        rows = zip(self.page.positions, self.page.nodes, strict=True)
        return [Row(self.name, position, node) for position, node in rows]

    @property
    def page_info(self) -> PageInfo:
        positions = self.page.positions
        end = self.page.end or (positions[-1] if positions else None)
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=write_cursor(self.name, positions[0]) if positions else None,
            end_cursor=write_cursor(self.name, end) if end else None,
        )


First = Annotated[
    int | None,
    strawberry.argument(
        description="The number of nodes from the start of the list or from `after`: 0 to 100. The default is "
        "20 if `last` is absent."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Only nodes after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="The number of nodes from the end of the list or from `before`: 0 to 100. Can't be used "
        "together with `first`."
    ),
]
Before = Annotated[str | None, strawberry.argument(description="Only nodes before this cursor.")]


def page_request(
    listing: str, first: int | None, after: str | None, last: int | None, before: str | None
) -> PageRequest:
    """Return the page of the list `listing` that the arguments request. Raise BadUserInput for a wrong argument."""
    if first is not None and last is not None:
        raise BadUserInput("last: can't be combined with first.", path=("last",))
    return PageRequest(
        limit=_limit("first", DEFAULT_PAGE_SIZE if first is None else first) if last is None else _limit("last", last),
        after=_position(listing, "after", after),
        before=_position(listing, "before", before),
        backward=last is not None,
    )


def page_around(
    key: tuple[str, str], first: int | None, after: str | None, last: int | None, before: str | None
) -> PageAround:
    """Return the page that has the row with a key in its middle. Raise BadUserInput for a wrong argument."""
    for name, given in (("after", after), ("last", last), ("before", before)):
        if given is not None:
            raise BadUserInput(f"around: can't be combined with {name}.", path=("around",))
    return PageAround(limit=_limit("first", DEFAULT_PAGE_SIZE if first is None else first), middle=key)


def _limit(argument: str, limit: int) -> int:
    if not 0 <= limit <= MAX_PAGE_SIZE:
        raise BadUserInput(f"{argument}: must be from 0 to {MAX_PAGE_SIZE}.", path=(argument,))
    return limit


def _position(listing: str, argument: str, cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    position = read_cursor(listing, cursor)
    if position is None:
        raise BadUserInput(f"{argument}: is not a cursor of this list.", path=(argument,))
    return position
