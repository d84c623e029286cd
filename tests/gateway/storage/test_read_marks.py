"""Read marks of each viewer, which never go back."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from gateway.storage import MessagePosition, Store, Visibility
from providers.domain.criteria import ConversationCriteria
from providers.domain.entities import MessageDirection
from providers.domain.pages import PageRequest
from providers.domain.results import ReadState
from tests.testkit.clock import NOON
from tests.testkit.sample import account, conversation, keep_accounts, message
from tests.testkit.statements import statements

ADA, ADMIN = Visibility.of("ada"), Visibility.unrestricted()
KEYS = [("acc-1", "v-1"), ("acc-1", "v-2"), ("acc-2", "v-1")]


def at(minutes: int) -> MessagePosition:
    return MessagePosition(NOON + timedelta(minutes=minutes), f"t-{minutes}")


@pytest.fixture
async def texted(store: Store) -> Store:
    """Three conversations of two accounts; of the messages of each, those with even numbers are inbound."""
    await keep_accounts(store, account(), account("acc-2"))
    async with store.write() as transaction:
        for key, name in KEYS:
            await store.conversations.put(transaction, [conversation(name, account_key=key)])
            await store.messages.put(
                transaction,
                [
                    message(
                        f"{'' if name == 'v-1' else 'u'}t-{number}",
                        account_key=key,
                        conversation_external_id=name,
                        created_at=NOON + timedelta(minutes=number),
                        direction=MessageDirection.OUTBOUND if number % 2 else MessageDirection.INBOUND,
                    )
                    for number in range(10)
                ],
            )
    return store


async def mark(store: Store, reader: str, minutes: int, key: tuple[str, str] = KEYS[0]) -> bool:
    async with store.write() as transaction:
        return await store.read_marks.advance(transaction, reader, key, at(minutes))


async def state(store: Store, reader: str = "ada") -> ReadState:
    (found,) = await store.read_marks.states(ADMIN, reader, [KEYS[0]])
    return found


async def unread(store: Store, unread: bool, reader: str = "ada") -> list[tuple[str, str]]:
    criteria = ConversationCriteria(unread=unread, reader=reader)
    found = await store.conversations.page(ADA, criteria, PageRequest(limit=10))
    return sorted(each.key for _, each in found.nodes)


async def test_all_inbound_messages_are_unread_until_some_are_marked(texted: Store) -> None:
    assert await state(texted) == ReadState(unread_count=5, read_until=None)
    assert await mark(texted, "ada", 3)
    assert await state(texted) == ReadState(unread_count=3, read_until=NOON + timedelta(minutes=3))


async def test_a_mark_never_goes_back(texted: Store) -> None:
    assert await mark(texted, "ada", 6)
    assert not await mark(texted, "ada", 6)
    assert not await mark(texted, "ada", 2)
    assert await state(texted) == ReadState(unread_count=1, read_until=NOON + timedelta(minutes=6))


async def test_of_marks_at_the_same_time_the_last_message_counts(texted: Store, other_store: Store) -> None:
    numbers = list(range(9))
    Random(1).shuffle(numbers)
    stores = [texted, other_store]
    await asyncio.gather(*(mark(stores[place % 2], "ada", number) for place, number in enumerate(numbers)))
    assert (await state(texted)).read_until == NOON + timedelta(minutes=8)


async def test_each_viewer_has_its_own_mark(texted: Store) -> None:
    await mark(texted, "ada", 9)
    await mark(texted, "admin", 4)
    assert (await state(texted)).unread_count == 0
    assert (await state(texted, "admin")).unread_count == 2
    assert (await state(texted, "bob")).unread_count == 5


async def test_a_page_of_conversations_takes_one_statement(texted: Store) -> None:
    await mark(texted, "ada", 4, KEYS[1])
    with statements(texted) as sent:
        found = await texted.read_marks.states(ADA, "ada", KEYS)
    assert len(sent) == 1
    assert [each.unread_count for each in found] == [5, 3, 5]
    assert await texted.read_marks.states(ADA, "ada", []) == []


async def test_conversations_are_unread_or_not(texted: Store) -> None:
    assert await unread(texted, True) == KEYS
    assert await unread(texted, False) == []
    await mark(texted, "ada", 8)
    await mark(texted, "ada", 7, KEYS[2])
    await mark(texted, "admin", 9, KEYS[1])
    assert await unread(texted, True) == KEYS[1:]
    assert await unread(texted, False) == KEYS[:1]


async def test_a_new_inbound_message_makes_a_conversation_unread_and_an_outbound_one_does_not(texted: Store) -> None:
    await mark(texted, "ada", 9)
    for minutes, direction in ((10, MessageDirection.OUTBOUND), (11, MessageDirection.INBOUND)):
        async with texted.write() as transaction:
            new = message(f"t-{minutes}", created_at=at(minutes).sorted_at, direction=direction)
            await texted.messages.put(transaction, [new])
        assert (KEYS[0] in await unread(texted, True)) is (direction is MessageDirection.INBOUND)


async def test_the_unread_conversations_of_a_page_of_accounts_take_one_statement(texted: Store) -> None:
    await mark(texted, "ada", 9)
    with statements(texted) as sent:
        assert await texted.read_marks.unread_conversations(ADA, "ada", ["acc-2", "acc-1", "none"]) == [1, 1, 0]
    assert len(sent) == 1
    assert await texted.read_marks.unread_conversations(Visibility.of("bob"), "bob", ["acc-1"]) == [0]


@pytest.mark.parametrize("reader", ["ada", "admin", "bob"])
async def test_counts_agree_with_a_reference(texted: Store, reader: str) -> None:
    random = Random(2)
    for _ in range(10):
        key, minutes = random.choice(KEYS), random.randrange(10)
        await mark(texted, random.choice(["ada", "admin"]), minutes, key)
        states = dict(zip(KEYS, await texted.read_marks.states(ADMIN, reader, KEYS), strict=True))
        assert await unread(texted, True, reader) == [key for key in KEYS if states[key].unread_count]
        expected = [
            sum(1 for each in KEYS if each[0] == name and states[each].unread_count) for name in ("acc-1", "acc-2")
        ]
        assert await texted.read_marks.unread_conversations(ADMIN, reader, ["acc-1", "acc-2"]) == expected
