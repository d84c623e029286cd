"""Reconciliation of abandoned writes: by another process that starts on the same store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.config import load_settings
from gateway.runtime.clock import utc_now
from gateway.runtime.process import Process, open_process
from gateway.storage import JournalEntry, JournalState, Visibility
from tests.faults.fault import RESET_AFTER, RESET_BEFORE, status
from tests.faults.proxy import fault_proxy
from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Texter
from tests.testkit.steps import external_id
from tests.testkit.world import World, WorldBuilder, impatient

_SEND = "POST /ringplan/texting/conversations/.*/messages"


@dataclass(frozen=True)
class Place:
    """A world of its own and its parts."""

    world: World
    builder: WorldBuilder

    @asynccontextmanager
    async def later(self, **span: float) -> AsyncIterator[Process]:
        """Another process on the same store, whose clock runs ahead."""
        path = self.builder.folder / "later.toml"
        path.write_text(self.builder.toml)
        ahead = Ahead()
        ahead.pass_by(**span)
        async with AsyncExitStack() as stack:
            yield await open_process(load_settings(path), stack, ahead)


@pytest.fixture
async def place(sandbox_url: str, tmp_path: Path, sqlite_url: str) -> AsyncIterator[Place]:
    async with fault_proxy(sandbox_url) as proxy:
        builder = WorldBuilder.behind(
            proxy, impatient(), folder=tmp_path, sandbox_url=sandbox_url, store_url=sqlite_url
        )
        async with builder.world(now=utc_now) as world:
            yield Place(world, builder)


@pytest.fixture
async def texter(place: Place) -> Texter:
    return await place.world.texter()


async def _lose(place: Place, conversation: str, **said: str) -> None:
    fields = {"conversationId": conversation, "text": "Hello", **said}
    (error,) = await place.world.client.refusals("sendMessage", **fields)
    assert error["code"] == "OUTCOME_UNKNOWN"


async def _left(process: Process) -> list[JournalEntry]:
    """The unsettled entries."""
    return await process.store.journal.unsettled(utc_now() + timedelta(days=1))


async def _settle_all(process: Process) -> None:
    """Run rounds until none is under way: the process's own first one may have taken the entry."""
    await process.mutations.reconciler().run_once()
    while JournalState.PENDING in await _states(process):
        await process.mutations.reconciler().run_once()


async def _states(process: Process) -> list[JournalState]:
    return [entry.state for entry in await _left(process)]


@pytest.mark.parametrize("key", [{}, {"idempotencyKey": "one"}], ids=["without a key", "with a key"])
async def test_a_lost_write_that_took_effect_is_stored_and_announced(
    place: Place, texter: Texter, key: dict[str, str]
) -> None:
    conversation = await texter.conversation()
    place.world.proxy.inject(RESET_AFTER, _SEND)
    await _lose(place, conversation, **key)

    async with place.later(minutes=1) as process:
        await _settle_all(process)
        assert await _states(process) == []
        (entry,) = [
            each for each in await process.store.feed.after(Visibility.unrestricted(), 0, 9) if each.kind == "message"
        ]

    assert entry.conversation == external_id(conversation)
    assert len(place.world.proxy.lines(_SEND)) == 1


async def test_a_write_that_is_proved_absent_releases_its_key_and_is_not_sent(place: Place, texter: Texter) -> None:
    conversation = await texter.conversation()
    place.world.proxy.inject(RESET_BEFORE, _SEND)
    await _lose(place, conversation, idempotencyKey="one")

    async with place.later(minutes=1) as process:
        await _settle_all(process)
        assert await _states(process) == []
    assert await texter.messages(conversation, "Hello") == []

    fields = {"conversationId": conversation, "text": "Hello", "idempotencyKey": "one"}
    await place.world.client.insist("sendMessage", **fields)
    await place.world.client.insist("sendMessage", **fields)
    assert len(await texter.messages(conversation, "Hello")) == 1


async def test_an_unreadable_entry_does_not_block_the_others(place: Place, texter: Texter) -> None:
    conversation = await texter.conversation()
    place.world.proxy.inject(RESET_AFTER, _SEND)
    await _lose(place, conversation)
    long_ago = utc_now() - timedelta(hours=1)
    strange = JournalEntry(
        id="strange",
        user_id="local",
        mutation="unheardOf",
        attempt="0123456789abcdef" * 2,
        request=b"{}",
        holder="dead-process",
        lease_until=long_ago,
        started_at=long_ago,
        updated_at=utc_now(),
    )

    async with place.later(minutes=1) as process:
        async with process.store.write() as transaction:
            await process.store.journal.begin(transaction, strange)
        with capture_logs() as log:
            async with asyncio.timeout(20):
                while [entry.id for entry in await _left(process)] != ["strange"]:
                    await process.mutations.reconciler().run_once()

    assert {entry["mutation"] for entry in log if entry["event"] == "write_settling_failed"} == {"unheardOf"}


async def test_an_entry_of_an_unavailable_provider_is_left_for_the_next_round(place: Place, texter: Texter) -> None:
    conversation = await texter.conversation()
    place.world.proxy.inject(RESET_AFTER, _SEND)
    await _lose(place, conversation)
    place.world.proxy.inject(status(503), "GET .*/messages", times=9)

    async with place.later(minutes=1) as process:
        await _settle_all(process)
        assert await _states(process) == [JournalState.UNKNOWN]
    place.world.proxy.clear()
    async with place.later(minutes=5) as process:
        await _settle_all(process)
        assert await _states(process) == []


async def test_a_write_that_may_still_be_running_is_left_alone(place: Place, texter: Texter) -> None:
    conversation = await texter.conversation()
    place.world.proxy.inject(RESET_AFTER, _SEND)
    await _lose(place, conversation)
    looks = len(place.world.proxy.lines("GET .*/messages"))

    async with place.later(minutes=-1) as process:
        await _settle_all(process)
        assert await _states(process) == [JournalState.UNKNOWN]

    assert len(place.world.proxy.lines("GET .*/messages")) == looks


async def test_a_write_without_a_finder_stays_unknown(place: Place) -> None:
    person = {"firstName": "Ada", "lastName": "Lane", "email": "lost@example.com", "company": "Example Company"}
    place.world.proxy.inject(RESET_BEFORE, "POST /ringplan-login/api/user/register")
    (error,) = await place.world.client.refusals("registerUser", provider="ringplan", **person, idempotencyKey="one")
    assert error["code"] == "OUTCOME_UNKNOWN"

    async with place.later(minutes=1) as process:
        await _settle_all(process)
        assert await _states(process) == [JournalState.UNKNOWN]

    await place.world.client.insist("registerUser", provider="ringplan", **person, idempotencyKey="one")
