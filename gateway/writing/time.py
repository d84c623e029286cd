"""What the times of a meeting have to be like."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.writing.fault import Faults
from providers.time_zone import is_unambiguous, time_zone
from resolvers.errors import BadUserInput

LONGEST = timedelta(hours=24)
_GRACE = timedelta(minutes=1)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)
"""The calendar ends with 9999, and no local time may lie beyond it."""


def start_time(faults: Faults, given: datetime, zone_name: str | None, now: datetime) -> datetime:
    """The start in UTC, at most a minute in the past.

    Where a zone is named, BadUserInput refuses an hour that its clocks skip, and one that they show twice: a provider
    that is told local times could not tell which one was meant.
    """
    _check_hour("startTime", given, zone_name)
    start = given.astimezone(UTC)
    if start < now - _GRACE:
        faults.add("startTime is in the past.", "startTime")
    if start > _LATEST:
        faults.add("startTime is too far in the future.", "startTime")
    return min(start, _LATEST)


def end_time(
    faults: Faults,
    start: datetime,
    minutes: int | None,
    end: datetime | None,
    *,
    zone_name: str | None,
    otherwise: timedelta | None = None,
) -> datetime:
    """The end in UTC, from exactly one of `minutes` and `end`; from neither where there is an `otherwise`.

    BadUserInput refuses the same hours as those of a start.
    """
    if minutes is not None and end is not None:
        faults.add("Give durationMinutes or endTime, not both.", "endTime")
    elif minutes is not None:
        return start + _duration(faults, minutes)
    elif end is not None:
        _check_hour("endTime", end, zone_name)
        return _end(faults, start, end.astimezone(UTC))
    elif otherwise is None:
        faults.add("Give durationMinutes or endTime.", "durationMinutes")
    return start + (otherwise or timedelta())


def _duration(faults: Faults, minutes: int) -> timedelta:
    if minutes < 1:
        faults.add("durationMinutes is less than 1.", "durationMinutes")
    elif timedelta(minutes=minutes) > LONGEST:
        faults.add("durationMinutes is more than 24 hours.", "durationMinutes")
    else:
        return timedelta(minutes=minutes)
    return timedelta()


def _end(faults: Faults, start: datetime, end: datetime) -> datetime:
    if end <= start:
        faults.add("endTime is not after startTime.", "endTime")
    elif end - start > LONGEST:
        faults.add("endTime is more than 24 hours after startTime.", "endTime")
    return end


def _check_hour(field: str, given: datetime, zone_name: str | None) -> None:
    zone = time_zone(zone_name)
    if zone is None or not _EARLIEST < given < _LATEST:
        return
    if _is_skipped(given, zone):
        raise BadUserInput(f"{field}: it does not exist in {zone_name}: its clocks skip this hour.")
    if not is_unambiguous(given, zone):
        raise BadUserInput(f"{field}: it comes twice in {zone_name}: its clocks are set back.")


def _is_skipped(given: datetime, zone: ZoneInfo) -> bool:
    """Whether the hour was written down as one of the zone's clocks, which never show it."""
    wall = given.replace(tzinfo=zone)
    exists = wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
    is_of_zone = given.utcoffset() in (wall.utcoffset(), wall.replace(fold=1).utcoffset())
    return not exists and is_of_zone and given.utcoffset() != timedelta()
