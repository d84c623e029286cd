import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.aio.batching import Coalesced


class Source:
    """Squares even numbers; has no value for odd ones. A call waits for the gate."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.called = asyncio.Event()
        self.fails = False

    async def load(self, keys: Sequence[int]) -> dict[int, int]:
        self.calls.append([*keys])
        self.called.set()
        await self.gate.wait()
        if self.fails:
            raise ZeroDivisionError
        return {key: key * key for key in keys if key % 2 == 0}


@pytest.fixture
async def source() -> Source:
    return Source()


async def test_keys_that_are_requested_side_by_side_are_loaded_together(source: Source) -> None:
    coalesced = Coalesced(source.load)
    found = await asyncio.gather(coalesced.get_many([2, 4]), coalesced.get_many([3]), coalesced.get_many([4]))
    assert source.calls == [[2, 4, 3]]
    assert [each.get(4) for each in found] == [16, 16, 16]
    assert 3 not in found[1]


async def test_a_key_that_is_requested_during_a_call_is_loaded_again(source: Source) -> None:
    coalesced = Coalesced(source.load)
    source.gate.clear()
    first = asyncio.create_task(coalesced.get_many([2]))
    await source.called.wait()
    second = asyncio.create_task(coalesced.get_many([2]))
    source.gate.set()
    assert await first == await second == {2: 4}
    assert source.calls == [[2], [2]]


async def test_no_keys_are_no_call(source: Source) -> None:
    assert await Coalesced(source.load).get_many([]) == {}
    assert source.calls == []


async def test_a_caller_that_is_cancelled_does_not_cancel_the_others(source: Source) -> None:
    coalesced = Coalesced(source.load)
    source.gate.clear()
    cancelled = asyncio.create_task(coalesced.get_many([2]))
    other = asyncio.create_task(coalesced.get_many([4]))
    await source.called.wait()
    cancelled.cancel()
    source.gate.set()
    assert (await other)[4] == 16


async def test_the_failure_of_a_call_whose_callers_are_cancelled_is_no_error_of_the_loop(source: Source) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    coalesced = Coalesced(source.load)
    source.gate.clear()
    source.fails = True
    cancelled = asyncio.create_task(coalesced.get_many([2]))
    await source.called.wait()
    cancelled.cancel()
    source.gate.set()
    with pytest.raises(ZeroDivisionError):
        await coalesced.get_many([4])
    gc.collect()
    assert reported == []
