"""IANA time zones: their names, and how their clocks differ from UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Files that systems store beside the zones."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a zone's offset from UTC, from `before` to `after`, at a `moment` in UTC.

    `name` is what the zone's clocks are called from then on, such as CEST.
    """

    moment: datetime
    before: timedelta
    after: timedelta
    name: str


@cache
def time_zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


def time_zone(name: str | None) -> ZoneInfo | None:
    """Return the zone that the IANA database has by that name; None without a name and for any other one."""
    return None if name is None or name not in time_zone_names() else ZoneInfo(name)


def utc_offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far the zone's clocks are ahead of UTC at `moment`."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def abbreviation(moment: datetime, zone: ZoneInfo) -> str:
    """Return what the zone's clocks are called at `moment`, such as CEST."""
    return moment.astimezone(zone).tzname() or zone.key


def is_unambiguous(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether the zone's clocks show the local time of `moment` once: twice when they are set back over it."""
    local = moment.astimezone(zone)
    return local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset()


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
