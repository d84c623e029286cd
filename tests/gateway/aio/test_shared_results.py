import asyncio

import pytest

from gateway.aio.shared_results import SharedResults


class Work:
    """Returns the number of calls so far, when it may."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.may_end = asyncio.Event()

    async def run(self, key: str) -> int:
        self.calls.append(key)
        number = len(self.calls)
        await self.may_end.wait()
        if key == "broken":
            raise RuntimeError(number)
        return number


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def shared(work: Work) -> SharedResults[str, int]:
    return SharedResults(work.run, seconds=60, maximum=2)


async def test_callers_with_one_key_share_the_work_and_later_ones_its_result(
    work: Work, shared: SharedResults[str, int]
) -> None:
    waiting = [asyncio.create_task(shared.get(key)) for key in ("a", "b", "a", "a")]
    await asyncio.sleep(0)
    work.may_end.set()

    assert await asyncio.gather(*waiting) == [1, 2, 1, 1]
    assert await shared.get("a") == 1
    assert work.calls == ["a", "b"]


async def test_a_cancelled_caller_does_not_cancel_the_result_for_others(
    work: Work, shared: SharedResults[str, int]
) -> None:
    impatient, patient = (asyncio.create_task(shared.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    work.may_end.set()

    assert await patient == 1
    assert impatient.cancelled()


async def test_an_error_reaches_those_who_wait_and_is_not_stored(work: Work, shared: SharedResults[str, int]) -> None:
    waiting = [asyncio.create_task(shared.get("broken")) for _ in range(2)]
    work.may_end.set()

    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(error) for error in errors] == ["1", "1"]
    with pytest.raises(RuntimeError, match="2"):
        await shared.get("broken")


async def test_the_oldest_results_are_dropped_first(work: Work, shared: SharedResults[str, int]) -> None:
    work.may_end.set()
    for key in "abcca":
        await shared.get(key)

    assert work.calls == ["a", "b", "c", "a"]


async def test_a_result_is_stored_for_a_limited_time(work: Work) -> None:
    shared = SharedResults(work.run, seconds=0, maximum=2)
    work.may_end.set()
    await shared.get("a")
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(0, later.set)
    await later.wait()
    await shared.get("a")

    assert work.calls == ["a", "a"]
