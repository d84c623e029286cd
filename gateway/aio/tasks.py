"""Several things at once, of which the first to end decides."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def race(*contenders: Coroutine[Any, Any, object]) -> None:
    """Runs all until one is done, then cancels the others and waits until they have tidied up.

    Raises what a contender raised.
    """
    tasks = [asyncio.create_task(contender) for contender in contenders]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel(*tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks and waits until they have tidied up. What they raise then is theirs to tell."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
