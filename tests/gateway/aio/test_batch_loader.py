"""Keys of concurrent callers are loaded together."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.aio.batching import BatchLoader


@pytest.fixture
async def unhandled() -> list[dict[str, Any]]:
    """What the event loop reports: an exception that nothing has retrieved, for instance."""
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    return reported


class Source:
    """Returns the keys as they are, or fails. A call waits for the gate."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.called = asyncio.Event()
        self.gate = asyncio.Event()
        self.fails = False

    async def load(self, keys: Sequence[int]) -> list[int]:
        self.calls.append([*keys])
        self.called.set()
        await self.gate.wait()
        if self.fails:
            raise ZeroDivisionError
        return [*keys]


@pytest.fixture
async def source() -> Source:
    return Source()


async def test_keys_that_are_requested_side_by_side_are_loaded_once_and_together(source: Source) -> None:
    loader = BatchLoader(source.load)
    source.gate.set()
    both, *others = await asyncio.gather(loader.load_many([1, 2]), loader.load(2), loader.load(3))
    assert ([*both], others) == ([1, 2], [2, 3])
    assert await loader.load(1) == 1
    assert source.calls == [[1, 2, 3]]


async def test_a_caller_that_is_cancelled_does_not_cancel_the_others(source: Source) -> None:
    loader = BatchLoader(source.load)
    cancelled, other = (asyncio.create_task(loader.load(1)) for _ in range(2))
    await source.called.wait()
    cancelled.cancel()
    source.gate.set()
    assert await other == 1


async def test_a_batch_that_fails_fails_its_callers_and_is_loaded_again(source: Source) -> None:
    loader = BatchLoader(source.load)
    source.gate.set()
    source.fails = True
    with pytest.raises(ZeroDivisionError):
        await loader.load(1)
    source.fails = False
    assert await loader.load(1) == 1


async def test_the_failure_of_a_batch_whose_callers_are_cancelled_is_no_error_of_the_loop(
    source: Source, unhandled: list[dict[str, Any]]
) -> None:
    """A query times out, or its client disconnects, before the store fails."""
    loader = BatchLoader(source.load)
    source.fails = True
    caller = asyncio.create_task(loader.load(1))
    await source.called.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await after_failure(source, loader)
    assert unhandled == []


async def test_the_failure_of_the_second_of_two_batches_is_no_error_of_the_loop(
    source: Source, unhandled: list[dict[str, Any]]
) -> None:
    loader = BatchLoader(source.load)
    source.fails = True
    await fail_both(source, loader)
    await after_failure(source, loader)
    assert unhandled == []


async def fail_both(source: Source, loader: BatchLoader[int, int]) -> None:
    """Wait for two batches that fail; only one of them can be the error."""
    first = asyncio.create_task(loader.load(1))
    await source.called.wait()
    first.cancel()
    source.called.clear()
    both = asyncio.create_task(loader.load_many([1, 2]))
    await source.called.wait()
    source.gate.set()
    with pytest.raises(ZeroDivisionError):
        await both


async def after_failure(source: Source, loader: BatchLoader[int, int]) -> None:
    """Return when the failed batches have been collected: that is when the loop reports them."""
    source.gate.set()
    with pytest.raises(ZeroDivisionError):
        await loader.load(3)
    gc.collect()
