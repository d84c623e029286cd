"""Start-up of the store, also of one whose database starts at the same time or restarts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import stamina
import structlog

from gateway.config import Settings
from gateway.config.encryption_keys import encryption_keys
from gateway.observability.logging import configure_logging
from gateway.storage import Cipher, Store
from providers.domain.errors import StoreUnavailable

_RETRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


async def open_store(settings: Settings, cipher: Cipher, now: Callable[[], datetime], wait_seconds: float) -> Store:
    """Open the configured store, as `Store.open` does.

    Retry once a second while the database can't be reached or is locked, and log each failure. Raise
    StoreUnavailable after `wait_seconds`, and without a retry if the failure is not temporary.
    """
    if wait_seconds == 0:
        return await _opened(settings, cipher, now)
    async for attempt in stamina.retry_context(
        on=_is_temporary,
        attempts=None,
        timeout=wait_seconds,
        wait_initial=_RETRY_SECONDS,
        wait_max=_RETRY_SECONDS,
        wait_jitter=0,
    ):
        with attempt:
            return await _open_once(settings, cipher, now)
    raise AssertionError("stamina makes at least one attempt")


@asynccontextmanager
async def configured_store(settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[Store]:
    """Open the configured store, without waiting for its database, and close it after the block.

    Logs to standard error: a command's result goes to standard output.
    """
    configure_logging(settings.log)
    cipher = Cipher(encryption_keys(settings.store))
    store = await Store.open(settings.store.url.get_secret_value(), cipher, now)
    try:
        yield store
    finally:
        await store.aclose()


async def _open_once(settings: Settings, cipher: Cipher, now: Callable[[], datetime]) -> Store:
    try:
        return await _opened(settings, cipher, now)
    except StoreUnavailable as error:
        if error.is_temporary:
            _log.warning("store_open_failed", reason=error.message)
        raise


async def _opened(settings: Settings, cipher: Cipher, now: Callable[[], datetime]) -> Store:
    url = settings.store.url.get_secret_value()
    return await Store.open(url, cipher, now, cache_bytes=settings.store.cache_bytes)


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and error.is_temporary
