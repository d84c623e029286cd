"""Waiting for what another process does, which nobody tells of."""

import asyncio
from collections.abc import Awaitable, Callable

_SECONDS = 20


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Returns when something holds; TimeoutError where it never does."""
    async with asyncio.timeout(_SECONDS):
        while not await holds():  # noqa: ASYNC110 (another process sets no event)
            await asyncio.sleep(0.02)
