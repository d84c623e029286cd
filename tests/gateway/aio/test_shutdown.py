import asyncio
from collections.abc import Awaitable, Callable

from gateway.aio.shutdown import Shutdown

Work = asyncio.Task[object]


def ending(work: Work) -> Callable[[], Awaitable[None]]:
    async def drain() -> None:
        await asyncio.gather(work, return_exceptions=True)

    return drain


async def test_running_work_completes() -> None:
    stopping, done = Shutdown(), asyncio.Event()
    work: Work = asyncio.create_task(done.wait())
    stopping.set()
    waiting = asyncio.create_task(stopping.wait_for("work", ending(work)))
    done.set()
    await waiting
    assert work.result() is True


async def test_late_work_is_cancelled() -> None:
    stopping = Shutdown(seconds=0.01)
    work: Work = asyncio.create_task(asyncio.Event().wait())
    stopping.set()
    await stopping.wait_for("work", ending(work))
    assert work.cancelled()


async def test_all_share_the_time_that_there_is() -> None:
    stopping = Shutdown(seconds=0.01)
    stopping.set()
    for _ in range(2):
        work: Work = asyncio.create_task(asyncio.Event().wait())
        await stopping.wait_for("work", ending(work))
        assert work.cancelled()


async def test_a_resource_is_given_up_at_the_deadline() -> None:
    stopping, given_up = Shutdown(seconds=0.01), asyncio.Event()
    with stopping.giving_up(given_up.set):
        stopping.set()
        await given_up.wait()


async def test_a_resource_that_is_released_before_the_deadline_is_not_given_up() -> None:
    stopping, given_up, passed = Shutdown(seconds=0.01), asyncio.Event(), asyncio.Event()
    with stopping.giving_up(passed.set):
        with stopping.giving_up(given_up.set):
            stopping.set()
        await passed.wait()
    assert not given_up.is_set()
