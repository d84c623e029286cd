"""Polling for a condition in another process, which sends no event."""

import asyncio
from collections.abc import Awaitable, Callable

_SECONDS = 20


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition is true. Raise TimeoutError after 20 seconds."""
    async with asyncio.timeout(_SECONDS):
        while not await holds():  # noqa: ASYNC110 (another process sets no event)
            await asyncio.sleep(0.02)
