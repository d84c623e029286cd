"""Custom scalars.

Parsers return `Unreadable` instead of raising. An exception would be a request error and fail the whole document; this
way a mutation reports the field in its userErrors, and the other mutations of the document are executed.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NewType

import strawberry
from strawberry.scalars import JSON

from providers.domain.commands import Unreadable
from providers.domain.time_zones import time_zone_names
from resolvers.strawberry_compat import ScalarDefinition

TimeZone = NewType("TimeZone", str)
"""The name of a zone of the IANA database."""

LocalDateTime = NewType("LocalDateTime", datetime)
"""A date and time without an offset, as clocks in a time zone show it."""

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):\d\d)", re.ASCII
)
_LOCAL_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d(:\d\d(?P<fraction>\.\d+)?)?(?P<offset>Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_NO_DATE_TIME = Unreadable("is not a date and time with an offset, such as 2026-11-21T09:30:00+01:00.")
_NO_LOCAL_DATE_TIME = Unreadable(
    "is not a date and time without an offset, such as 2026-11-21T09:30 or 2026-11-21T09:30:00."
)
_HAS_OFFSET = Unreadable("has an offset: leave it out, and name the time zone instead.")
_HAS_FRACTION = Unreadable("has a fraction of a second: give whole seconds.")
_NO_DATE = Unreadable("is not a date, such as 2026-11-21.")
_NO_ZONE = Unreadable("is not an IANA time zone, such as Europe/Vienna.")
_NOT_IN_THE_CALENDAR = Unreadable("is not in the calendar.")


def _parse_date_time(value: object) -> datetime | Unreadable:
    """Return an aware datetime with the offset of the text, truncated to microseconds."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        return _NO_DATE_TIME
    try:
        moment = datetime.fromisoformat(value.upper())
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return _NOT_IN_THE_CALENDAR
    return moment


def _serialize_date_time(moment: datetime) -> datetime:
    """Return the time in UTC. orjson writes it as `isoformat` does, and takes a tenth of the time."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _parse_local_date_time(value: object) -> datetime | Unreadable:
    found = _LOCAL_DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return _NO_LOCAL_DATE_TIME
    if found["offset"]:
        return _HAS_OFFSET
    if found["fraction"]:
        return _HAS_FRACTION
    try:
        return datetime.fromisoformat(found[0].upper())
    except ValueError:
        return _NOT_IN_THE_CALENDAR


def _serialize_local_date_time(local: datetime) -> str:
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def _parse_date(value: object) -> date | Unreadable:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return _NO_DATE
    try:
        return date.fromisoformat(value)
    except ValueError:
        return _NOT_IN_THE_CALENDAR


def _parse_time_zone(value: object) -> TimeZone | Unreadable:
    return TimeZone(value) if isinstance(value, str) and value in time_zone_names() else _NO_ZONE


def _unchanged(value: object) -> object:
    return value


def _scalar(
    name: str, specification: str, description: str, write: Callable[..., object], read: Callable[[object], object]
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, specified_by_url=specification, serialize=write, parse_value=read
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        "https://www.rfc-editor.org/rfc/rfc3339",
        "A date and time in ISO 8601 format, such as 2026-11-21T09:30:00+00:00. Output is in UTC "
        "and has an offset; input without an offset is rejected.",
        _serialize_date_time,
        _parse_date_time,
    ),
    LocalDateTime: _scalar(
        "LocalDateTime",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        "A date and time as clocks in a time zone show it, in the format YYYY-MM-DDThh:mm:ss, such as "
        "2026-11-21T09:30:00. Input may leave the seconds out; an offset or a fraction of a second is rejected.",
        _serialize_local_date_time,
        _parse_local_date_time,
    ),
    date: _scalar(
        "Date",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        "A date in the format YYYY-MM-DD, such as 2026-11-21.",
        date.isoformat,
        _parse_date,
    ),
    TimeZone: _scalar(
        "TimeZone",
        "https://www.iana.org/time-zones",
        "An IANA time zone name, such as Europe/Vienna.",
        str,
        _parse_time_zone,
    ),
    JSON: _scalar("JSON", "https://www.rfc-editor.org/rfc/rfc8259", "Any JSON value.", _unchanged, _unchanged),
}
"""The definition of every scalar, by its Python type."""
