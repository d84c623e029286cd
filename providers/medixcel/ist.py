"""The upstream's times: India Standard Time, always +05:30, written without an offset."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30), "IST")

EARLIEST = datetime(1900, 1, 1, tzinfo=IST)
LATEST = datetime(3000, 1, 1, tzinfo=IST)
"""Bounds of plausible times, EARLIEST inclusive. Others are typing errors or a program's zero."""

_DAY = timedelta(days=1)


def ist_text(moment: datetime) -> str:
    """Format an aware datetime as `YYYY-MM-DD HH:MM:SS`."""
    return moment.astimezone(IST).replace(tzinfo=None).isoformat(" ", "seconds")


def moment_from_ist(text: str) -> datetime:
    """Parse the output of `ist_text`; return UTC. Raise ValueError for other text and for implausible times."""
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=IST)
    if not EARLIEST <= moment < LATEST:
        raise ValueError("The year is out of range")
    return moment.astimezone(UTC)


def ist_days(start: datetime, end: datetime) -> list[date]:
    """Return the days in India from `start` (inclusive) to `end` (exclusive), in order, within the plausible times."""
    start, end = max(start, EARLIEST), min(end, LATEST)
    if start >= end:
        return []
    first = start.astimezone(IST).date()
    last = (end - timedelta.resolution).astimezone(IST).date()
    return [first + count * _DAY for count in range((last - first).days + 1)]


def ist_start_days(start: datetime, end: datetime) -> list[date]:
    """Return the days in India on which a meeting may start that overlaps `start` to `end`, in order.

    It may have started on the day before the first: no meeting is expected to take longer than 24 hours.
    """
    days = ist_days(start, end)
    return [*(day - _DAY for day in days[:1] if day > EARLIEST.date()), *days]


def ist_day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the start of a day in India and of the next day, in UTC."""
    start = datetime.combine(day, time(), IST).astimezone(UTC)
    return start, start + _DAY


def six_months_after(moment: datetime) -> datetime:
    """Return the same day six months later, or the last day of that month if the month is shorter."""
    years, month = divmod(moment.month + 5, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
