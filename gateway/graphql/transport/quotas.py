"""How much of what lasts each viewer may have at once."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from gateway.graphql.execution.engine import OperationFailed
from gateway.graphql.execution.operation import JsonObject


class QuotaExceeded(Exception):
    """The viewer has as many as they may."""


class Quota:
    """`most` for each viewer, in this process. Who is None may have as many as they like."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def seat(self, viewer: str | None) -> Iterator[None]:
        """Raises QuotaExceeded."""
        if viewer is None:
            yield
            return
        if self._taken[viewer] >= self._most:
            raise QuotaExceeded
        self._taken[viewer] += 1
        try:
            yield
        finally:
            self._leave(viewer)

    def _leave(self, viewer: str) -> None:
        self._taken[viewer] -= 1
        if not self._taken[viewer]:
            del self._taken[viewer]


TOO_MANY_SUBSCRIPTIONS: JsonObject = {
    "message": "As many subscriptions are open as one viewer may have.",
    "extensions": {"code": "RATE_LIMITED"},
}


async def within_quota(
    results: AsyncGenerator[bytes, None], seats: Quota, viewer: str | None
) -> AsyncGenerator[bytes, None]:
    """The results of a subscription, which has a seat while they last; OperationFailed where there is none."""
    async with aclosing(results):
        try:
            with seats.seat(viewer):
                async for result in results:
                    yield result
        except QuotaExceeded:
            raise OperationFailed([TOO_MANY_SUBSCRIPTIONS], 429) from None
