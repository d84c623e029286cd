"""The stretch of time that a filter's `from` and `to` mean."""

from datetime import UTC, datetime, timedelta

from providers.domain.errors import BadUserInput

DEFAULT_LENGTH = timedelta(days=31)
GREATEST_LENGTH = timedelta(days=366)


def meeting_window(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From the start of today (UTC) and 31 days on, so far as nothing else was said; 366 days at most."""
    try:
        if start is None:
            start = _midnight(now) if end is None else end - DEFAULT_LENGTH
        if end is None:
            end = start + DEFAULT_LENGTH
    except OverflowError:
        raise BadUserInput("from and to: the calendar ends there.", path=("filter",)) from None
    _check_order(start, end)
    if end - start > GREATEST_LENGTH:
        raise BadUserInput(f"to: at most {GREATEST_LENGTH.days} days after from.", path=("filter", "to"))
    return start.astimezone(UTC), end.astimezone(UTC)


def message_window(start: datetime | None, end: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Open to either side where nothing was said."""
    _check_order(start, end)
    return start and start.astimezone(UTC), end and end.astimezone(UTC)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _check_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and start >= end:
        raise BadUserInput("to: has to be after from.", path=("filter", "to"))
