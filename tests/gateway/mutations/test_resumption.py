"""Writes with unknown outcomes, at a provider that has a way to find them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from gateway.events.hub import Hub
from gateway.events.recorder import Record, Recorder
from gateway.mutations.idempotency.runner import Intent, JournalRunner
from gateway.mutations.idempotency.settling import SettlingTimes
from gateway.mutations.write import Done, Write
from gateway.storage import Store
from gateway.storage.entity_lookup import EntityLookup
from providers.api.capabilities import LostWrite
from providers.domain.commands import CreateContact
from providers.domain.entities import Contact
from providers.domain.errors import OutcomeUnknown, ProviderError, Unavailable
from providers.domain.viewer import Viewer
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import contact

INTENT = Intent.of(
    Viewer("ada", frozenset({"write"})),
    "createContact",
    CreateContact(
        account_id="x",
        first_name="Grace",
        last_name="Hopper",
        number="+12025550101",
        idempotency_key="one",
    ),
)


@dataclass
class Upstream:
    """Creates contacts, one after the other. `error` is raised after that; `looks` are those for lost writes.

    While it `hides` it shows none of its contacts. `blind` is raised by a look.
    """

    store: Store
    error: ProviderError | None = None
    blind: ProviderError | None = None
    made: list[Contact] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    looks: list[LostWrite] = field(default_factory=list)
    hides: bool = False
    looking: Callable[[], Awaitable[None]] | None = None

    async def prepare(self, _: datetime) -> Write[Contact]:
        return Creation(provider="paper", account_key="acc-1", upstream=self)

    async def create(self, attempt: str) -> Contact:
        self.attempts.append(attempt)
        if not isinstance(self.error, Unavailable):
            self.made.append(contact(f"c-{len(self.made) + 1}"))
        if self.error is not None:
            raise self.error
        return self.made[-1]

    async def find(self, lost: LostWrite) -> Contact | None:
        self.looks.append(lost)
        if self.looking is not None:
            await self.looking()
        if self.blind is not None:
            raise self.blind
        return self.made[-1] if self.made and not self.hides else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation(Write[Contact]):
    upstream: Upstream

    @property
    def can_find(self) -> bool:
        return True

    async def call(self, attempt: str) -> Contact:
        return await self.upstream.create(attempt)

    async def find(self, lost: LostWrite) -> Contact | None:
        return await self.upstream.find(lost)

    async def store(self, record: Record, result: Contact) -> Done:
        await self.upstream.store.contacts.put(record.transaction, [result])
        return Done(entity=result)


@pytest.fixture
def upstream(store: Store) -> Upstream:
    return Upstream(store, error=OutcomeUnknown("No answer came."))


def process(store: Store, clock: Clock, lookup_lag: timedelta = timedelta(seconds=2)) -> JournalRunner:
    settling = {"paper": SettlingTimes(lookup_lag=lookup_lag)}
    return JournalRunner(store, Recorder(store, Hub(store), clock), EntityLookup(store), clock, settling)


async def test_the_effect_of_a_lost_write_is_stored(store: Store, clock: Clock, upstream: Upstream) -> None:
    runner = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await runner.run(INTENT, upstream)
    clock.pass_by(timedelta(minutes=5))

    done = await runner.run(INTENT, upstream)

    assert done.entity == contact("c-1")
    assert upstream.looks == [LostWrite(attempt=upstream.attempts[0], since=NOON)]
    assert await runner.run(INTENT, upstream) == done
    assert len(upstream.made) == len(upstream.looks) == 1


async def test_a_write_that_is_proved_missing_is_sent_again(store: Store, clock: Clock, upstream: Upstream) -> None:
    runner = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await runner.run(INTENT, upstream)
    upstream.made.clear()
    upstream.error = None
    clock.pass_by(timedelta(minutes=1))

    done = await runner.run(INTENT, upstream)

    assert done.entity == contact("c-1")
    assert len(upstream.made) == 1


async def test_a_second_call_with_a_definite_failure_frees_the_key(
    store: Store, clock: Clock, upstream: Upstream
) -> None:
    runner = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await runner.run(INTENT, upstream)
    upstream.made.clear()
    upstream.error = Unavailable("It is down.")
    clock.pass_by(timedelta(minutes=1))
    with pytest.raises(Unavailable):
        await runner.run(INTENT, upstream)

    upstream.error = None
    await runner.run(INTENT, upstream)

    assert len(upstream.looks) == 1


async def test_the_outcome_stays_unknown_while_the_provider_is_unreachable(
    store: Store, clock: Clock, upstream: Upstream
) -> None:
    runner = process(store, clock)
    upstream.blind = Unavailable("It is down.")
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await runner.run(INTENT, upstream)
    upstream.blind = None

    done = await runner.run(INTENT, upstream)

    assert done.entity == contact("c-1")
    assert len(upstream.made) == 1


async def test_only_one_of_two_processes_looks(store: Store, clock: Clock, upstream: Upstream) -> None:
    first, second = process(store, clock), process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await first.run(INTENT, upstream)

    done = await asyncio.gather(*(each.run(INTENT, upstream) for each in (first, second) * 3))

    assert [each.entity for each in done] == [contact("c-1")] * 6
    assert len(upstream.looks) == len(upstream.made) == 1


class TestListsThatLag:
    """The upstream's list shows a contact 600 s late; the operator says that it may lag for 900 s."""

    LATE, LAG = timedelta(seconds=600), timedelta(seconds=900)

    @pytest.fixture
    async def runner(self, store: Store, clock: Clock, upstream: Upstream) -> JournalRunner:
        """A runner whose first call has created a contact that the upstream does not show yet."""
        upstream.hides = True
        runner = process(store, clock, self.LAG)
        with pytest.raises(OutcomeUnknown):
            await runner.run(INTENT, upstream)
        upstream.error = None
        return runner

    async def test_a_retry_sends_nothing_and_gets_the_time_to_retry(
        self, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(timedelta(seconds=100))
        for _ in range(2):
            with pytest.raises(OutcomeUnknown) as unknown:
                await runner.run(INTENT, upstream)
            assert unknown.value.retry_after == pytest.approx(800, abs=1)

        assert len(upstream.made) == 1

    async def test_an_object_that_the_list_shows_late_is_stored(
        self, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(self.LATE)
        upstream.hides = False

        done = await runner.run(INTENT, upstream)

        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_write_that_the_list_never_shows_is_sent_again_as_the_same_attempt(
        self, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.made.clear()
        clock.pass_by(self.LAG)

        await runner.run(INTENT, upstream)

        assert len(upstream.made) == 1
        assert upstream.attempts == [upstream.attempts[0]] * 2
        assert len(bytes.fromhex(upstream.attempts[0])) == 16

    async def test_the_reconciler_looks_at_growing_intervals_until_it_is_shown(
        self, store: Store, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        gaps = [await self._until_looked(store, runner, clock, upstream) for _ in range(6)]
        assert gaps == sorted(gaps)
        assert gaps[-1] > 10 * gaps[0]

        clock.pass_by(self.LATE)
        upstream.hides = False
        await self._reconcile(store, runner, clock, upstream)

        done = await runner.run(INTENT, upstream)
        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_retry_of_an_absent_write_is_the_same_attempt(
        self, store: Store, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.made.clear()
        clock.pass_by(self.LAG)
        await self._reconcile(store, runner, clock, upstream)
        assert await store.journal.unsettled(clock() + timedelta(days=1)) == []
        assert upstream.made == []

        await runner.run(INTENT, upstream)

        assert upstream.attempts == [upstream.attempts[0]] * 2

    async def test_an_object_that_is_shown_after_its_write_was_absent_is_stored(
        self, store: Store, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(self.LAG)
        await self._reconcile(store, runner, clock, upstream)
        upstream.hides = False

        done = await runner.run(INTENT, upstream)

        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_retry_of_a_refused_write_is_another_attempt(
        self, store: Store, clock: Clock, upstream: Upstream
    ) -> None:
        runner = process(store, clock)
        upstream.error = Unavailable("It is down.")
        with pytest.raises(Unavailable):
            await runner.run(INTENT, upstream)
        upstream.error = None

        await runner.run(INTENT, upstream)

        assert len(set(upstream.attempts)) == 2

    async def test_seven_days_later_the_key_is_free(
        self, store: Store, runner: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.blind = Unavailable("It is down.")
        for _ in range(9):
            clock.pass_by(timedelta(days=1))
            with suppress(Unavailable, OutcomeUnknown):
                await self._reconcile(store, runner, clock, upstream)
            async with store.write() as transaction:
                await store.journal.forget(transaction, clock() - timedelta(days=7))

        assert await store.journal.find(INTENT.user_id, INTENT.mutation, "one") is None

    async def _reconcile(self, store: Store, runner: JournalRunner, clock: Clock, upstream: Upstream) -> None:
        for entry in await store.journal.unsettled(clock()):
            await runner.settle(entry, upstream)

    async def _until_looked(self, store: Store, runner: JournalRunner, clock: Clock, upstream: Upstream) -> float:
        """Return the number of seconds until the reconciler looks again."""
        looks, seconds = len(upstream.looks), 0.0
        while len(upstream.looks) == looks:
            clock.pass_by(timedelta(seconds=1))
            seconds += 1
            await self._reconcile(store, runner, clock, upstream)
        return seconds
