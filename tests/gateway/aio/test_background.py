"""Background services, with a clock that the test moves from pause to pause."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack

from structlog.testing import capture_logs

from gateway.aio.background import BackgroundService, Pause, every, start_services, wait_or_wake
from gateway.aio.shutdown import Drain, Shutdown
from providers.domain.errors import StoreUnavailable


class Pauses:
    """A clock: `pause` waits until the test takes the pause, and `taken` returns how many seconds it was to last."""

    def __init__(self) -> None:
        self._begun: asyncio.Queue[float] = asyncio.Queue()
        self._over: asyncio.Queue[None] = asyncio.Queue()

    async def pause(self, woken: asyncio.Event, seconds: float) -> None:
        del woken
        self._begun.put_nowait(seconds)
        await self._over.get()

    async def begun(self) -> float:
        """Wait until a pause has begun, so that the round before it is over."""
        async with asyncio.timeout(5):
            return await self._begun.get()

    async def taken(self) -> float:
        seconds = await self.begun()
        self._over.put_nowait(None)
        return seconds


class Counting(BackgroundService):
    def __init__(
        self, pauses: Iterable[float], pause: Pause = wait_or_wake, work: Callable[[int], None] = lambda _: None
    ) -> None:
        super().__init__("counting", pauses, pause=pause)
        self.rounds = 0
        self.work = work

    async def run_once(self) -> None:
        self.rounds += 1
        self.work(self.rounds)


async def test_a_service_works_at_its_start_and_after_each_pause() -> None:
    clock = Pauses()
    service = Counting(every(60), clock.pause)
    await service.start()
    assert [await clock.taken(), await clock.taken(), await clock.begun()] == [60, 60, 60]
    assert service.rounds == 3
    await service.stop()


async def test_the_first_pauses_may_differ() -> None:
    clock = Pauses()
    service = Counting([5, 8, 60], clock.pause)
    await service.start()
    assert (await clock.begun(), service.rounds) == (5, 0)
    await service.stop()


async def test_a_stopped_service_works_no_more() -> None:
    clock = Pauses()
    service = Counting(every(60), clock.pause)
    await service.start()
    assert await clock.begun() == 60
    await service.stop()
    service.wake()
    await asyncio.sleep(0)
    assert service.rounds == 1


async def test_a_service_that_was_not_started_can_be_stopped() -> None:
    await Counting(every(60)).stop()


async def test_waking_a_service_ends_its_pause() -> None:
    second = asyncio.Event()
    service = Counting(every(3600), work=lambda rounds: second.set() if rounds == 2 else service.wake())
    await service.start()
    async with asyncio.timeout(5):
        await second.wait()
    await service.stop()


async def test_an_unavailable_store_is_logged_as_a_warning_and_tried_again() -> None:
    def fail(rounds: int) -> None:
        if rounds == 1:
            raise StoreUnavailable("The store is locked.")

    clock = Pauses()
    service = Counting(every(60), clock.pause, fail)
    with capture_logs() as log:
        await service.start()
        assert [await clock.taken(), await clock.begun()] == [60, 60]
    assert log == [{"event": "counting_failed", "log_level": "warning", "reason": "The store is locked."}]
    assert service.rounds == 2
    await service.stop()


async def test_any_other_error_is_logged_with_its_traceback_and_ends_no_loop() -> None:
    def fail(rounds: int) -> None:
        if rounds == 1:
            raise RuntimeError("made up")

    clock = Pauses()
    service = Counting(every(60), clock.pause, fail)
    with capture_logs() as log:
        await service.start()
        assert [await clock.taken(), await clock.begun()] == [60, 60]
    assert [(line["event"], line["log_level"], line["exc_info"]) for line in log] == [
        ("counting_failed", "error", True)
    ]
    assert service.rounds == 2
    await service.stop()


class Recording:
    def __init__(self, name: str, calls: list[str], error: Exception | None = None) -> None:
        self._name = name
        self._calls = calls
        self._error = error

    async def start(self) -> None:
        if self._error is not None:
            raise self._error
        self._calls.append(f"start {self._name}")

    async def stop(self) -> None:
        self._calls.append(f"stop {self._name}")


async def test_services_stop_in_the_reverse_order_of_their_start() -> None:
    calls: list[str] = []
    async with AsyncExitStack() as exit_stack:
        await start_services([Recording("hub", calls), Recording("poller", calls)], exit_stack)
    assert calls == ["start hub", "start poller", "stop poller", "stop hub"]


async def test_services_that_started_are_stopped_if_a_later_one_does_not_start() -> None:
    calls: list[str] = []
    services = [Recording("hub", calls), Recording("poller", calls, StoreUnavailable("locked"))]
    try:
        async with AsyncExitStack() as exit_stack:
            await start_services(services, exit_stack)
    except StoreUnavailable:
        calls.append("failed")
    assert calls == ["start hub", "stop hub", "failed"]


async def test_a_drain_waits_when_it_is_stopped() -> None:
    shutdown, done = Shutdown(), asyncio.Event()

    async def drain() -> None:
        await done.wait()

    service = Drain(shutdown, "work", drain)
    await service.start()
    stopping = asyncio.create_task(service.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    done.set()
    await stopping
