"""A clock that runs ahead of the world's: the sandbox process goes by the world's."""

from datetime import UTC, datetime, timedelta


class Ahead:
    def __init__(self, by: timedelta = timedelta()) -> None:
        self.by = by

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by

    def pass_by(self, **span: float) -> None:
        self.by += timedelta(**span)
