"""Digests are of what the store has: every other write deletes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from gateway.storage import Store, Visibility
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.meeting_list import MeetingList, MeetingSpan
from gateway.storage.read_versions import ReadVersion, StoredRead, UnchangedRead
from providers.domain.entities import Account, Entity, Meeting, MeetingKind
from tests.testkit.clock import NOON
from tests.testkit.sample import account, contact, conversation, keep_accounts, meeting, message
from tests.testkit.statements import statements

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Read:
    """The key of a fetch from the account acc-1."""

    kind: FetchKind = FetchKind.CONTACTS
    source: str = "acc-1"
    provider: str = "p"
    start: datetime | None = None
    end: datetime | None = None


CONTACTS = Read()
CONVERSATIONS = Read(FetchKind.CONVERSATIONS)
MESSAGES = Read(FetchKind.MESSAGES, "acc-1/v-1")
OF_ANOTHER = Read(source="acc-10")
ALL = [CONTACTS, CONVERSATIONS, MESSAGES, OF_ANOTHER]


async def record(store: Store, span: Read, digest: str | None, before: ReadVersion | None, at: datetime = NOON) -> None:
    async with store.write() as transaction:
        read = StoredRead(span=span, read_at=at, digest=digest, before=before)
        await store.read_versions.record(transaction, [read])


async def version(store: Store, span: Read = CONTACTS) -> ReadVersion:
    return (await store.read_versions.get_many([span]))[span]


async def invalidate(store: Store, written: Entity) -> None:
    async with store.write() as transaction:
        await store.read_versions.invalidate(transaction, "p", [written])


async def known(store: Store, spans: Sequence[Read] = (CONTACTS,)) -> None:
    for span in spans:
        await record(store, span, "a", await version(store, span))


async def test_the_first_read_has_a_digest(store: Store) -> None:
    before = await version(store)
    assert (before.read_at, before.digest) == (None, None)
    await record(store, CONTACTS, "a", before)
    assert (await version(store)).digest == "a"


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (CONTACTS, contact()),
        (CONVERSATIONS, conversation()),
        (MESSAGES, message()),
        (MESSAGES, Account(key="acc-1", provider="p", user_id="ada")),
    ],
    ids=["contact", "conversation", "message", "account"],
)
async def test_a_write_during_the_first_fetch_prevents_its_digest(store: Store, span: Read, written: Entity) -> None:
    before = await version(store, span)
    await invalidate(store, written)
    await record(store, span, "a", before)
    assert (await version(store, span)).digest is None


async def test_a_write_before_the_first_fetch_does_not_prevent_its_digest(store: Store) -> None:
    await invalidate(store, contact())
    await record(store, CONTACTS, "a", await version(store))
    assert (await version(store)).digest == "a"


async def test_a_first_read_of_another_process_prevents_the_digest_of_a_first_read(
    store: Store, other_store: Store
) -> None:
    before = await version(store)
    await record(other_store, CONTACTS, "b", await version(other_store))
    await record(store, CONTACTS, "a", before)
    assert (await version(store)).digest is None


async def test_a_digest_is_not_recorded_over_an_entry_without_a_revision(store: Store) -> None:
    await known(store)
    before = replace(await version(store), revision=None)
    await record(store, CONTACTS, "b", before)
    assert (await version(store)).digest is None


async def test_a_digest_is_recorded_if_nothing_was_written_since(store: Store) -> None:
    await known(store)
    assert ((await version(store)).digest, (await version(store)).read_at) == ("a", NOON)


async def test_a_digest_is_not_recorded_over_a_write_of_another_process(store: Store, other_store: Store) -> None:
    await known(store)
    before = await version(store)
    await record(other_store, CONTACTS, "a", await version(other_store))
    await record(store, CONTACTS, "b", before)
    assert (await version(store)).digest is None


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (contact(), [CONVERSATIONS, MESSAGES, OF_ANOTHER]),
        (conversation(), [CONTACTS, MESSAGES, OF_ANOTHER]),
        (message(), [CONTACTS, CONVERSATIONS, OF_ANOTHER]),
        (Account(key="acc-1", provider="p", user_id="ada"), [OF_ANOTHER]),
    ],
    ids=["contact", "conversation", "message", "account"],
)
async def test_a_write_deletes_the_digests_of_the_lists_it_is_in(
    store: Store, written: Entity, left: list[Read]
) -> None:
    await known(store, ALL)
    await invalidate(store, written)
    assert [span for span in ALL if (await version(store, span)).digest is not None] == left


async def test_a_write_during_a_fetch_prevents_its_digest(store: Store) -> None:
    await known(store)
    before = await version(store)
    await invalidate(store, contact())
    await record(store, CONTACTS, "b", before)
    assert (await version(store)).digest is None


async def test_an_unchanged_read_moves_the_times_of_reading(store: Store) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        seen, gone = contact("c-1", synced_at=NOON), contact("c-2", synced_at=NOON - SECOND)
        await store.contacts.put(transaction, [seen, gone])
    await known(store)
    read = UnchangedRead(span=CONTACTS, read_at=NOON + SECOND, version=await version(store))
    async with store.write() as transaction:
        assert await store.read_versions.confirm(transaction, [read]) == []
    assert await version(store) == replace(read.version, read_at=NOON + SECOND)
    found = await store.contacts.get_many(Visibility.unrestricted(), [("acc-1", "c-1"), ("acc-1", "c-2")])
    assert [each and each.synced_at for each in found] == [NOON + SECOND, NOON - SECOND]


async def test_an_unchanged_read_is_not_confirmed_after_a_write(store: Store) -> None:
    await known(store)
    read = UnchangedRead(span=CONTACTS, read_at=NOON + SECOND, version=await version(store))
    async with store.write() as transaction:
        await store.read_versions.invalidate(transaction, "p", [contact()])
        assert await store.read_versions.confirm(transaction, [read]) == [read]
    assert (await version(store)).read_at == NOON


def day(source: str = "acc-1", number: int = 0) -> Read:
    """The list of a day, the first of which is that of the samples' meetings."""
    start = NOON + number * DAY - HOUR
    return Read(FetchKind.MEETINGS, source, "local", start, start + DAY)


