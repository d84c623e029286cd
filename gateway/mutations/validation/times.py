"""Validation of the times of a meeting."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.mutations.validation.fields import Faults
from providers.domain.commands import Unreadable
from providers.domain.time_zones import is_unambiguous, time_zone

MAX_DURATION = timedelta(hours=24)
_GRACE = timedelta(minutes=1)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)
"""The calendar ends with 9999, and no local time may lie beyond it."""


def start_and_end(
    faults: Faults,
    start: datetime | Unreadable,
    minutes: int | Unreadable | None,
    end: datetime | Unreadable | None,
    *,
    zone_name: str | None,
    now: datetime,
    otherwise: timedelta | None = None,
) -> tuple[datetime, datetime]:
    """Return the start and the end in UTC.

    `now` stands in for one that is unreadable, which is a fault: raise the faults before you use them.
    """
    begin = start_time(faults, start, zone_name, now)
    finish = end_time(faults, begin, minutes, end, zone_name=zone_name, otherwise=otherwise)
    return begin or now, finish or now


def start_time(faults: Faults, given: datetime | Unreadable, zone_name: str | None, now: datetime) -> datetime | None:
    """Return the start in UTC, at most a minute in the past; None if it is unreadable.

    If a zone is named, an hour that its clocks skip or show twice is a fault: a provider that takes local times could
    not know which one was meant.
    """
    readable = faults.readable(given, "startTime")
    if readable is None:
        return None
    start = readable.astimezone(UTC)
    if fault := _fault_of_hour(readable, zone_name):
        faults.add(f"startTime {fault}", "startTime")
    elif start < now - _GRACE:
        faults.add("startTime is more than one minute in the past.", "startTime")
    elif start > _LATEST:
        faults.add("startTime is too far in the future.", "startTime")
    return min(start, _LATEST)


def end_time(
    faults: Faults,
    start: datetime | None,
    minutes: int | Unreadable | None,
    end: datetime | Unreadable | None,
    *,
    zone_name: str | None,
    otherwise: timedelta | None = None,
) -> datetime | None:
    """Return the end in UTC, from exactly one of `minutes` and `end`; without both from `otherwise`, if there is one.

    The same hours are faults as those of a start. None if a time that it depends on is unreadable.
    """
    if minutes is not None and end is not None:
        faults.add("Give durationMinutes or endTime, not both.", "endTime")
    elif minutes is not None:
        duration = _duration(faults, minutes)
        return start and start + duration
    elif end is not None:
        readable = faults.readable(end, "endTime")
        return readable and _end(faults, start, readable, zone_name)
    elif otherwise is None:
        faults.add("Give durationMinutes or endTime.", "durationMinutes")
    return start and start + (otherwise or timedelta())


def _duration(faults: Faults, given: int | Unreadable) -> timedelta:
    minutes = faults.readable(given, "durationMinutes")
    if minutes is None:
        return timedelta()
    if minutes < 1:
        faults.add("durationMinutes is less than 1.", "durationMinutes")
    elif timedelta(minutes=minutes) > MAX_DURATION:
        faults.add("durationMinutes is more than 24 hours.", "durationMinutes")
    else:
        return timedelta(minutes=minutes)
    return timedelta()


def _end(faults: Faults, start: datetime | None, given: datetime, zone_name: str | None) -> datetime:
    end = given.astimezone(UTC)
    if fault := _fault_of_hour(given, zone_name):
        faults.add(f"endTime {fault}", "endTime")
    elif start is not None and end <= start:
        faults.add("endTime is not after startTime.", "endTime")
    elif start is not None and end - start > MAX_DURATION:
        faults.add("endTime is more than 24 hours after startTime.", "endTime")
    return end


def _fault_of_hour(given: datetime, zone_name: str | None) -> str | None:
    """Return why clocks in the zone don't show this hour exactly once; None if they do."""
    zone = time_zone(zone_name)
    if zone is None or not _EARLIEST < given < _LATEST:
        return None
    if _is_skipped(given, zone):
        return f"does not exist in {zone_name}: its clocks skip this hour."
    if not is_unambiguous(given, zone):
        return f"occurs twice in {zone_name}: its clocks are set back."
    return None


def _is_skipped(given: datetime, zone: ZoneInfo) -> bool:
    """Whether the hour was written down as one of the zone's clocks, which never show it."""
    wall = given.replace(tzinfo=zone)
    exists = wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
    is_of_zone = given.utcoffset() in (wall.utcoffset(), wall.replace(fold=1).utcoffset())
    return not exists and is_of_zone and given.utcoffset() != timedelta()
