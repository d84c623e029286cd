"""Pages of messages of which the store may have only a part: what a page lacks, and where it may end."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.storage import MessageCoverage, MessagePosition
from providers.domain.entities import Message
from providers.domain.pages import Page, PageRequest

MAX_CHUNK = 500
"""Messages that are fetched at most before the page is read again."""


def missing(page: Page[Message], request: PageRequest) -> int:
    """Return how many messages to fetch for the page. One that is counted from the end needs all there are."""
    return MAX_CHUNK if request.backward else min(MAX_CHUNK, max(1, request.limit - len(page.nodes)))


def is_exhausted(page: Page[Message], request: PageRequest) -> bool:
    """Return whether the store ends within the page: the page isn't full, or it is the last one."""
    if request.backward:
        return request.before is None
    return not page.has_next and request.before is None and len(page.nodes) < request.limit


def reaches_below(page: Page[Message], request: PageRequest, tail: MessagePosition | None) -> bool:
    """Return whether the page may lack messages that the provider lists below the coverage."""
    return is_exhausted(page, request) or (bool(page.nodes) and tail is not None and lowest(page) < tail)


def is_open(page: Page[Message], request: PageRequest) -> bool:
    """Return whether the page ends where the store does."""
    return not page.has_next and request.before is None


def lowest(page: Page[Message]) -> MessagePosition:
    """Return the lowest position of a page that is not empty."""
    return MessagePosition.from_page(page.positions[-1])


def unfinished(page: Page[Message], request: PageRequest) -> Page[Message]:
    """Return the page with `has_next`: only another fetch can show that nothing follows."""
    end = page.end or (page.positions[-1] if page.positions else request.after)
    return replace(page, has_next=True, end=end, count=None)


def cut_off(page: Page[Message], shallow: Sequence[MessageCoverage], request: PageRequest) -> Page[Message]:
    """Return the page down to where every conversation is covered: it is short, and more follows.

    It never ends above the position that it starts after.
    """
    border = max((each.tail for each in shallow if each.tail is not None), default=None)
    if border is None:
        return page.counted(is_known=False)
    count = sum(1 for position in page.positions if MessagePosition.from_page(position) >= border)
    end = border.in_page("")
    end = end if request.after is None else min(end, request.after)
    return replace(page, nodes=page.nodes[:count], positions=page.positions[:count], has_next=True, end=end, count=None)
