"""Recovery of writes with an unknown outcome at a provider with finders."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from gateway.events.hub import Hub
from gateway.events.recorder import Record, Recorder
from gateway.mutations.entity_lookup import EntityLookup
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.idempotency.settling import SettlingTimes
from gateway.mutations.operation import Done, Intent, Write
from gateway.storage import Cipher, Store
from providers.api.capabilities import LostWrite
from providers.domain.entities import Contact
from providers.domain.errors import OutcomeUnknown, ProviderError, Unavailable
from providers.domain.viewer import Viewer
from resolvers.inputs import CreateContactInput
from tests.gateway.storage.clock import NOON, Clock
from tests.gateway.storage.sample import contact, keep_accounts

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
    """Takes contacts, one after the other. `error` is raised after the work; `looks` are those for what was done.

    While it `hides` it shows nothing of what it made.
    """

    store: Store
    error: ProviderError | None = None
    blind: ProviderError | None = None
    made: list[Contact] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    looks: list[LostWrite] = field(default_factory=list)
    hides: bool = False
    looking: Callable[[], Awaitable[None]] | None = None

    async def prepare(self, _: datetime) -> Write:
        return Write(provider="paper", account_key="acc-1", act=self._act, keep=self._keep, find=self._find)

    async def _act(self, attempt: str) -> Contact:
        self.attempts.append(attempt)
        if not isinstance(self.error, Unavailable):
            self.made.append(contact(f"c-{len(self.made) + 1}"))
        if self.error is not None:
            raise self.error
        return self.made[-1]

    async def _find(self, trace: LostWrite) -> Contact | None:
        self.looks.append(trace)
        if self.looking is not None:
            await self.looking()
        if self.blind is not None:
            raise self.blind
        return self.made[-1] if self.made and not self.hides else None

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


def process(store: Store, clock: Clock, lookup_lag: timedelta = timedelta(seconds=2)) -> JournalRunner:
    settling = {"paper": SettlingTimes(lookup_lag=lookup_lag)}
    return JournalRunner(store, Recorder(store, Hub(store), clock), EntityLookup(store), clock, settling)


async def test_a_lost_write_that_took_effect_is_stored(store: Store, clock: Clock, upstream: Upstream) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream.prepare)
    clock.pass_by(timedelta(minutes=5))

    done = await execution.run(INTENT, upstream.prepare)

    assert done.entity == contact("c-1")
    assert upstream.looks == [LostWrite(attempt=upstream.attempts[0], since=NOON)]
    assert await execution.run(INTENT, upstream.prepare) == done
    assert len(upstream.made) == len(upstream.looks) == 1


async def test_a_write_that_is_proved_absent_is_sent_again(store: Store, clock: Clock, upstream: Upstream) -> None:
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


async def test_the_outcome_stays_unknown_while_the_provider_is_unavailable(
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


class TestListsThatLag:
    """The upstream's list shows a contact 600 s late; the operator says that it may lag for 900 s."""

    LATE, LAG = timedelta(seconds=600), timedelta(seconds=900)

    @pytest.fixture
    async def execution(self, store: Store, clock: Clock, upstream: Upstream) -> JournalRunner:
        """One whose first try has made a contact, of which nothing is to be seen yet."""
        upstream.hides = True
        execution = process(store, clock, self.LAG)
        with pytest.raises(OutcomeUnknown):
            await execution.run(INTENT, upstream.prepare)
        upstream.error = None
        return execution

    async def test_a_retry_sends_nothing_and_gets_retry_after_seconds(
        self, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(timedelta(seconds=100))
        for _ in range(2):
            with pytest.raises(OutcomeUnknown) as unknown:
                await execution.run(INTENT, upstream.prepare)
            assert unknown.value.retry_after == pytest.approx(800, abs=1)

        assert len(upstream.made) == 1

    async def test_a_write_that_the_list_shows_late_is_stored(
        self, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(self.LATE)
        upstream.hides = False

        done = await execution.run(INTENT, upstream.prepare)

        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_write_that_the_list_never_shows_is_sent_again_with_the_same_attempt(
        self, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.made.clear()
        clock.pass_by(self.LAG)

        await execution.run(INTENT, upstream.prepare)

        assert len(upstream.made) == 1
        assert upstream.attempts == [upstream.attempts[0]] * 2
        assert len(bytes.fromhex(upstream.attempts[0])) == 16

    async def test_the_reconciler_looks_at_growing_intervals_until_it_is_shown(
        self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        gaps = [await self._until_looked(store, execution, clock, upstream) for _ in range(6)]
        assert gaps == sorted(gaps)
        assert gaps[-1] > 10 * gaps[0]

        clock.pass_by(self.LATE)
        upstream.hides = False
        await self._reconcile(store, execution, clock, upstream)

        done = await execution.run(INTENT, upstream.prepare)
        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_retry_after_proved_absence_has_the_same_attempt(
        self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.made.clear()
        clock.pass_by(self.LAG)
        await self._reconcile(store, execution, clock, upstream)
        assert await store.journal.unsettled(clock() + timedelta(days=1)) == []
        assert upstream.made == []

        await execution.run(INTENT, upstream.prepare)

        assert upstream.attempts == [upstream.attempts[0]] * 2

    async def test_a_write_that_appears_after_proved_absence_is_stored(
        self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(self.LAG)
        await self._reconcile(store, execution, clock, upstream)
        upstream.hides = False

        done = await execution.run(INTENT, upstream.prepare)

        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_retry_of_a_rejected_write_has_another_attempt(
        self, store: Store, clock: Clock, upstream: Upstream
    ) -> None:
        execution = process(store, clock)
        upstream.error = Unavailable("It is down.")
        with pytest.raises(Unavailable):
            await execution.run(INTENT, upstream.prepare)
        upstream.error = None

        await execution.run(INTENT, upstream.prepare)

        assert len(set(upstream.attempts)) == 2

    async def test_seven_days_later_the_key_is_free(
        self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.blind = Unavailable("It is down.")
        for _ in range(9):
            clock.pass_by(timedelta(days=1))
            with suppress(Unavailable, OutcomeUnknown):
                await self._reconcile(store, execution, clock, upstream)
            async with store.write() as transaction:
                await store.journal.forget(transaction, clock() - timedelta(days=7))

        assert await store.journal.find(INTENT.user_id, INTENT.mutation, "one") is None

    async def _reconcile(self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream) -> None:
        for entry in await store.journal.unsettled(clock()):
            await execution.settle(entry, upstream.prepare)

    async def _until_looked(self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream) -> float:
        """After how many seconds the reconciler looks again."""
        looks, seconds = len(upstream.looks), 0.0
        while len(upstream.looks) == looks:
            clock.pass_by(timedelta(seconds=1))
            seconds += 1
            await self._reconcile(store, execution, clock, upstream)
        return seconds
