"""The clock of a gateway, apart from `process` because commands read it that need none of its parts."""

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)