LISTS = [day(), day("user:ada"), day("everyone")]


async def put(store: Store, *seen: Meeting, superseding: Meeting | None = None) -> None:
    async with store.write() as transaction:
        await store.meetings.put(transaction, seen, superseding=superseding)


async def have_digests(store: Store, spans: Sequence[Read]) -> list[bool]:
    return [(await version(store, span)).digest is not None for span in spans]


async def test_the_digest_of_a_span_is_that_of_its_own_read(store: Store) -> None:
    await known(store, [day()])
    longer = replace(day(), end=NOON + 2 * DAY)
    assert await have_digests(store, [day(), longer]) == [True, False]
    await known(store, [longer])
    assert await have_digests(store, [day(), longer]) == [False, True]


@pytest.mark.parametrize(
    "written",
    [
        meeting(title="Changed"),
        meeting(cancelled=True),
        meeting(start_time=NOON + HOUR),
        meeting(start_time=NOON + 9 * DAY),
        meeting("m-2"),
    ],
    ids=["changed", "cancelled", "moved", "moved out", "new"],
)
async def test_a_write_of_a_meeting_deletes_the_digests_of_the_lists_it_was_in(store: Store, written: Meeting) -> None:
    await keep_accounts(store)
    await put(store, meeting())
    others = [day(number=1), day("acc-10"), day("user:bob"), replace(day(), provider="other")]
    await known(store, [*LISTS, *others])
    await put(store, written)
    assert await have_digests(store, [*LISTS, *others]) == [False] * 3 + [True] * 4


async def test_details_that_are_fetched_for_the_first_time_delete_the_digests(store: Store) -> None:
    await keep_accounts(store)
    await put(store, meeting(detailed=False))
    await known(store, LISTS)
    await put(store, meeting(detailed=True))
    assert await have_digests(store, LISTS) == [False] * 3


async def test_a_meeting_that_is_moved_deletes_the_digests_of_the_lists_it_is_in_now(store: Store) -> None:
    await keep_accounts(store)
    await put(store, meeting())
    await known(store, [day(), day(number=1), day(number=2)])
    await put(store, meeting(start_time=NOON + 2 * DAY), superseding=meeting())
    assert await have_digests(store, [day(), day(number=1), day(number=2)]) == [False, True, False]


async def test_a_meeting_that_is_read_again_and_has_not_changed_leaves_the_digests(store: Store) -> None:
    await keep_accounts(store)
    await put(store, meeting())
    await known(store, LISTS)
    await put(store, meeting(synced_at=NOON + SECOND))
    assert await have_digests(store, LISTS) == [True] * 3


async def test_an_account_that_is_connected_again_deletes_the_digests_of_its_lists(store: Store) -> None:
    await known(store, LISTS)
    async with store.write() as transaction:
        await store.read_versions.invalidate(transaction, "local", [account()])
    assert await have_digests(store, LISTS) == [False, True, True]


