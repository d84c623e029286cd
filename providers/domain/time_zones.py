"""IANA time zones: names, offsets from UTC and transitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Files beside the zones in the system's zone directory."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a zone's offset from UTC, from `before` to `after`, at a `moment` in UTC.

    `name` is the zone's abbreviation from then on, such as CEST.
    """

    moment: datetime
    before: timedelta
    after: timedelta
    name: str


@cache
def time_zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


def time_zone(name: str | None) -> ZoneInfo | None:
    """Return the zone of the IANA database with that name; None if there is none, or without a name."""
    return None if name is None or name not in time_zone_names() else ZoneInfo(name)


def utc_offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far the zone's clocks are ahead of UTC at `moment`."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def abbreviation(moment: datetime, zone: ZoneInfo) -> str:
    """Return the zone's abbreviation at `moment`, such as CEST."""
    return moment.astimezone(zone).tzname() or zone.key


def is_unambiguous(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether the local time of `moment` occurs once; it occurs twice when clocks are set back over it."""
    local = moment.astimezone(zone)
    return local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset()


def readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the moments in UTC that `local`, which has no offset, can mean in the zone.

    They differ if clocks skip the local time or show it twice: by the offset before and the one after the change.
    """
    wall = local.replace(tzinfo=zone, fold=0)
    return wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)


def is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    """Return whether the zone's clocks never show `local`."""
    return readings(local, zone)[0].astimezone(zone).replace(tzinfo=None) != local


def transitions(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Transition]:
    """Yield the changes of offset after `start` and up to `end`, two midnights in UTC, in order of time.

    No zone changes its offset and back within a day.
    """
    days = ((start + count * _DAY) for count in range((end - start) // _DAY + 1))
    offsets = ((day, utc_offset(day, zone)) for day in days)
    for (day, before), (_, after) in pairwise(offsets):
        if before != after:
            moment = _bisected(zone, day, before)
            yield Transition(moment, before, after, abbreviation(moment, zone))


def _bisected(zone: ZoneInfo, day: datetime, before: timedelta) -> datetime:
    """Return the first second of the day after `day` whose offset is not `before`."""
    earlier, later = 0, _DAY // _SECOND
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if utc_offset(day + middle * _SECOND, zone) == before:
            earlier = middle
        else:
            later = middle
    return day + later * _SECOND
