"""What becomes of a write whose outcome nobody knows, where the provider can be asked for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from gateway.events.hub import Hub
from gateway.events.recorder import Record, Recorder
from gateway.mutations.idempotency.journal_codec import Intent
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.idempotency.settling import SettlingTimes
from gateway.mutations.write import Done, Write
from gateway.storage import Cipher, Store
from gateway.storage.entity_lookup import EntityLookup
from providers.api.capabilities import LostWrite
from providers.domain.commands import CreateContact
from providers.domain.entities import Contact
from providers.domain.errors import OutcomeUnknown, ProviderError, Unavailable
from providers.domain.viewer import Viewer
from tests.gateway.storage.clock import NOON, Clock
from tests.gateway.storage.sample import contact, keep_accounts

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

    async def prepare(self, _: datetime) -> Write[Contact]:
        return Creation(provider="paper", account_key="acc-1", upstream=self)

    async def create(self, attempt: str) -> Contact:
        self.attempts.append(attempt)
        if not isinstance(self.error, Unavailable):
            self.made.append(contact(f"c-{len(self.made) + 1}"))
        if self.error is not None:
            raise self.error
        return self.made[-1]

    async def find(self, trace: LostWrite) -> Contact | None:
        self.looks.append(trace)
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


async def test_what_was_done_after_all_is_taken_in(store: Store, clock: Clock, upstream: Upstream) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream)
    clock.pass_by(timedelta(minutes=5))

    done = await execution.run(INTENT, upstream)

    assert done.entity == contact("c-1")
    assert upstream.looks == [LostWrite(attempt=upstream.attempts[0], since=NOON)]
    assert await execution.run(INTENT, upstream) == done
    assert len(upstream.made) == len(upstream.looks) == 1


async def test_what_surely_was_not_done_is_done_now(store: Store, clock: Clock, upstream: Upstream) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream)
    upstream.made.clear()
    upstream.error = None
    clock.pass_by(timedelta(minutes=1))

    done = await execution.run(INTENT, upstream)

    assert done.entity == contact("c-1")
    assert len(upstream.made) == 1


async def test_a_second_attempt_that_fails_for_sure_frees_the_key(
    store: Store, clock: Clock, upstream: Upstream
) -> None:
    execution = process(store, clock)
    with pytest.raises(OutcomeUnknown):
        await execution.run(INTENT, upstream)
    upstream.made.clear()
    upstream.error = Unavailable("It is down.")
    clock.pass_by(timedelta(minutes=1))
    with pytest.raises(Unavailable):
        await execution.run(INTENT, upstream)

    upstream.error = None
    await execution.run(INTENT, upstream)

    assert len(upstream.looks) == 1


async def test_while_the_provider_cannot_be_asked_it_stays_unknown(
    store: Store, clock: Clock, upstream: Upstream
) -> None:
    execution = process(store, clock)
    upstream.blind = Unavailable("It is down.")
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await execution.run(INTENT, upstream)
    upstream.blind = None

    done = await execution.run(INTENT, upstream)

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
    async def execution(self, store: Store, clock: Clock, upstream: Upstream) -> JournalRunner:
        """One whose first try has made a contact, of which nothing is to be seen yet."""
        upstream.hides = True
        execution = process(store, clock, self.LAG)
        with pytest.raises(OutcomeUnknown):
            await execution.run(INTENT, upstream)
        upstream.error = None
        return execution

    async def test_a_retry_sends_nothing_and_learns_when_to_ask_again(
        self, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(timedelta(seconds=100))
        for _ in range(2):
            with pytest.raises(OutcomeUnknown) as unknown:
                await execution.run(INTENT, upstream)
            assert unknown.value.retry_after == pytest.approx(800, abs=1)

        assert len(upstream.made) == 1

    async def test_what_the_list_shows_late_is_taken_in(
        self, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(self.LATE)
        upstream.hides = False

        done = await execution.run(INTENT, upstream)

        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_what_the_list_never_shows_is_sent_again_as_the_same_attempt(
        self, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.made.clear()
        clock.pass_by(self.LAG)

        await execution.run(INTENT, upstream)

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

        done = await execution.run(INTENT, upstream)
        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_what_is_proved_to_be_absent_is_another_try_of_the_same_attempt(
        self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        upstream.made.clear()
        clock.pass_by(self.LAG)
        await self._reconcile(store, execution, clock, upstream)
        assert await store.journal.unsettled(clock() + timedelta(days=1)) == []
        assert upstream.made == []

        await execution.run(INTENT, upstream)

        assert upstream.attempts == [upstream.attempts[0]] * 2

    async def test_what_is_shown_after_it_was_believed_absent_is_taken_in(
        self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream
    ) -> None:
        clock.pass_by(self.LAG)
        await self._reconcile(store, execution, clock, upstream)
        upstream.hides = False

        done = await execution.run(INTENT, upstream)

        assert done.entity == contact("c-1")
        assert len(upstream.made) == 1

    async def test_a_refused_write_is_another_attempt_when_it_is_asked_for_again(
        self, store: Store, clock: Clock, upstream: Upstream
    ) -> None:
        execution = process(store, clock)
        upstream.error = Unavailable("It is down.")
        with pytest.raises(Unavailable):
            await execution.run(INTENT, upstream)
        upstream.error = None

        await execution.run(INTENT, upstream)

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
            await execution.settle(entry, upstream)

    async def _until_looked(self, store: Store, execution: JournalRunner, clock: Clock, upstream: Upstream) -> float:
        """After how many seconds the reconciler looks again."""
        looks, seconds = len(upstream.looks), 0.0
        while len(upstream.looks) == looks:
            clock.pass_by(timedelta(seconds=1))
            seconds += 1
            await self._reconcile(store, execution, clock, upstream)
        return seconds