async def test_an_account_that_gets_meetings_of_its_user_deletes_the_digests_of_their_lists(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"), account("acc-3", user_id="bob"))
    await put(store, meeting(scope="ada"))
    others = [day("acc-3"), day("user:bob"), replace(day(), provider="other")]
    await known(store, [*LISTS, *others])
    async with store.write() as transaction:
        await store.meetings.adopt(transaction, account("acc-2"))
    assert await have_digests(store, [*LISTS, *others]) == [False] * 3 + [True] * 3


@pytest.mark.parametrize("source", ["acc-1", "user:ada", "everyone"])
async def test_an_unchanged_read_of_a_span_moves_the_times_of_its_meetings(store: Store, source: str) -> None:
    await keep_accounts(store)
    seen, gone = meeting(synced_at=NOON), meeting("gone", synced_at=NOON - SECOND)
    earlier, later = (meeting(str(days), start_time=NOON + days * DAY) for days in (-1, 1))
    await put(store, seen, gone, earlier, later)
    await known(store, [day(source)])
    read = UnchangedRead(span=day(source), read_at=NOON + SECOND, version=await version(store, day(source)))
    async with store.write() as transaction:
        assert await store.read_versions.confirm(transaction, [read]) == []
    assert await version(store, day(source)) == replace(read.version, read_at=NOON + SECOND)
    keys = [each.key for each in (seen, gone, earlier, later)]
    found = await store.meetings.get_many(Visibility.unrestricted(), keys)
    assert [each and each.synced_at for each in found] == [NOON + SECOND, NOON - SECOND, NOON, NOON]


OF_ACCOUNT = MeetingSpan(provider="local", account_key="acc-1", user_id=None, start=NOON - HOUR, end=NOON - HOUR + DAY)
OF_USER = replace(OF_ACCOUNT, account_key=None, user_id="ada")
OF_ALL = replace(OF_ACCOUNT, account_key=None)


async def are_settled(store: Store, span: MeetingSpan, *listed: Meeting, others: Sequence[Meeting] = ()) -> bool:
    async with store.write() as transaction:
        meetings = [replace(each, detailed=False, details_read_at=None) for each in listed]
        given = MeetingList(span=span, meetings=meetings, others=others)
        _, (settled,) = await store.meetings.put_lists(transaction, [given])
    return settled


@pytest.mark.parametrize("span", [OF_ACCOUNT, OF_USER, OF_ALL], ids=["account", "user", "all"])
async def test_a_list_is_settled_if_storing_it_again_would_change_nothing(store: Store, span: MeetingSpan) -> None:
    await keep_accounts(store)
    await put(store, meeting(start_time=NOON + DAY), meeting("of another day", start_time=NOON - DAY))
    assert await are_settled(store, span, meeting(), meeting("m-2"), meeting("m-3", cancelled=True))


@pytest.mark.parametrize("span", [OF_ACCOUNT, OF_USER, OF_ALL], ids=["account", "user", "all"])
async def test_a_list_is_not_settled_while_the_store_has_a_meeting_that_it_lacks(
    store: Store, span: MeetingSpan
) -> None:
    await keep_accounts(store)
    await put(store, meeting("lacking"))
    assert not await are_settled(store, span, meeting())
    assert not await are_settled(store, span, meeting(), others=[meeting("lacking", cancelled=True)])
    assert await are_settled(store, span, meeting())


async def test_a_list_is_settled_over_meetings_of_others(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2", user_id="bob"))
    await put(store, meeting("of another", scope="acc-2", account_key="acc-2", user_id="bob"))
    assert [await are_settled(store, span, meeting()) for span in (OF_ACCOUNT, OF_USER, OF_ALL)] == [True, True, False]


async def test_a_list_that_shows_a_meeting_at_another_time_than_the_store_is_not_settled(store: Store) -> None:
    """A later write of it would find the list of its stored time alone."""
    await keep_accounts(store)
    await put(store, meeting())
    await put(store, meeting(start_time=NOON + 2 * DAY), superseding=meeting())
    assert not await are_settled(store, OF_ACCOUNT, meeting())


async def test_a_list_whose_meeting_began_before_its_span_is_not_settled(store: Store) -> None:
    await keep_accounts(store)
    assert not await are_settled(store, OF_ACCOUNT, meeting(start_time=NOON - 2 * HOUR, end_time=NOON + HOUR))


async def test_a_list_that_has_a_meeting_twice_in_two_states_is_not_settled(store: Store) -> None:
    await keep_accounts(store)
    assert not await are_settled(store, OF_ACCOUNT, meeting(title="One"), meeting(title="Other"))


async def test_a_list_that_guesses_the_times_of_an_instant_meeting_is_settled_at_its_stored_times(
    store: Store,
) -> None:
    await keep_accounts(store)
    await put(store, meeting(kind=MeetingKind.INSTANT, detailed=True))
    guessed = meeting(kind=MeetingKind.INSTANT, start_time=NOON - SECOND)
    assert await are_settled(store, OF_ACCOUNT, guessed)


async def test_a_list_with_details_is_not_settled(store: Store) -> None:
    """Reading it again dates the details, too."""
    await keep_accounts(store)
    async with store.write() as transaction:
        given = MeetingList(span=OF_ACCOUNT, meetings=[meeting()])
        assert (await store.meetings.put_lists(transaction, [given]))[1] == [False]


async def test_lists_are_stored_by_as_many_statements_as_one(store: Store) -> None:
    await keep_accounts(store)
    days = [
        MeetingList(
            span=replace(OF_ACCOUNT, start=NOON + number * DAY, end=NOON + (number + 1) * DAY),
            meetings=[meeting(f"m-{number}", start_time=NOON + number * DAY, detailed=False)],
        )
        for number in range(31)
    ]
    counts = []
    for lists in (days[:1], days[1:]):
        with statements(store) as sent:
            async with store.write() as transaction:
                _, settled = await store.meetings.put_lists(transaction, lists)
        assert all(settled)
        counts.append(len(sent))
    assert counts[0] == counts[1]
