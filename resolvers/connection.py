"""Relay connections."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import strawberry

from providers.domain.pages import Page
from resolvers.cursor import write_cursor

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


@strawberry.type(description="A page of a list. Cursors stay valid while nodes are added.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The nodes of the page, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The nodes of the page.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the list.")
    total_count: int | None = strawberry.field(
        description="The number of nodes in the whole list; null if it can't be known. Select it only if you "
        "show it: counting takes time."
    )


class Row(NamedTuple, Generic[T]):
    """The value of an `Edge`."""

    cursor: str
    node: T


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
        return [Row(write_cursor(self.name, position), node) for position, node in rows]

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

    @property
    def total_count(self) -> Awaitable[int | None] | None:
        return self.page.count() if self.page.count else None
