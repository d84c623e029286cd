"""The digest of details: of a response that would change nothing if it were stored again."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from gateway.storage import Store, Visibility
from gateway.storage.meeting_details import DetailsResponse, SeenDetails, UnchangedDetails
from gateway.storage.meeting_list import MeetingList, MeetingSpan
from providers.domain.entities import Meeting, MeetingKind, Participant, ParticipantResponse
from providers.medixcel.mapping import with_known
from tests.gateway.storage.conftest import opened
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, keep_accounts, meeting

MINUTE = timedelta(minutes=1)
REVIEW = meeting(title="Review")
UNCHANGED = UnchangedDetails(key=REVIEW.key, digest="d-1", read_at=NOON + MINUTE)


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    async with opened(database_url, clock) as fresh:
        await keep_accounts(fresh)
        yield fresh


async def put_details(
    store: Store, seen: Meeting, completed: Callable[[Meeting], Meeting] | None = None, digest: str = "d-1"
) -> None:
    response = DetailsResponse(digest=digest, completed=completed or (lambda _: seen))
    async with store.write() as transaction:
        await store.meetings.put_details(transaction, [SeenDetails(meeting=seen, response=response)])


async def put(store: Store, seen: Meeting, superseding: Meeting | None = None) -> None:
    async with store.write() as transaction:
        await store.meetings.put(transaction, [seen], superseding=superseding)


async def dated(store: Store, read: UnchangedDetails) -> bool:
    async with store.write() as transaction:
        return not await store.meetings.date_details(transaction, [read])


async def digests(store: Store) -> list[str]:
    return [*(await store.meetings.details_digests([REVIEW.key])).values()]


async def stored(store: Store) -> Meeting:
    (found,) = await store.meetings.get_many(Visibility.unrestricted(), [REVIEW.key])
    assert found is not None
    return found


async def test_what_was_stored_has_the_digest_of_its_response(store: Store) -> None:
    await put_details(store, REVIEW)
    assert await digests(store) == ["d-1"]
    await put_details(store, REVIEW, digest="d-2")
    assert await digests(store) == ["d-2"]


async def test_a_response_that_would_be_completed_to_another_meeting_has_no_digest(store: Store) -> None:
    await put_details(store, REVIEW, lambda known: replace(known, title=f"{known.title} once more"))
    assert await digests(store) == []


async def test_a_response_that_settles_the_second_time_has_a_digest_then(store: Store) -> None:
    def completed(known: Meeting) -> Meeting:
        return replace(known, room="room" if known.uid else None, uid="u-1")

    await put_details(store, completed(REVIEW), completed)
    assert await digests(store) == []
    await put_details(store, completed(await stored(store)), completed)
    assert await digests(store) == ["d-1"]
    assert (await stored(store)).room == "room"


async def test_details_that_are_cleaned_have_a_digest(store: Store) -> None:
    await put_details(store, meeting(title="Review\x00"))
    assert await digests(store) == ["d-1"]


async def test_details_without_a_response_leave_none(store: Store) -> None:
    async with store.write() as transaction:
        await store.meetings.put_details(transaction, [SeenDetails(meeting=REVIEW)])
    assert await digests(store) == []


@pytest.mark.parametrize(
    ("seen", "superseding"),
    [
        (replace(REVIEW, title="Retrospective"), None),
        (replace(REVIEW, detailed=False, title="Retrospective"), None),
        (replace(REVIEW, start_time=NOON - MINUTE), REVIEW),
        (replace(REVIEW, cancelled=True), REVIEW),
        # Nothing that is shown differs, but what is ignored from now on.
        (REVIEW, replace(REVIEW, start_time=NOON - MINUTE)),
    ],
)
async def test_every_other_write_deletes_the_digest(store: Store, seen: Meeting, superseding: Meeting | None) -> None:
    await put_details(store, REVIEW)
    await put(store, seen, superseding)
    assert await digests(store) == []
    assert not await dated(store, UNCHANGED)
    assert (await stored(store)).details_read_at == NOON


async def test_a_write_of_times_leaves_the_digest(store: Store) -> None:
    await put_details(store, REVIEW)
    await put(store, replace(REVIEW, synced_at=NOON + MINUTE))
    span = MeetingSpan(provider="local", account_key="acc-1", user_id=None, start=NOON, end=NOON + MINUTE)
    seen = [replace(REVIEW, detailed=False, title=None, synced_at=NOON + 2 * MINUTE)]
    async with store.write() as transaction:
        await store.meetings.put_lists(transaction, [MeetingList(span=span, meetings=seen)])
    assert await digests(store) == ["d-1"]


async def test_an_account_that_adopts_a_meeting_deletes_the_digest(store: Store) -> None:
    orphan = replace(REVIEW, scope="local/zoe", user_id="zoe", account_key=None)
    await put_details(store, orphan)
    assert await store.meetings.details_digests([orphan.key]) == {orphan.key: "d-1"}
    own = account("acc-9", user_id="zoe")
    async with store.write() as transaction:
        await store.accounts.put(transaction, own)
        await store.meetings.adopt(transaction, own)
    assert await store.meetings.details_digests([orphan.key]) == {}


async def test_an_unchanged_read_writes_its_time(store: Store) -> None:
    await put_details(store, REVIEW)
    assert await dated(store, UNCHANGED)
    found = await stored(store)
    assert found == replace(REVIEW, synced_at=NOON + MINUTE, details_read_at=NOON + MINUTE)


async def test_an_unchanged_read_does_not_replace_the_time_of_a_later_one(store: Store) -> None:
    later = NOON + 2 * MINUTE
    await put_details(store, replace(REVIEW, synced_at=later, details_read_at=later))
    assert await dated(store, UNCHANGED)
    found = await stored(store)
    assert found.synced_at == found.details_read_at == later


async def test_an_unchanged_read_of_another_response_is_returned(store: Store) -> None:
    await put_details(store, REVIEW, digest="d-2")
    assert not await dated(store, UNCHANGED)


ADA = Participant(email="ada@example.com")
KNOWN_ADA = Participant(email="Ada@example.com", first_name="Ada", user_id="ada")
ACCEPTED_ADA = Participant(email="ADA@example.com", first_name="A.", response=ParticipantResponse.ACCEPTED)


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("known", [(), (ADA,), (KNOWN_ADA,), (ACCEPTED_ADA, KNOWN_ADA)])
@pytest.mark.parametrize("seen", [(), (ADA,), (ACCEPTED_ADA,), (ADA, ACCEPTED_ADA), (ACCEPTED_ADA, KNOWN_ADA)])
async def test_a_response_with_a_digest_changes_nothing_if_it_is_stored_again(
    sqlite_store: Store, known: tuple[Participant, ...], seen: tuple[Participant, ...], cancelled: bool
) -> None:
    """Addresses that differ by case alone may need a second read to settle."""
    await keep_accounts(sqlite_store)
    known_kind = MeetingKind.INSTANT if cancelled else MeetingKind.SCHEDULED
    await put(sqlite_store, replace(REVIEW, participants=known, cancelled=cancelled, kind=known_kind))
    completed = partial(with_known, replace(REVIEW, title="Retrospective", participants=seen))
    for _ in range(4):
        await put_details(sqlite_store, completed(await stored(sqlite_store)), completed)
        if await digests(sqlite_store):
            break
    before = await stored(sqlite_store)
    await put(sqlite_store, completed(before))
    assert await digests(sqlite_store) == ["d-1"]
    assert await stored(sqlite_store) == before
