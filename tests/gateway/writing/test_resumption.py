"""What becomes of a write whose outcome nobody knows, where the provider can be asked for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from gateway.events.hub import Hub
from gateway.events.record import Record, Recorder
from gateway.known import Known
from gateway.store import Cipher, Store
from gateway.writing.doubt import SKEW
from gateway.writing.execution import Execution
from gateway.writing.write import Done, Intent, Write
from providers.capability import Trace
from providers.errors import OutcomeUnknown, ProviderError, Unavailable
from providers.models import Contact
from resolvers.context import Viewer
from resolvers.inputs import CreateContactInput
from tests.gateway.store.clock import NOON, Clock
from tests.gateway.store.sample import contact, keep_accounts

INTENT = Intent.of(
    Viewer("ada", frozenset({"write"})),
    "createContact",
    CreateContactInput(
        account_id="x",  # type: ignore[arg-type]
        first_name="Grace",
        last_name="Hopper",
        number="+12025550101",
        idempotency_key="one",
    ),
)


@dataclass
class Upstream:
    """Takes contacts, one after the other. `error` is raised after the work; `looks` counts who asked what was done."""

    store: Store
    error: ProviderError | None = None
    blind: ProviderError | None = None
    made: list[Contact] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    looking: Callable[[], Awaitable[None]] | None = None

    async def prepare(self, _: datetime) -> Write:
        return Write(provider="paper", account_key="acc-1", act=self._act, keep=self._keep, find=self._find)

    async def _act(self) -> Contact:
        if not isinstance(self.error, Unavailable):
            self.made.append(contact(f"c-{len(self.made) + 1}"))
        if self.error is not None:
            raise self.error
        return self.made[-1]

    async def _find(self, trace: Trace) -> Contact | None:
        self.looks.append(trace.since)
        if self.looking is not None:
            await self.looking()
        if self.blind is not None:
            raise self.blind
        return self.made[-1] if self.made else None

    async def _keep(self, record: Record, made: Contact) -> Done:
        await self.store.contacts.put(record.transaction, [made])
        return Done(entity=made)


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, Cipher([bytes(32)]), clock)
    await keep_accounts(opened)
    yield opened
    await opened.aclose()


@pytest.fixture
def upstream(store: Store) -> Upstream:
    return Upstream(store, error=OutcomeUnknown("No answer came."))


def process(store: Store, clock: Clock) -> Execution:
    return Execution(store, Recorder(store, Hub(store), clock), Known(store), clock)


async def test_what_was_done_after_all_is_taken_in(store: Store, clock: Clock, upstream: Upstream) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream.prepare)
    clock.pass_by(timedelta(minutes=5))

    done = await execution.run(INTENT, upstream.prepare)

    assert done.entity == contact("c-1")
    assert upstream.looks == [NOON - SKEW]
    assert await execution.run(INTENT, upstream.prepare) == done
    assert len(upstream.made) == len(upstream.looks) == 1


async def test_what_surely_was_not_done_is_done_now(store: Store, clock: Clock, upstream: Upstream) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream.prepare)
    upstream.made.clear()
    upstream.error = None
    clock.pass_by(timedelta(minutes=1))

    done = await execution.run(INTENT, upstream.prepare)

    assert done.entity == contact("c-1")
    assert len(upstream.made) == 1


async def test_a_second_attempt_that_fails_for_sure_frees_the_key(
    store: Store, clock: Clock, upstream: Upstream
) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream.prepare)
    upstream.made.clear()
    upstream.error = Unavailable("It is down.")
    clock.pass_by(timedelta(minutes=1))
    with pytest.raises(Unavailable):
        await execution.run(INTENT, upstream.prepare)

    upstream.error = None
    await execution.run(INTENT, upstream.prepare)

    assert len(upstream.looks) == 1


async def test_while_the_provider_cannot_be_asked_it_stays_unknown(
    store: Store, clock: Clock, upstream: Upstream
) -> None:
    execution = process(store, clock)
    upstream.blind = Unavailable("It is down.")
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await execution.run(INTENT, upstream.prepare)
    upstream.blind = None

    done = await execution.run(INTENT, upstream.prepare)

    assert done.entity == contact("c-1")
    assert len(upstream.made) == 1


async def test_only_one_of_two_processes_looks(store: Store, clock: Clock, upstream: Upstream) -> None:
    first, second = process(store, clock), process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await first.run(INTENT, upstream.prepare)

    done = await asyncio.gather(*(each.run(INTENT, upstream.prepare) for each in (first, second) * 3))

    assert [each.entity for each in done] == [contact("c-1")] * 6
    assert len(upstream.looks) == len(upstream.made) == 1
