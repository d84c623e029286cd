"""Tasks that run together: a race, cancellation that waits for cleanup, and tasks that several callers await."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def race(*contenders: Coroutine[Any, Any, object]) -> None:
    """Run all until one is done; then cancel the others and wait for their cleanup.

    Raise what a contender raised.
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
    """Cancel tasks and wait for their cleanup. Exceptions stay with the tasks."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def start_shared(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a task for callers that await it through `asyncio.shield`, and may all be cancelled before it ends.

    An exception that no caller is left to retrieve is not reported by asyncio.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_retrieve)
    return task


def _retrieve(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
