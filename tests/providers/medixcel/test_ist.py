"""The upstream's clock."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from providers.medixcel.ist import ist_day_bounds, ist_days, ist_start_days, ist_text, moment_from_ist, six_months_after


def test_a_moment_is_written_in_india_without_an_offset() -> None:
    assert ist_text(datetime(2026, 3, 10, 20, 0, 5, 999, tzinfo=UTC)) == "2026-03-11 01:30:05"
    assert ist_text(datetime(2026, 3, 10, 20, 0, tzinfo=timezone(timedelta(hours=-5)))) == "2026-03-11 06:30:00"


def test_what_is_read_is_utc() -> None:
    moment = moment_from_ist("2026-03-11 01:30:05")
    assert moment == datetime(2026, 3, 10, 20, 0, 5, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "tomorrow"])
def test_text_that_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment_from_ist(text)


def test_a_day_starts_half_past_six_in_the_evening_of_the_day_before_in_utc() -> None:
    assert ist_day_bounds(date(2026, 3, 11)) == (
        datetime(2026, 3, 10, 18, 30, tzinfo=UTC),
        datetime(2026, 3, 11, 18, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-10T18:30", "2026-03-11T18:30", [11]),
        ("2026-03-10T18:29", "2026-03-11T18:30", [10, 11]),
        ("2026-03-10T18:30", "2026-03-11T18:31", [11, 12]),
        ("2026-03-10T00:00", "2026-03-11T00:00", [10, 11]),
        ("2026-03-10T12:00", "2026-03-10T12:00", []),
        ("2026-03-10T12:00", "2026-03-09T12:00", []),
        ("0001-01-01T00:00", "1899-12-31T18:30", []),
        ("2999-12-31T18:30", "9999-12-31T23:59", []),
    ],
)
def test_a_window_touches_the_days_that_it_has_a_part_of(start: str, end: str, days: list[int]) -> None:
    window = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end)]
    assert ist_days(*window) == [date(2026, 3, day) for day in days]


def test_a_window_is_limited_to_plausible_times() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    days = ist_days(first, last)
    assert (days[0], days[-1]) == (date(1900, 1, 1), date(2999, 12, 31))


def test_a_meeting_may_have_started_on_the_day_before_the_window() -> None:
    start = datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
    assert ist_start_days(start, start + timedelta(hours=1)) == [date(2026, 3, 10), date(2026, 3, 11)]
    assert ist_start_days(start, start) == []


def test_no_meeting_starts_before_the_first_plausible_day() -> None:
    first = datetime.min.replace(tzinfo=UTC)
    assert ist_start_days(first, datetime(1900, 1, 1, tzinfo=UTC)) == [date(1900, 1, 1)]


@pytest.mark.parametrize(
    ("moment", "later"),
    [("2026-03-10T12:00", "2026-09-10T12:00"), ("2026-08-31T12:00", "2027-02-28T12:00"), ("2026-06-30", "2026-12-30")],
)
def test_six_months_end_on_the_same_day_or_the_last_one(moment: str, later: str) -> None:
    assert six_months_after(datetime.fromisoformat(moment)) == datetime.fromisoformat(later)
