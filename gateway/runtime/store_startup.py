"""Opening the store of a gateway that starts together with its database, or while that restarts."""

from collections.abc import Callable
from datetime import datetime

import stamina
import structlog

from gateway.storage import Cipher, Store
from providers.domain.errors import StoreUnavailable

_RETRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


async def open_store(url: str, cipher: Cipher, now: Callable[[], datetime], wait_seconds: float) -> Store:
    """The store, opened as `Store.open` does it.

    While the database can't be reached or is locked it is tried again, once a second, with a line in the log each time;
    StoreUnavailable after `wait_seconds`, and at once for what no waiting mends.
    """
    if wait_seconds == 0:
        return await Store.open(url, cipher, now)
    async for attempt in stamina.retry_context(
        on=_is_temporary,
        attempts=None,
        timeout=wait_seconds,
        wait_initial=_RETRY_SECONDS,
        wait_max=_RETRY_SECONDS,
        wait_jitter=0,
    ):
        with attempt:
            return await _opened(url, cipher, now)
    raise AssertionError("stamina makes at least one attempt")


async def _opened(url: str, cipher: Cipher, now: Callable[[], datetime]) -> Store:
    try:
        return await Store.open(url, cipher, now)
    except StoreUnavailable as error:
        if error.is_temporary:
            _log.warning("store_unavailable_at_start", reason=error.message)
        raise


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and error.is_temporary
