"""Whole lists as they were fetched. A list is parsed only if its response is not the one that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.reads.fetch import UNCHANGED, FetchTimes, Unchanged, combined
from providers.api.unparsed import Unparsed, parsed

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """A whole list. `digest` is that of the response; None if the plug-in parses before it yields."""

    entities: Sequence[T]
    digest: str | None


def listed(pages: Sequence[list[T] | Unparsed[list[T]]], mapping: str, times: FetchTimes) -> Listed[T] | Unchanged:
    """Return the entities of all pages, which are parsed only if their digest is not the one that is known."""
    unparsed = [page.digest for page in pages if isinstance(page, Unparsed)]
    digest = combined([mapping, *unparsed]) if len(unparsed) == len(pages) else None
    if digest is not None and digest == times.digest:
        return UNCHANGED
    return Listed(entities=[entity for page in pages for entity in parsed(page)], digest=digest)
