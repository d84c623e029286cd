from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from providers.domain.time_zones import (
    Transition,
    is_skipped,
    is_unambiguous,
    readings,
    time_zone,
    transitions,
    utc_offset,
)

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize("name", ["Europe/Vienna", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert time_zone(name) == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    [None, "", "Europe", "europe/vienna", "Nowhere/Land", "../UTC", "/etc/localtime", "localtime", "Factory", "\0"],
)
def test_other_names_are_no_zones(name: str | None) -> None:
    assert time_zone(name) is None


def test_transitions_have_the_second_in_which_the_offset_changes() -> None:
    found = list(transitions(VIENNA, datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)))
    one, two = timedelta(hours=1), timedelta(hours=2)
    assert found == [
        Transition(datetime(2030, 3, 31, 1, tzinfo=UTC), one, two, "CEST"),
        Transition(datetime(2030, 10, 27, 1, tzinfo=UTC), two, one, "CET"),
    ]


def test_a_zone_that_skips_a_day_has_one_transition() -> None:
    apia = ZoneInfo("Pacific/Apia")
    [skipped] = transitions(apia, datetime(2011, 12, 1, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))
    assert skipped.moment == datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert skipped.after - skipped.before == timedelta(days=1)


@pytest.mark.parametrize(
    ("end", "count"), [(datetime(2020, 3, 26, tzinfo=UTC), 0), (datetime(2020, 3, 27, tzinfo=UTC), 1)]
)
def test_a_transition_at_the_end_of_the_window_is_in_it(end: datetime, count: int) -> None:
    jerusalem = ZoneInfo("Asia/Jerusalem")
    assert len(list(transitions(jerusalem, datetime(2020, 3, 1, tzinfo=UTC), end))) == count


def test_a_zone_without_summer_time_has_no_transitions() -> None:
    assert not list(
        transitions(ZoneInfo("Asia/Tokyo"), datetime(2030, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2030-10-26T23:59:59Z", True),
        ("2030-10-27T00:00:00Z", False),
        ("2030-10-27T00:59:59Z", False),
        ("2030-10-27T01:00:00Z", False),
        ("2030-10-27T01:59:59Z", False),
        ("2030-10-27T02:00:00Z", True),
        ("2030-03-31T00:59:59Z", True),
        ("2030-03-31T01:00:00Z", True),
    ],
)
def test_a_local_time_is_ambiguous_in_the_hour_that_comes_twice(moment: str, expected: bool) -> None:
    assert is_unambiguous(datetime.fromisoformat(moment), VIENNA) is expected


def test_an_offset_is_that_of_the_instant() -> None:
    assert utc_offset(datetime(2030, 10, 27, 0, 59, tzinfo=UTC), VIENNA) == timedelta(hours=2)
    assert utc_offset(datetime(2030, 10, 27, 1, tzinfo=UTC), VIENNA) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("local", "before", "after", "skipped"),
    [
        ("2030-05-06T10:00", "2030-05-06T08:00Z", "2030-05-06T08:00Z", False),
        ("2030-03-31T02:30", "2030-03-31T01:30Z", "2030-03-31T00:30Z", True),
        ("2030-03-31T03:00", "2030-03-31T01:00Z", "2030-03-31T01:00Z", False),
        ("2030-10-27T02:30", "2030-10-27T00:30Z", "2030-10-27T01:30Z", False),
        ("2030-10-27T03:00", "2030-10-27T02:00Z", "2030-10-27T02:00Z", False),
    ],
)
def test_a_local_time_has_two_readings_if_clocks_skip_it_or_show_it_twice(
    local: str, before: str, after: str, skipped: bool
) -> None:
    wall = datetime.fromisoformat(local)
    assert readings(wall, VIENNA) == (datetime.fromisoformat(before), datetime.fromisoformat(after))
    assert is_skipped(wall, VIENNA) is skipped
