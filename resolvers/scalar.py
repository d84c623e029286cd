"""The schema's own scalars: how their values are read, and written back.

Parsers return `Unreadable` instead of raising. An exception would fail the whole document as a request error; this way
a mutation reports the field in its userErrors, and the other mutations of the document are executed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from providers.domain.time_zones import time_zone_names

TimeZone = NewType("TimeZone", str)
"""The name of a zone that the IANA database knows."""

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value of an argument, or of a field of an input, that its scalar can't parse.

    `reason` continues a sentence that begins with the field's name, and repeats nothing of the value.
    """

    reason: str


_NO_DATE_TIME = Unreadable("is not a date and time with an offset, such as 2026-11-21T09:30:00+01:00.")
_NO_DATE = Unreadable("is not a date, such as 2026-11-21.")
_NO_ZONE = Unreadable("is not an IANA time zone, such as Europe/Vienna.")
_NOT_IN_THE_CALENDAR = Unreadable("is not in the calendar.")


def _read_date_time(value: object) -> datetime | Unreadable:
    """An aware datetime with the offset of the text; digits below the microsecond are dropped."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        return _NO_DATE_TIME
    try:
        moment = datetime.fromisoformat(value.upper())
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return _NOT_IN_THE_CALENDAR
    return moment


def _write_date_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _read_date(value: object) -> date | Unreadable:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return _NO_DATE
    try:
        return date.fromisoformat(value)
    except ValueError:
        return _NOT_IN_THE_CALENDAR


def _read_time_zone(value: object) -> TimeZone | Unreadable:
    return TimeZone(value) if isinstance(value, str) and value in time_zone_names() else _NO_ZONE


def _as_it_is(value: object) -> object:
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
        _write_date_time,
        _read_date_time,
    ),
    date: _scalar(
        "Date",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        "A date in the format YYYY-MM-DD, such as 2026-11-21.",
        date.isoformat,
        _read_date,
    ),
    TimeZone: _scalar(
        "TimeZone",
        "https://www.iana.org/time-zones",
        "An IANA time zone name, such as Europe/Vienna.",
        str,
        _read_time_zone,
    ),
    JSON: _scalar("JSON", "https://www.rfc-editor.org/rfc/rfc8259", "Any JSON value.", _as_it_is, _as_it_is),
}
"""The definition of every scalar, by the Python type that stands for it."""
