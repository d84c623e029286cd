"""Validation of the times of a meeting."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.mutations.validation.fields import Faults
from providers.domain.commands import Unreadable
from providers.domain.time_zones import is_skipped, readings, time_zone

MAX_DURATION = timedelta(hours=24)
_GRACE = timedelta(minutes=1)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)
"""The calendar ends with 9999, and no local time may lie beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenStart:
    """The start of a meeting as a client gave it: an `instant`, or a `local` time, which clocks in the zone show then.

    `zone` is the zone of the meeting. One that is unreadable is reported as a fault of its own.
    """

    instant: datetime | Unreadable | None = None
    local: datetime | Unreadable | None = None
    zone: str | Unreadable | None = None

    @property
    def zone_name(self) -> str | None:
        return None if isinstance(self.zone, Unreadable) else self.zone


def start_and_end(
    faults: Faults,
    start: GivenStart,
    minutes: int | Unreadable | None,
    end: datetime | Unreadable | None,
    *,
    now: datetime,
    otherwise: timedelta | None = None,
) -> tuple[datetime, datetime]:
    """Return the start and the end in UTC.

    `now` stands in for one that is unreadable, which is a fault: raise the faults before you use them.
    """
    begin = given_start(faults, start, now)
    finish = end_time(faults, begin, minutes, end, zone_name=start.zone_name, otherwise=otherwise)
    return begin or now, finish or now


def given_start(faults: Faults, given: GivenStart, now: datetime) -> datetime | None:
    """Return the start in UTC, from exactly one of the instant and the local time; None if it is unreadable."""
    if given.instant is not None and given.local is not None:
        faults.add("Give startTime or localStartTime, not both.", "localStartTime")
    elif given.instant is not None:
        return start_time(faults, given.instant, given.zone_name, now)
    elif given.local is not None:
        return _local_start(faults, given.local, given, now)
    else:
        faults.add("Give startTime, or localStartTime with timeZone.", "startTime")
    return None


def _local_start(faults: Faults, given: datetime | Unreadable, start: GivenStart, now: datetime) -> datetime | None:
    """Return the start in UTC, at most a minute in the past; None if it is unreadable, or has no zone.

    A time that the zone's clocks skip or show twice is a fault, which names the two moments that it can mean.
    """
    local, zone = faults.readable(given, "localStartTime"), time_zone(start.zone_name)
    if zone is None and not isinstance(start.zone, Unreadable):
        faults.add("Give timeZone with localStartTime.", "timeZone")
    if local is None or zone is None:
        return None
    if not _EARLIEST < local.replace(tzinfo=UTC) < _LATEST:
        return _in_reach(faults, local.replace(tzinfo=UTC), now, "localStartTime")
    before, after = readings(local, zone)
    if before == after or max(before, after) < now - _GRACE:
        return _in_reach(faults, before, now, "localStartTime")
    fault = "does not exist" if is_skipped(local, zone) else "occurs twice"
    moments = " or ".join(each.astimezone(zone).isoformat() for each in (before, after))
    faults.add(f"localStartTime {fault} in {zone.key}: it can mean {moments}.", "localStartTime")
    return before


def start_time(faults: Faults, given: datetime | Unreadable, zone_name: str | None, now: datetime) -> datetime | None:
    """Return the start in UTC, at most a minute in the past; None if it is unreadable.

    If a zone is named, an hour that its clocks skip is a fault. One that they show twice is not: the offset says which
    one is meant.
    """
    readable = faults.readable(given, "startTime")
    if readable is None:
        return None
    start = readable.astimezone(UTC)
    if _is_skipped(readable, zone_name):
        _add_skipped(faults, "startTime", zone_name)
        return min(start, _LATEST)
    return _in_reach(faults, start, now, "startTime")


def _in_reach(faults: Faults, start: datetime, now: datetime, name: str) -> datetime:
    """Return the start, or the last possible one instead of one beyond it."""
    if start < now - _GRACE:
        faults.add(f"{name} is more than one minute in the past.", name)
    elif start > _LATEST:
        faults.add(f"{name} is too far in the future.", name)
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
    if _is_skipped(given, zone_name):
        _add_skipped(faults, "endTime", zone_name)
    elif start is not None and end <= start:
        faults.add("endTime is not after startTime.", "endTime")
    elif start is not None and end - start > MAX_DURATION:
        faults.add("endTime is more than 24 hours after startTime.", "endTime")
    return end


def _add_skipped(faults: Faults, name: str, zone_name: str | None) -> None:
    faults.add(f"{name} does not exist in {zone_name}: its clocks skip this hour.", name)


def _is_skipped(given: datetime, zone_name: str | None) -> bool:
    """Whether the hour was written down as one of the zone's clocks, which never show it."""
    zone = time_zone(zone_name)
    if zone is None or not _EARLIEST < given < _LATEST:
        return False
    wall = given.replace(tzinfo=zone)
    is_of_zone = given.utcoffset() in (wall.utcoffset(), wall.replace(fold=1).utcoffset())
    return is_skipped(given.replace(tzinfo=None), zone) and is_of_zone and given.utcoffset() != timedelta()
