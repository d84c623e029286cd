from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.store import JournalEntry, JournalState
from gateway.writing.doubt import SETTLING, Doubt
from gateway.writing.lease import LEASE
from providers.errors import OutcomeUnknown
from tests.gateway.store.clock import NOON

LONGEST = timedelta(seconds=10)
DEFAULT = timedelta(seconds=30)
ENTRY = JournalEntry(
    id="j-1",
    user_id="ada",
    mutation="sendMessage",
    provider="paper",
    request=b"{}",
    holder="one",
    lease_until=NOON + LEASE,
    started_at=NOON,
    updated_at=NOON,
)


@pytest.fixture
def doubt() -> Doubt:
    return Doubt(lambda: NOON, {"paper": LONGEST, "quick": timedelta(seconds=1)})


@pytest.mark.parametrize(
    ("error", "provider", "wait"),
    [
        (OutcomeUnknown("It was cut off."), "paper", SETTLING),
        (ValueError("a bug"), "paper", SETTLING),
        (OutcomeUnknown("It was silent.", retry_after=7), "paper", timedelta(seconds=7)),
        (OutcomeUnknown("It asks for a day.", retry_after=86_400), "paper", LONGEST),
        (OutcomeUnknown("It asks for a day.", retry_after=86_400), "other", DEFAULT),
        (OutcomeUnknown("It was cut off."), "quick", timedelta(seconds=1)),
    ],
)
def test_an_attempt_is_over_when_it_can_go_on_no_more(
    doubt: Doubt, error: Exception, provider: str, wait: timedelta
) -> None:
    assert doubt.over_after(replace(ENTRY, provider=provider), error) == NOON + wait


@pytest.mark.parametrize(
    ("state", "over_at"),
    [(JournalState.UNKNOWN, NOON + LEASE), (JournalState.PENDING, NOON + LONGEST)],
    ids=["as it was noted", "from when its process was last heard of"],
)
def test_an_entry_that_was_left_tells_when_it_is_over(doubt: Doubt, state: JournalState, over_at: datetime) -> None:
    assert doubt.over_at(replace(ENTRY, state=state)) == over_at
