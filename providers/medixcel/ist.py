"""The upstream's clock: India Standard Time, always +05:30, written without an offset."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30), "IST")

EARLIEST = datetime(1900, 1, 1, tzinfo=IST)
LATEST = datetime(3000, 1, 1, tzinfo=IST)
"""Nothing takes place before or from here on: that is what a slip of the keyboard, or a program's zero, looks like."""

_DAY = timedelta(days=1)


def ist_text(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` of an aware datetime."""
    return moment.astimezone(IST).replace(tzinfo=None).isoformat(" ", "seconds")


def moment_from_ist(text: str) -> datetime:
    """What `ist_text` writes, in UTC. ValueError for anything else, and for times that nobody means."""
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=IST)
    if not EARLIEST <= moment < LATEST:
        raise ValueError("The year is out of range")
    return moment.astimezone(UTC)


def ist_days(start: datetime, end: datetime) -> list[date]:
    """The days in India that `start` (inclusive) to `end` (exclusive) touches, in order; none that nobody means."""
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
    """When a day in India starts and when the next one does, in UTC."""
    start = datetime.combine(day, time(), IST).astimezone(UTC)
    return start, start + _DAY


def six_months_after(moment: datetime) -> datetime:
    """The same day six months on, or the last one of that month where it is shorter."""
    years, month = divmod(moment.month + 5, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
