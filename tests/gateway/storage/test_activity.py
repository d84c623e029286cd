"""Conversations in the order of their activity: a list that moves while it is paged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest

from gateway.storage import MessagePosition, Store, Visibility
from gateway.storage.housekeeping import Housekeeping
from gateway.storage.values import to_microseconds
from providers.domain.criteria import ConversationCriteria
from providers.domain.entities import Conversation
from providers.domain.pages import Page, PageRequest
from tests.gateway.storage.test_migrate import MESSAGE as OLD_MESSAGE
from tests.gateway.storage.test_migrate import insert
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, contact, conversation, keep_accounts, message

EVERYBODY = Visibility.unrestricted()

_serials = count(1)


@pytest.fixture
async def begun(store: Store) -> Store:
    """Four conversations that were begun at the same time, and have no messages."""
    await keep_accounts(store)
    await begin(store, "abcd")
    return store


async def begin(store: Store, names: Sequence[str], at: datetime = NOON, *, has_history: bool = False) -> None:
    async with store.write() as transaction:
        seen = [conversation(name, synced_at=at) for name in names]
        await store.conversations.put(transaction, seen, has_history=has_history)


async def write(store: Store, name: str, minutes: int, below: MessagePosition | None = None) -> None:
    created_at = NOON + timedelta(minutes=minutes)
    written = message(f"t-{next(_serials)}", conversation_external_id=name, created_at=created_at)
    async with store.write() as transaction:
        await store.messages.put(transaction, [written], below=below)


async def page(store: Store, request: PageRequest) -> Page[Conversation]:
    found = await store.conversations.page(EVERYBODY, ConversationCriteria(by_activity=True), request)
    return Page(
        nodes=[each for _, each in found.nodes],
        positions=found.positions,
        has_next=found.has_next,
        has_previous=found.has_previous,
    )


async def order(store: Store) -> str:
    return "".join(each.external_id for each in (await page(store, PageRequest(limit=100))).nodes)


async def activity(store: Store, name: str) -> datetime | None:
    (found,) = await store.conversations.last_activities(EVERYBODY, [("acc-1", name)])
    return found


async def test_the_conversation_with_the_newest_message_comes_first(begun: Store) -> None:
    for name, minutes in (("c", 1), ("a", 3), ("d", 2)):
        await write(begun, name, minutes)
    assert await order(begun) == "adcb"
    assert await activity(begun, "a") == NOON + timedelta(minutes=3)


async def test_a_late_message_moves_nothing_back(begun: Store) -> None:
    await write(begun, "a", 5)
    await write(begun, "b", 4)
    await write(begun, "a", 1)
    assert await order(begun) == "abcd"
    assert await activity(begun, "a") == NOON + timedelta(minutes=5)


async def test_a_message_that_is_listed_below_others_is_as_old_as_these(begun: Store) -> None:
    await write(begun, "a", 5)
    await write(begun, "a", 9, below=MessagePosition(NOON + timedelta(minutes=5), "t"))
    assert await activity(begun, "a") == NOON + timedelta(minutes=5)


async def test_the_first_message_counts_although_the_gateway_was_told_of_the_conversation_after_it(
    begun: Store,
) -> None:
    await write(begun, "a", -1)
    assert await activity(begun, "a") == NOON - timedelta(minutes=1)


async def test_messages_of_one_transaction_count_as_one_by_one(begun: Store) -> None:
    times = {"t-1": 2, "t-2": 8, "t-3": 5}
    async with begun.write() as transaction:
        written = [message(name, created_at=NOON + timedelta(minutes=each)) for name, each in times.items()]
        await begun.conversations.put(transaction, [conversation("v-1")], has_history=False)
        await begun.messages.put(transaction, written)
    assert await activity(begun, "v-1") == NOON + timedelta(minutes=8)


async def test_a_conversation_without_messages_was_active_when_it_was_begun_if_that_is_known(begun: Store) -> None:
    await begin(begun, "x", NOON + timedelta(hours=1))
    await begin(begun, "y", NOON + timedelta(hours=1), has_history=True)
    assert await activity(begun, "x") == NOON + timedelta(hours=1)
    assert await activity(begun, "y") is None
    assert await order(begun) == "xabcdy"


async def test_a_conversation_that_is_listed_again_is_as_active_as_before(begun: Store) -> None:
    await write(begun, "d", 3)
    await begin(begun, "abcd", NOON + timedelta(hours=1))
    assert await order(begun) == "dabc"
    assert await activity(begun, "a") == NOON


@pytest.mark.parametrize("seed", range(5))
async def test_pages_lose_nothing_and_repeat_nothing_while_messages_arrive(store: Store, seed: int) -> None:
    """But for conversations that get a message meanwhile: they move to the beginning."""
    random, names = Random(seed), [f"v-{number}" for number in range(30)]
    await keep_accounts(store)
    await begin(store, names, has_history=True)
    for minutes, name in enumerate(random.sample(names, 20)):
        await write(store, name, minutes)
    seen: list[str] = []
    moved: set[str] = set()
    request, has_next = PageRequest(limit=4), True
    while has_next:
        found = await page(store, request)
        seen += [each.external_id for each in found.nodes]
        has_next = found.has_next
        request = PageRequest(limit=4, after=found.positions[-1])
        name = random.choice(names)
        moved.add(name)
        await write(store, name, 100 + len(seen))
    assert len(seen) == len(set(seen))
    assert {*names} - {*seen} <= moved


@pytest.mark.parametrize("text", ["gRACE h", "(202) 555-0101", "2025550101", "5550101", "+1202555", "555 01"])
async def test_conversations_are_found_by_name_and_number_of_their_contact(store: Store, text: str) -> None:
    await keep_accounts(store, account(), account("acc-2", user_id="bob"))
    other = contact("c-2", first_name="X", last_name="Y", number="1", e164=None)
    async with store.write() as transaction:
        await store.contacts.put(transaction, [contact(), other, contact("c-1", account_key="acc-2", number="2")])
        await store.conversations.put(
            transaction,
            [
                conversation("v-1"),
                conversation("v-2", contact_external_id="c-2"),
                conversation("v-3", contact_external_id=None),
                conversation("v-4", contact_external_id="gone"),
            ],
        )
    criteria = ConversationCriteria(text=text, from_number="+12025550100")
    found = await store.conversations.page(Visibility.of("ada"), criteria, PageRequest(limit=10))
    assert [each.external_id for _, each in found.nodes] == ["v-1"]


@pytest.mark.parametrize("text", ["nobody", "7", "%", "\x00"])
async def test_a_text_that_no_contact_has_finds_no_conversation(begun: Store, text: str) -> None:
    async with begun.write() as transaction:
        await begun.contacts.put(transaction, [contact()])
    found = await begun.conversations.page(EVERYBODY, ConversationCriteria(text=text), PageRequest(limit=10))
    assert found.nodes == []


async def test_messages_of_an_earlier_version_count_after_housekeeping(begun: Store, clock: Clock) -> None:
    """That version writes no activity. Some of these conversations have messages of this version, too."""
    for name in "ab":
        await write(begun, name, 1)
    async with begun.write() as transaction:
        for name, direction, minutes in (("a", "INBOUND", 5), ("a", "OUTBOUND", 7), ("c", "INBOUND", 6)):
            sorted_at = to_microseconds(NOON + timedelta(minutes=minutes))
            of = {"conversation_external_id": name, "external_id": f"old {name} {minutes}", "direction": direction}
            times = {"created_at": sorted_at, "sorted_at": sorted_at}
            await insert(transaction, "messages", **{**OLD_MESSAGE, **of}, **times, listed=True)

    await Housekeeping(begun, clock).run_once()

    assert await order(begun) == "acbd"
    assert await activity(begun, "a") == NOON + timedelta(minutes=7)
    assert await activity(begun, "c") == NOON + timedelta(minutes=6)
    assert await activity(begun, "d") == NOON
    await read_up_to(begun, "a", MessagePosition(NOON + timedelta(minutes=1), "t~"))
    assert await unread(begun) == "ac"
    await read_up_to(begun, "a", MessagePosition(NOON + timedelta(minutes=5), "old a 5"))
    assert await unread(begun) == "c"


async def read_up_to(store: Store, name: str, position: MessagePosition) -> None:
    async with store.write() as transaction:
        await store.read_marks.advance(transaction, "ada", ("acc-1", name), position)


async def unread(store: Store) -> str:
    criteria = ConversationCriteria(by_activity=True, unread=True, reader="ada")
    found = await store.conversations.page(EVERYBODY, criteria, PageRequest(limit=100))
    return "".join(each.external_id for _, each in found.nodes)
