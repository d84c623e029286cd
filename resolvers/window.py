"""The time range of a filter's `from` and `to`."""

from datetime import UTC, datetime, timedelta

from providers.domain.errors import BadUserInput

DEFAULT_LENGTH = timedelta(days=31)
GREATEST_LENGTH = timedelta(days=366)


def meeting_window(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the range in UTC: 31 days from today's midnight by default, 366 days at most. Raise BadUserInput."""
    try:
        if start is None:
            start = _midnight(now) if end is None else end - DEFAULT_LENGTH
        if end is None:
            end = start + DEFAULT_LENGTH
    except OverflowError:
        raise BadUserInput("from and to: must be within the calendar.", path=("filter",)) from None
    _check_order(start, end)
    if end - start > GREATEST_LENGTH:
        raise BadUserInput(f"to: must be at most {GREATEST_LENGTH.days} days after from.", path=("filter", "to"))
    return start.astimezone(UTC), end.astimezone(UTC)


def message_window(start: datetime | None, end: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Return the range in UTC, open on a side that is None. Raise BadUserInput."""
    _check_order(start, end)
    return start and start.astimezone(UTC), end and end.astimezone(UTC)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _check_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and start >= end:
        raise BadUserInput("to: must be after from.", path=("filter", "to"))
