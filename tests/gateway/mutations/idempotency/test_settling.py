from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.mutations.idempotency.settling import LEASE, Settling, SettlingTimes
from gateway.storage import JournalEntry, JournalState
from providers.domain.errors import OutcomeUnknown
from tests.testkit.clock import NOON

LONGEST = timedelta(seconds=10)
DEFAULT = timedelta(seconds=30)
LAG = timedelta(seconds=2)
LONG_LAG = timedelta(minutes=15)
ENTRY = JournalEntry(
    id="j-1",
    user_id="ada",
    mutation="sendMessage",
    attempt="0123456789abcdef" * 2,
    provider="paper",
    request=b"{}",
    holder="one",
    lease_until=NOON + LEASE,
    started_at=NOON,
    updated_at=NOON,
)


@pytest.fixture
def settling() -> Settling:
    times = {
        "paper": SettlingTimes(longest_call=LONGEST, lookup_lag=LAG),
        "slow": SettlingTimes(longest_call=LONGEST, lookup_lag=LONG_LAG),
    }
    return Settling(lambda: NOON, times)


@pytest.mark.parametrize(
    ("error", "provider", "wait"),
    [
        (OutcomeUnknown("It was cut off."), "paper", LAG),
        (ValueError("a bug"), "paper", LAG),
        (OutcomeUnknown("It was silent.", retry_after=7), "paper", timedelta(seconds=7) + LAG),
        (OutcomeUnknown("It asks for a day.", retry_after=86_400), "paper", LONGEST + LAG),
        (OutcomeUnknown("It asks for a day.", retry_after=86_400), "other", DEFAULT + LAG),
        (OutcomeUnknown("It was cut off."), "slow", LONG_LAG),
        (OutcomeUnknown("It was silent.", retry_after=7), "slow", timedelta(seconds=7) + LONG_LAG),
    ],
)
def test_not_finding_it_proves_something_when_the_call_and_the_lag_are_over(
    settling: Settling, error: Exception, provider: str, wait: timedelta
) -> None:
    assert settling.provable_after(replace(ENTRY, provider=provider), error) == NOON + wait


@pytest.mark.parametrize(
    ("state", "provable_at", "expected"),
    [
        (JournalState.UNKNOWN, NOON + LAG, NOON + LAG),
        (JournalState.PENDING, None, NOON + LONGEST + LAG),
        (JournalState.PENDING, NOON + LAG, NOON + LONGEST + LAG),
        (JournalState.PENDING, NOON + LONG_LAG, NOON + LONG_LAG),
    ],
)
def test_an_abandoned_entry_states_from_when_its_absence_can_be_proved(
    settling: Settling, state: JournalState, provable_at: datetime | None, expected: datetime
) -> None:
    assert settling.provable_at(replace(ENTRY, state=state, provable_at=provable_at)) == expected


@pytest.mark.parametrize(
    ("age", "provable_in", "wait"),
    [
        (timedelta(0), LONG_LAG, timedelta(seconds=2)),
        (timedelta(minutes=1), LONG_LAG, timedelta(minutes=1)),
        (timedelta(minutes=10), timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(hours=1), -LAG, timedelta(hours=1)),
        (timedelta(days=2), -LAG, timedelta(hours=6)),
    ],
)
def test_the_reconciler_looks_again_after_as_long_as_the_write_is_old(
    settling: Settling, age: timedelta, provable_in: timedelta, wait: timedelta
) -> None:
    entry = replace(ENTRY, started_at=NOON - age)
    assert settling.look_at(entry, NOON + provable_in) == NOON + wait
