"""Relay connections."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import strawberry

from providers.domain.pages import Page
from resolvers.cursor import write_cursor

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow after endCursor.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before startCursor.")
    start_cursor: str | None = strawberry.field(description="The `before` of the page before; null where it is empty.")
    end_cursor: str | None = strawberry.field(
        description="The `after` of the next page. A page may be short, or empty, although more follows."
    )


@strawberry.type(description="A row and where it stands in its list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The `after` or `before` of a page that begins or ends at this row.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="A page of a list. Cursors stay right while rows are added.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows with a cursor each.")
    nodes: list[T] = strawberry.field(description="The rows.")
    page_info: PageInfo = strawberry.field(description="How to go on from here.")
    total_count: int | None = strawberry.field(
        description="The length of the whole list; null where nobody can know. Counting costs: ask only if you show it."
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
