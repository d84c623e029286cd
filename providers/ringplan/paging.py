"""Lists that come page by page, without a total: a page that isn't full is the last one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

PER_PAGE = 20
"""The documented page size of R11, R15 and R16."""

T = TypeVar("T")


async def pages(fetch: Callable[[int], Awaitable[list[T]]], first: int = 1) -> AsyncIterator[list[T]]:
    """The pages from number `first` on, a call a page, at least one, the last one not full.

    A service that says the same page again has no other: it counts as an empty one.
    """
    number = first
    previous: list[T] | None = None
    while True:
        items = await fetch(number)
        items = [] if items == previous else items
        yield items
        if len(items) < PER_PAGE:
            return
        previous = items
        number += 1
