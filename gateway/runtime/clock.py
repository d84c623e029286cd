"""The clock of a gateway. Commands that need the time alone import it without the modules of `process`."""

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)
