"""Makes viewers pay for what they ask, with points that come back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from graphql import GraphQLError

from gateway.graphql.execution.cost.buckets import TokenBuckets
from gateway.graphql.execution.cost.model import OperationCost, Variables

C = TypeVar("C")


class TooExpensive(Exception):
    """Nothing is run. `error` says why; `status` is HTTP's."""

    def __init__(self, error: GraphQLError, status: int) -> None:
        super().__init__()
        self.error = error
        self.status = status


@dataclass(slots=True)
class Charge:
    """Of one operation; what it did not come to is given back when it is settled."""

    buckets: TokenBuckets
    spender: str | None
    price: OperationCost
    requested: int
    actual: int = field(default=0, init=False)

    def settle(self, data: object) -> None:
        self.actual = self.price.actual(data)
        if self.spender is not None:
            self.buckets.spend(self.spender, self.actual - self.requested)

    def told(self) -> Mapping[str, object]:
        """As it stands in `extensions.cost`."""
        available = self.buckets.maximum if self.spender is None else self.buckets.available(self.spender)
        return {
            "requestedQueryCost": self.requested,
            "actualQueryCost": self.actual,
            "throttleStatus": {
                "maximumAvailable": self.buckets.maximum,
                "currentlyAvailable": max(0, available),
                "restoreRate": self.buckets.restore_rate,
            },
        }


class RateLimit(Generic[C]):
    """`spender` tells from a context who pays; nobody has to where it tells None. No operation may cost over `most`."""

    def __init__(
        self, weights: Mapping[str, int], *, most: int, buckets: TokenBuckets, spender: Callable[[C], str | None]
    ) -> None:
        self.weights = weights
        self._most = most
        self._buckets = buckets
        self._spender = spender

    def charge(self, price: OperationCost, variables: Variables, context: C) -> Charge:
        """Takes the points that the operation may come to. Raises TooExpensive."""
        requested = price.requested(variables)
        if requested > self._most:
            raise TooExpensive(_above(requested, self._most), 400)
        spender = self._spender(context)
        if spender is not None:
            self._spend(spender, requested)
        return Charge(self._buckets, spender, price, requested)

    def _spend(self, spender: str, points: int) -> None:
        if seconds := self._buckets.seconds_until(spender, points):
            raise TooExpensive(_throttled(points, self._buckets.available(spender), seconds), 429)
        self._buckets.spend(spender, points)


def _above(requested: int, most: int) -> GraphQLError:
    return GraphQLError(
        f"An operation may cost {most} points, and this may come to {requested}. Ask for less, or for smaller pages.",
        extensions={"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": most},
    )


def _throttled(points: int, available: int, seconds: int) -> GraphQLError:
    return GraphQLError(
        f"This may cost {points} points, and {max(0, available)} are there now.",
        extensions={"code": "RATE_LIMITED", "cost": points, "retryable": True, "retryAfterSeconds": seconds},
    )
