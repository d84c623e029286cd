from datetime import datetime, timedelta

import pytest

from gateway.mutations.validation.fields import Faults
from gateway.mutations.validation.times import end_time, start_time
from providers.domain.errors import InvalidInput
from tests.testkit.clock import NOON


def _start(given: str, zone: str | None = None, now: datetime = NOON) -> datetime:
    faults = Faults()
    start = start_time(faults, datetime.fromisoformat(given), zone, now)
    faults.raise_if_any()
    assert start is not None
    return start


def test_a_start_may_be_one_minute_in_the_past() -> None:
    assert _start("2030-05-06T11:59:00Z") == NOON - timedelta(minutes=1)
    with pytest.raises(InvalidInput, match="past"):
        _start("2030-05-06T11:58:59Z")


@pytest.mark.parametrize("given", ["2031-03-30T01:59:59+01:00", "2031-03-30T03:00:00+02:00", "2031-03-30T02:30:00Z"])
def test_hours_around_one_that_is_skipped_are_valid(given: str) -> None:
    assert _start(given, "Europe/Berlin") == datetime.fromisoformat(given)


@pytest.mark.parametrize("given", ["2030-10-27T01:59:59+02:00", "2030-10-27T03:00:00+01:00"])
def test_hours_around_one_that_occurs_twice_are_valid(given: str) -> None:
    assert _start(given, "Europe/Berlin") == datetime.fromisoformat(given)


def test_an_hour_that_occurs_twice_is_one_hour_without_a_zone() -> None:
    given = "2030-10-27T02:30:00+02:00"

    assert _start(given) == datetime.fromisoformat(given)


def test_a_past_hour_that_the_zone_skips_is_reported_as_skipped() -> None:
    with pytest.raises(InvalidInput, match=r"^startTime does not exist in Europe/Berlin"):
        _start("2024-03-31T02:30:00+01:00", "Europe/Berlin")


@pytest.mark.parametrize("zone", ["India Standard Time", "GMT+05:30", "Europe", "/etc", "a\0b"])
def test_a_zone_that_only_its_provider_knows_is_ignored(zone: str) -> None:
    assert _start("2030-05-07T10:00:00Z", zone) == datetime.fromisoformat("2030-05-07T10:00:00Z")


def test_a_meeting_takes_at_most_24_hours() -> None:
    faults = Faults()

    assert end_time(faults, NOON, 24 * 60, None, zone_name=None) == NOON + timedelta(hours=24)
    assert end_time(faults, NOON, None, NOON + timedelta(hours=24), zone_name=None) == NOON + timedelta(hours=24)
    faults.raise_if_any()


def test_without_a_duration_and_an_end_the_duration_is_unchanged() -> None:
    stays = timedelta(minutes=45)

    assert end_time(Faults(), NOON, None, None, zone_name=None, otherwise=stays) == NOON + stays
