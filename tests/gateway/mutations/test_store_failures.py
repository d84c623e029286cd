"""A store that takes no writes, before the provider is called and after it."""

import asyncio
from datetime import timedelta

import pytest

from gateway.storage import Store
from providers.domain.entities import Contact
from providers.domain.errors import OutcomeUnknown, Unavailable
from tests.gateway.mutations.test_resumption import INTENT, Upstream, process
from tests.testkit.clock import Clock
from tests.testkit.sample import contact
from tests.testkit.statements import send


async def refuse_writes(store: Store) -> None:
    """Make the writing connection refuse all later transactions."""
    async with store.write() as transaction:
        sqlite, postgresql = "PRAGMA query_only = ON", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
        await send(transaction, sqlite if transaction.dialect.name == "sqlite" else postgresql)


async def accept_writes(store: Store) -> None:
    """Connect anew."""
    await store.database.aclose()


class UpstreamBeforeAFailure(Upstream):
    """The store refuses writes once the contact is created."""

    async def create(self, attempt: str) -> Contact:
        await refuse_writes(self.store)
        return await super().create(attempt)


async def test_nothing_is_called_if_the_intent_can_not_be_stored(store: Store, clock: Clock) -> None:
    upstream, runner = Upstream(store), process(store, clock)
    await refuse_writes(store)

    with pytest.raises(Unavailable):
        await runner.run(INTENT, upstream)
    assert upstream.attempts == []

    await accept_writes(store)
    assert (await runner.run(INTENT, upstream)).entity == contact("c-1")
    assert len(upstream.attempts) == 1


async def test_an_outcome_that_can_not_be_stored_is_unknown_and_found_later(store: Store, clock: Clock) -> None:
    upstream, runner = UpstreamBeforeAFailure(store), process(store, clock)

    with pytest.raises(OutcomeUnknown):
        await runner.run(INTENT, upstream)

    await accept_writes(store)
    clock.pass_by(timedelta(minutes=5))
    assert (await runner.run(INTENT, upstream)).entity == contact("c-1")
    assert len(upstream.attempts) == 1


async def test_a_cancelled_caller_does_not_stop_its_write_and_draining_waits_for_it(store: Store, clock: Clock) -> None:
    upstream, runner = Upstream(store), process(store, clock)
    async with store.write():
        caller = asyncio.create_task(runner.run(INTENT, upstream))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller])
    await runner.drain()

    assert len(upstream.attempts) == 1
    assert (await runner.run(INTENT, upstream)).entity == contact("c-1")
