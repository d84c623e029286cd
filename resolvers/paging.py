"""The paging arguments of connections."""

from typing import Annotated

import strawberry

from providers.domain.errors import BadUserInput
from providers.domain.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageRequest, Position
from resolvers.cursor import read_cursor

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
    """Return the page of the list `listing` that the arguments request. Raises BadUserInput for a wrong argument."""
    if first is not None and last is not None:
        raise BadUserInput("last: can't be combined with first.", path=("last",))
    return PageRequest(
        limit=_limit("first", DEFAULT_PAGE_SIZE if first is None else first) if last is None else _limit("last", last),
        after=_position(listing, "after", after),
        before=_position(listing, "before", before),
        backward=last is not None,
    )


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
