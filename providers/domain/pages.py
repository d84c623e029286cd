"""Pages of lists, by positions instead of cursors."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, Self, TypeVar

T = TypeVar("T")

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

Position = tuple[str | int, ...]
"""The position of a row in its list: the values of the sort key. The last one makes it unique."""


class Beginning(str):
    """The beginning of the last value of a position, which a short cursor has in place of the whole.

    Of the rows that have the other values of the position, only one has a value that begins so: it is in `0-9a-f-`, and
    long enough.
    """

    __slots__ = ()


class PageRequest(NamedTuple):
    """At most `limit` rows strictly between `after` and `before`: the first ones, or with `backward` the last ones.

    Loaders hash it for each of many parents, which a tuple does in C.
    """

    limit: int
    after: Position | None = None
    before: Position | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAround:
    """At most `limit` rows, in their middle the one with the key: fewer if the list ends close to it."""

    limit: int
    middle: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """`nodes` in the order of the list, with their `positions`.

    `end` is the position that the next page starts after, if it isn't the last node's: a page can be short, or empty,
    although more follows. `count` returns the length of the whole list; it is None if the length is unknown.
    """

    nodes: Sequence[T]
    positions: Sequence[Position]
    has_next: bool
    has_previous: bool
    end: Position | None = None
    count: Callable[[], Awaitable[int | None]] | None = None

    def counted(self, *, is_known: bool) -> Self:
        """Return the page without its count unless the length of the list is known."""
        return self if is_known else replace(self, count=None)
