"""Quotas: how many WebSockets and subscriptions each viewer may have open at once."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from gateway.graphql.execution.engine import OperationFailed
from gateway.graphql.execution.operation import JsonObject


class QuotaExceeded(Exception):
    """The viewer has the maximum number open."""


class Quota:
    """At most `maximum` for each viewer, counted in this process. There is no limit for a viewer that is None."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._open: Counter[str] = Counter()

    @contextmanager
    def slot(self, viewer: str | None) -> Iterator[None]:
        """Count one more as open for as long as the block lasts. Raise QuotaExceeded."""
        if viewer is None:
            yield
            return
        if self._open[viewer] >= self._maximum:
            raise QuotaExceeded
        self._open[viewer] += 1
        try:
            yield
        finally:
            self._release(viewer)

    def _release(self, viewer: str) -> None:
        self._open[viewer] -= 1
        if not self._open[viewer]:
            del self._open[viewer]


TOO_MANY_SUBSCRIPTIONS: JsonObject = {
    "message": "The maximum number of subscriptions is open.",
    "extensions": {"code": "RATE_LIMITED"},
}


async def within_quota(
    results: AsyncGenerator[bytes, None], quota: Quota, viewer: str | None
) -> AsyncGenerator[bytes, None]:
    """Yield the results of a subscription, which has a slot until they end. Raise OperationFailed if all are taken."""
    async with aclosing(results):
        try:
            with quota.slot(viewer):
                async for result in results:
                    yield result
        except QuotaExceeded:
            raise OperationFailed([TOO_MANY_SUBSCRIPTIONS], 429) from None
