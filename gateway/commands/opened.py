"""The configured store, for commands that need nothing else of a gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.config import Settings
from gateway.config.encryption_keys import encryption_keys
from gateway.observability.logging import configure_logging
from gateway.runtime.process import utc_now
from gateway.storage import Cipher, Store


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    configure_logging(settings.log)  # to standard error: standard output is for the command's result
    store = await Store.open(settings.store.url.get_secret_value(), Cipher(encryption_keys(settings.store)), utc_now)
    try:
        yield store
    finally:
        await store.aclose()
