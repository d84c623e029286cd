from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from providers.http import MAX_SKEW, Answer, HostClock
from providers.http.clock import clock_from

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _answer(date: str, **headers: str) -> Answer:
    return Answer(status=200, headers={"date": date, **headers}, body=b"")


def _dated(ahead: timedelta, **headers: str) -> Answer:
    return _answer(format_datetime(NOON + ahead, usegmt=True), **headers)


@pytest.mark.parametrize("ahead", [5 * MINUTE, -5 * MINUTE, timedelta(seconds=20)])
def test_a_differing_date_is_taken_as_the_hosts_clock(ahead: timedelta) -> None:
    clock = clock_from(_dated(ahead), NOON)
    assert clock == HostClock(ahead)
    assert clock.at(NOON) == NOON + ahead
    assert clock.earliest(NOON) == NOON + ahead - MINUTE
    assert clock.latest(NOON) == NOON + ahead + MINUTE


def test_a_date_that_agrees_still_allows_for_clock_skew() -> None:
    """It may be a proxy's."""
    clock = clock_from(_dated(timedelta(seconds=-1)), NOON)
    assert clock == HostClock()
    assert (clock.earliest(NOON), clock.latest(NOON)) == (NOON - MAX_SKEW, NOON + MAX_SKEW)


@pytest.mark.parametrize(
    "answer",
    [_answer(""), _answer("yesterday"), _dated(timedelta(days=400)), _dated(5 * MINUTE, age="300")],
    ids=["none", "nonsense", "of another year", "of a cached answer"],
)
def test_an_implausible_date_is_ignored(answer: Answer) -> None:
    assert clock_from(answer, NOON) is None
