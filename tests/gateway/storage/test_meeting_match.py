"""Meetings that are at hand match a filter if the store's list by it has them."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.storage import Store, Visibility
from gateway.storage.meeting_match import is_match
from gateway.storage.previous import meeting_before, previous_meeting
from providers.domain.criteria import MeetingCriteria
from providers.domain.entities import Meeting, MeetingKind, MeetingStatus
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON
from tests.testkit.sample import account, keep_accounts, meeting

_HOURS = st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
_TEXTS = st.sampled_from(["", " ", "Review", "STRASSE", "straße", "ﬁn", "%"])


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...] | None]:
    return st.none() | st.lists(values, max_size=2).map(tuple)


@st.composite
def meetings(draw: st.DrawFn) -> Meeting:
    start = draw(_HOURS)
    return meeting(
        start_time=start,
        end_time=start + timedelta(hours=draw(st.integers(0, 3))),
        account_key=draw(st.sampled_from(["acc-1", "acc-2", None])),
        user_id=draw(st.sampled_from(["ada", "bob"])),
        provider=draw(st.sampled_from(["local", "paper"])),
        kind=draw(st.sampled_from(MeetingKind)),
        cancelled=draw(st.booleans()),
        title=draw(st.none() | _TEXTS),
        description=draw(st.none() | _TEXTS),
        scope="users",
        service=draw(st.sampled_from([meeting().service])),
    )


@st.composite
def criteria(draw: st.DrawFn) -> MeetingCriteria:
    start = draw(_HOURS)
    return MeetingCriteria(
        start=start,
        end=start + timedelta(hours=draw(st.integers(1, 4))),
        account_keys=draw(some(st.sampled_from(["acc-1", "acc-2"]))),
        providers=draw(some(st.sampled_from(["local", "paper"]))),
        user_ids=draw(some(st.sampled_from(["ada", "bob"]))),
        kinds=draw(some(st.sampled_from(MeetingKind))),
        statuses=draw(some(st.sampled_from(MeetingStatus))),
        text=draw(st.none() | _TEXTS),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=meetings(), other=meetings(), wanted=criteria())
async def test_a_meeting_matches_if_it_is_listed(
    store: Store, one: Meeting, other: Meeting, wanted: MeetingCriteria
) -> None:
    """Also as it was before a change: nothing that a filter looks at gets lost in the feed."""
    await keep_accounts(store, account("acc-1"), account("acc-2"))
    async with store.write() as transaction:
        await transaction.change("DELETE FROM meetings", {})
        [change] = await store.meetings.put(transaction, [one])
    page = await store.meetings.page(Visibility.unrestricted(), wanted, PageRequest(limit=9), NOON)
    stored = change.entity
    assert is_match(stored, wanted, NOON) == bool(page.nodes)

    changed = meeting_like(stored, other)
    before = meeting_before(changed, previous_meeting(stored, changed))
    assert is_match(before, wanted, NOON) == bool(page.nodes)


def meeting_like(known: Meeting, other: Meeting) -> Meeting:
    """A meeting after a change of all that can change."""
    said = {name: getattr(other, name) for name in ("start_time", "end_time", "kind", "cancelled", "title")}
    return meeting(
        scope=known.scope,
        provider=known.provider,
        user_id=known.user_id,
        account_key=other.account_key,
        description=other.description,
        **said,
    )
