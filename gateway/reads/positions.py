"""Positions that no row of a list ever had: cursors that somebody wrote themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.storage import ForeignPosition
from providers.domain.errors import BadUserInput
from providers.domain.pages import PageRequest


@contextmanager
def positions_of(request: PageRequest) -> Iterator[None]:
    """Turns the store's complaint about a position of the request into BadUserInput, which names the argument."""
    try:
        yield
    except ForeignPosition:
        given = [name for name in ("after", "before") if getattr(request, name) is not None]
        raise BadUserInput(f"{' or '.join(given)}: is no cursor of this list.", path=(given[0],)) from None
