"""Pages of lists: what is asked for and what comes back, in terms of positions instead of cursors."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

Position = tuple[str | int, ...]
"""Where a row stands in its list: the values that the list is ordered by. The last one makes it unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """At most `limit` rows strictly between `after` and `before`: the first ones, or with `backward` the last ones.

    Hashable, so that equal requests for many parents can be answered together.
    """

    limit: int
    after: Position | None = None
    before: Position | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """`nodes` in the order of the list, with their `positions`.

    `end` is where the next page starts when it isn't after the last node (a page may be short, or empty, although more
    follows). `count` counts the whole list when somebody asks; None where nobody can know.
    """

    nodes: Sequence[T]
    positions: Sequence[Position]
    has_next: bool
    has_previous: bool
    end: Position | None = None
    count: Callable[[], Awaitable[int | None]] | None = None
