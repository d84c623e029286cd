"""Rate limit in points of query cost: a token bucket for each user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from time import monotonic
from typing import Generic, TypeVar

from graphql import GraphQLError

from gateway.graphql.execution.cost.model import OperationCost, Variables

C = TypeVar("C")

MAX_BUCKETS = 10_000
"""Number of buckets above which full ones are dropped."""

UNREPORTED_SHARE = 0.75
"""Share of a bucket that has to be left for the cost of an operation not to be reported."""


class TooExpensive(Exception):
    """An operation costs more than an operation may, or more than its user has. `status` is HTTP's."""

    def __init__(self, error: GraphQLError, status: int) -> None:
        super().__init__()
        self.error = error
        self.status = status


class TokenBuckets:
    """A bucket of `maximum` points for each user, refilled with `restore_rate` points a second.

    Held in this process: with several processes a user has a bucket in each.
    """

    def __init__(self, maximum: int, restore_rate: int, clock: Callable[[], float] = monotonic) -> None:
        self.maximum = maximum
        self.restore_rate = restore_rate
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def available(self, user: str) -> int:
        """Return the points of a user's bucket, rounded down; negative if it is in debt."""
        return int(self._level(user))

    def seconds_until(self, user: str, points: int) -> int:
        """Return the seconds, rounded up, until the bucket has `points` or is full; 0 if it has them."""
        return max(0, ceil((min(points, self.maximum) - self._level(user)) / self.restore_rate))

    def spend(self, user: str, points: int) -> None:
        """Take points, even if the bucket goes into debt. Negative `points` are given back."""
        self._levels[user] = min(self.maximum, self._level(user) - points), self._clock()
        if len(self._levels) > MAX_BUCKETS:
            self._drop_full()

    def _level(self, user: str) -> float:
        level, at = self._levels.get(user, (self.maximum, 0.0))
        return min(self.maximum, level + (self._clock() - at) * self.restore_rate)

    def _drop_full(self) -> None:
        # A user without a bucket has a full one, so that dropping a full bucket changes nothing.
        self._levels = {each: level for each, level in self._levels.items() if self._level(each) < self.maximum}


@dataclass(slots=True)
class Charge:
    """The charge for one operation: `requested` points when it starts, corrected by `settle` when it has ended.

    `user` is None if the operation is free. `is_wanted` is whether the client wants to know what it came to.
    """

    buckets: TokenBuckets
    user: str | None
    cost: OperationCost
    requested: int
    is_wanted: bool
    actual: int = field(default=0, init=False)

    def settle(self, data: object) -> None:
        """Give back the points that the operation did not use, by the `data` of its response."""
        self.actual = self.cost.actual(data)
        if self.user is not None:
            self.buckets.spend(self.user, self.actual - self.requested)

    def report(self) -> Mapping[str, object] | None:
        """Return `extensions.cost` of the response, in the form of Shopify's API.

        None if the client doesn't want to know, and has no reason to: three quarters of the bucket are left.
        """
        available = self.buckets.maximum if self.user is None else self.buckets.available(self.user)
        if not self.is_wanted and available >= UNREPORTED_SHARE * self.buckets.maximum:
            return None
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
    """Charges users for their operations, before these run.

    `weights` are costs of calls by schema coordinate. `user_of` returns the user that a context charges, None if its
    operations are free, and `is_wanted` whether its client wants to know the cost. No operation may cost more than
    `max_cost` points, a free one included.
    """

    def __init__(
        self,
        weights: Mapping[str, int],
        *,
        max_cost: int,
        buckets: TokenBuckets,
        user_of: Callable[[C], str | None],
        is_wanted: Callable[[C], bool],
    ) -> None:
        self.weights = weights
        self._max_cost = max_cost
        self._buckets = buckets
        self._user_of = user_of
        self._is_wanted = is_wanted

    def charge(self, cost: OperationCost, variables: Variables, context: C) -> Charge:
        """Take the points that the operation can come to. Raise TooExpensive."""
        requested = cost.requested(variables)
        if requested > self._max_cost:
            raise TooExpensive(_above_maximum(requested, self._max_cost), 400)
        user = self._user_of(context)
        if user is not None:
            self._take(user, requested)
        return Charge(self._buckets, user, cost, requested, self._is_wanted(context))

    def _take(self, user: str, points: int) -> None:
        if seconds := self._buckets.seconds_until(user, points):
            raise TooExpensive(_throttled(points, self._buckets.available(user), seconds), 429)
        self._buckets.spend(user, points)


def _above_maximum(requested: int, maximum: int) -> GraphQLError:
    return GraphQLError(
        f"The operation can cost {requested} points; the maximum is {maximum}. "
        "Select fewer fields or request smaller pages.",
        extensions={"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": maximum},
    )


def _throttled(points: int, available: int, seconds: int) -> GraphQLError:
    return GraphQLError(
        f"The operation can cost {points} points; {max(0, available)} are available. Retry in {seconds} s.",
        extensions={"code": "RATE_LIMITED", "cost": points, "retryable": True, "retryAfterSeconds": seconds},
    )
