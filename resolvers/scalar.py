"""The schema's own scalars: how their values are read, and written back."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from providers.time_zone import time_zone_names

TimeZone = NewType("TimeZone", str)
"""The name of a zone that the IANA database knows."""

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]([01]\d|2[0-3]):\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _read_date_time(value: object) -> datetime:
    """An aware datetime, with the offset that was written."""
    text = _text(value, "a date and time")
    if not _RFC_3339.fullmatch(text):
        raise ValueError(f"{text!r} is no date and time with an offset, such as 2026-11-21T09:30:00+01:00.")
    try:
        moment = datetime.fromisoformat(text.upper())
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not in the calendar.") from None
    return moment


def _write_date_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _read_date(value: object) -> date:
    text = _text(value, "a date")
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is no date, such as 2026-11-21.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not in the calendar.") from None


def _read_time_zone(value: object) -> str:
    text = _text(value, "a time zone")
    if text not in time_zone_names():
        raise ValueError(f"{text!r} is no IANA time zone, such as Europe/Vienna.")
    return text


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"Expected {expected} as a string.")
    return value


def _as_it_is(value: object) -> object:
    return value


def _scalar(
    name: str, description: str, write: Callable[..., object], read: Callable[[object], object]
) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=write, parse_value=read)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        "ISO 8601 date and time, such as 2026-11-21T09:30:00+00:00. Output always carries an offset and is in UTC; "
        "input without an offset is refused.",
        _write_date_time,
        _read_date_time,
    ),
    date: _scalar("Date", "A day of the calendar as YYYY-MM-DD, such as 2026-11-21.", date.isoformat, _read_date),
    TimeZone: _scalar("TimeZone", "An IANA time zone name, such as Europe/Vienna.", str, _read_time_zone),
    JSON: _scalar("JSON", "Any JSON value.", _as_it_is, _as_it_is),
}
"""The definition of every scalar, by the Python type that stands for it."""
