from datetime import timedelta

import pytest

from gateway.graphql.execution.cost.rate_limit import MAX_BUCKETS, TokenBuckets
from tests.testkit.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(clock: Clock) -> TokenBuckets:
    return TokenBuckets(100, 10, clock=lambda: clock().timestamp())


def test_points_that_are_spent_come_back_with_time_and_no_more_than_there_were(
    buckets: TokenBuckets, clock: Clock
) -> None:
    buckets.spend("ada", 60)
    assert buckets.available("ada") == 40
    clock.pass_by(timedelta(seconds=2))
    assert buckets.available("ada") == 60
    clock.pass_by(timedelta(hours=1))
    assert buckets.available("ada") == 100


def test_each_user_has_a_bucket(buckets: TokenBuckets) -> None:
    buckets.spend("ada", 100)
    assert (buckets.available("ada"), buckets.available("bob")) == (0, 100)


def test_the_seconds_until_enough_points_are_restored_are_rounded_up(buckets: TokenBuckets) -> None:
    buckets.spend("ada", 95)
    assert [buckets.seconds_until("ada", points) for points in (5, 6, 100, 1_000)] == [0, 1, 10, 10]


def test_unused_points_are_given_back(buckets: TokenBuckets) -> None:
    buckets.spend("ada", 60)
    buckets.spend("ada", -50)
    assert buckets.available("ada") == 90


def test_full_buckets_are_dropped_when_there_are_too_many(buckets: TokenBuckets, clock: Clock) -> None:
    for number in range(MAX_BUCKETS):
        buckets.spend(str(number), 1)
    clock.pass_by(timedelta(seconds=1))
    buckets.spend("ada", 1)
    assert len(buckets._levels) == 1
