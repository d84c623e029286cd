"""Timestamps: microseconds since the epoch, in UTC."""

from datetime import UTC, datetime, timedelta
from typing import overload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@overload
def to_microseconds(moment: datetime) -> int: ...
@overload
def to_microseconds(moment: datetime | None) -> int | None: ...
def to_microseconds(moment: datetime | None) -> int | None:
    """Convert exactly, without a float in between."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


@overload
def from_microseconds(count: int) -> datetime: ...
@overload
def from_microseconds(count: int | None) -> datetime | None: ...
def from_microseconds(count: int | None) -> datetime | None:
    """Return an aware datetime in UTC."""
    return None if count is None else _EPOCH + timedelta(microseconds=count)


def span_microseconds(span: timedelta) -> int:
    """Return the length of a span of time in microseconds."""
    return span // _MICROSECOND
