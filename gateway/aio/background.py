"""The rounds of loops that go on as long as the process does."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.typing import FilteringBoundLogger

from providers.domain.errors import StoreUnavailable


@contextmanager
def log_failures(log: FilteringBoundLogger, event: str) -> Iterator[None]:
    """What fails in the block is told to the log, and ends no more than the block."""
    try:
        yield
    except StoreUnavailable as error:
        log.warning(event, reason=error.message)
    except Exception:
        log.exception(event)
