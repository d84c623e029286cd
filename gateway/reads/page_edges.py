"""How deep a page of messages reaches, and what it says of itself where the store does not reach as deep."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.storage import MessageCoverage, MessagePosition
from gateway.storage.timestamps import from_microseconds, to_microseconds
from providers.domain.entities import Message
from providers.domain.pages import Page, PageRequest, Position


def runs_out(page: Page[Message], request: PageRequest) -> bool:
    """Whether what the store has ends within the page: it isn't full, or it shall be the last one."""
    if request.backward:
        return request.before is None
    return not page.has_next and request.before is None and len(page.nodes) < request.limit


def reaches_below(page: Page[Message], request: PageRequest, tail: MessagePosition | None) -> bool:
    """Whether what the store has of the page may lack messages that are further down at the provider."""
    return runs_out(page, request) or (bool(page.nodes) and tail is not None and floor_of(page) < tail)


def is_open(page: Page[Message], request: PageRequest) -> bool:
    """Whether the page ends where the store does."""
    return not page.has_next and request.before is None


def floor_of(page: Page[Message]) -> MessagePosition:
    """The lowest position of a page that has any."""
    return _place(page.positions[-1])


def unfinished(page: Page[Message], request: PageRequest) -> Page[Message]:
    """The page as it is, though nobody can tell without another reading what follows it."""
    end = page.end or (page.positions[-1] if page.positions else request.after)
    return replace(page, has_next=True, end=end)


def cut_off(page: Page[Message], shallow: Sequence[MessageCoverage], request: PageRequest) -> Page[Message]:
    """The page down to where every conversation is known: it is short, and more follows.

    It never ends above the position that it was to begin after.
    """
    border = max((each.tail for each in shallow if each.tail is not None), default=None)
    if border is None:
        return page
    kept = sum(1 for position in page.positions if _place(position) >= border)
    end: Position = (to_microseconds(border.sorted_at), border.external_id, "")
    end = end if request.after is None else min(end, request.after)
    return replace(page, nodes=page.nodes[:kept], positions=page.positions[:kept], has_next=True, end=end)


def _place(position: Position) -> MessagePosition:
    sorted_at, external_id, _ = position
    return MessagePosition(from_microseconds(int(sorted_at)), str(external_id))
