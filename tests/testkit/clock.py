"""Clocks of gateways: one that stands still until a test moves it, and one that runs ahead of the real time."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


class Clock:
    """The time stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, span: timedelta) -> None:
        self.time += span


class Ahead:
    """The real time and a difference, for a gateway whose upstreams are other processes."""

    def __init__(self, by: timedelta = timedelta()) -> None:
        self.by = by

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by

    def pass_by(self, **span: float) -> None:
        self.by += timedelta(**span)
