import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.aio.single_flight import SingleFlight
from providers.domain.errors import StoreUnavailable


class Work:
    """Counts its runs, each of which waits for `gate`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = 0
        self.gate = asyncio.Event()
        self.error = error

    async def run(self) -> int:
        self.runs += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.runs


async def test_callers_of_one_key_share_a_task() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    work = Work()
    callers = [asyncio.create_task(flights.run("key", work.run)) for _ in range(5)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*callers) == [1] * 5
    assert flights.get("key") is None
    assert await flights.run("key", work.run) == 2


async def test_a_cancelled_caller_does_not_cancel_the_task() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    work = Work()
    first, second = (asyncio.create_task(flights.run("key", work.run)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    work.gate.set()
    assert await second == 1


async def test_one_task_can_serve_several_keys() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    work = Work()
    task = flights.start(["one", "two"], work.run())
    assert flights.get("one") is flights.get("two") is task
    work.gate.set()
    await flights.drain()
    assert (flights.get("one"), flights.get("two")) == (None, None)


async def test_an_error_reaches_every_caller_and_the_log() -> None:
    flights: SingleFlight[str, int] = SingleFlight("work_failed")
    work = Work(StoreUnavailable("The store is busy."))
    with capture_logs() as log:
        callers = [asyncio.create_task(flights.run("key", work.run)) for _ in range(2)]
        await asyncio.sleep(0)
        work.gate.set()
        for caller in callers:
            with pytest.raises(StoreUnavailable):
                await caller
    assert log == [{"event": "work_failed", "reason": "The store is busy.", "log_level": "warning"}]


async def test_an_unexpected_error_is_logged_with_its_traceback() -> None:
    flights: SingleFlight[str, int] = SingleFlight("work_failed")
    work = Work(error := ZeroDivisionError())
    work.gate.set()
    with capture_logs() as log:
        flights.start(["key"], work.run())
        await flights.drain()
        await asyncio.sleep(0)
    assert log == [{"event": "work_failed", "exc_info": error, "log_level": "error"}]


async def test_cancel_ends_running_tasks() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    task = flights.start(["key"], Work().run())
    await asyncio.sleep(0)
    await flights.cancel()
    assert task.cancelled()
