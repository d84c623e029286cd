from datetime import timedelta
from typing import Any

import pytest

from gateway.storage import Change, MessagePosition, Store, Visibility
from providers.domain.criteria import MessageCriteria
from providers.domain.entities import Media, Message, MessageDirection, MessageStatus
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON
from tests.testkit.sample import account, keep_accounts, message
from tests.testkit.statements import statements

MINUTE = timedelta(minutes=1)
EARLY = NOON - MINUTE
QUEUED, SENT, DELIVERED = MessageStatus.QUEUED, MessageStatus.SENT, MessageStatus.DELIVERED
FAILED, RECEIVED = MessageStatus.FAILED, MessageStatus.RECEIVED


async def put(store: Store, *seen: Message) -> list[Change[Message]]:
    async with store.write() as transaction:
        return await store.messages.put(transaction, seen)


async def found(store: Store, **said: Any) -> list[str]:
    page = await store.messages.page(Visibility.unrestricted(), MessageCriteria(**said), PageRequest(limit=100))
    return [each.external_id for each in page.nodes]


async def test_a_message_is_read_as_it_was_written(store: Store) -> None:
    await keep_accounts(store)
    kept = message(text="Grüße 👋\n", media=(Media(external_id="x", url="https://example.com/x", description="X"),))
    assert await put(store, kept) == [Change(kept, is_new=True)]
    assert await put(store, kept) == []
    assert await store.messages.get_many(Visibility.unrestricted(), [("acc-1", "t-1"), ("acc-1", "none")]) == [
        kept,
        None,
    ]


@pytest.mark.parametrize(
    ("before", "seen", "after"),
    [
        (QUEUED, SENT, SENT),
        (SENT, QUEUED, SENT),
        (SENT, DELIVERED, DELIVERED),
        (DELIVERED, SENT, DELIVERED),
        (QUEUED, FAILED, FAILED),
        (FAILED, DELIVERED, FAILED),
        (RECEIVED, QUEUED, RECEIVED),
        (RECEIVED, FAILED, RECEIVED),
    ],
)
async def test_a_status_never_goes_back(
    store: Store, before: MessageStatus, seen: MessageStatus, after: MessageStatus
) -> None:
    await keep_accounts(store)
    await put(store, message(status=before))
    changes = await put(store, message(status=seen))
    assert [change.entity.status for change in changes] == ([] if before is after else [after])
    (known,) = await store.messages.get_many(Visibility.unrestricted(), [("acc-1", "t-1")])
    assert known == message(status=after)


async def test_messages_are_listed_newest_first_and_by_id_at_the_same_time(store: Store) -> None:
    await keep_accounts(store)
    await put(store, message("b"), message("a"), message("new", created_at=NOON + MINUTE), message("c"))
    assert await found(store) == ["new", "c", "b", "a"]


async def test_criteria_narrow(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    inbound = message("in", direction=MessageDirection.INBOUND, created_at=NOON + MINUTE, text="ÇA VA?")
    other = message("other", account_key="acc-2", created_at=NOON - MINUTE)
    await put(store, message("out"), inbound, other)
    assert await found(store, account_keys=("acc-2",)) == ["other"]
    assert await found(store, conversations=(("acc-1", "v-1"),)) == ["in", "out"]
    assert await found(store, direction=MessageDirection.INBOUND) == ["in"]
    assert await found(store, start=NOON, end=NOON + MINUTE) == ["out"]
    assert await found(store, text="ça") == ["in"]
    assert await found(store, text="\x00") == []
    assert await found(store, conversations=()) == []


async def test_a_page_of_every_conversation_is_one_statement(store: Store) -> None:
    await keep_accounts(store)
    many = [
        message(f"t-{number}-{place}", conversation_external_id=f"v-{number}", created_at=NOON + place * MINUTE)
        for number in range(20)
        for place in range(7)
    ]
    await put(store, *many)
    conversations = [("acc-1", f"v-{number}") for number in range(20)]
    with statements(store) as sent:
        pages = await store.messages.pages_by_conversation(
            Visibility.unrestricted(), conversations, PageRequest(limit=5)
        )
    assert len(sent) == 1
    for number, page in enumerate(pages):
        assert [each.external_id for each in page.nodes] == [f"t-{number}-{place}" for place in (6, 5, 4, 3, 2)]
        assert (page.has_next, page.has_previous) == (True, False)
    assert pages[0].count is not None
    assert await pages[0].count() == 7


async def test_pages_of_conversations_go_on_from_a_position(store: Store) -> None:
    await keep_accounts(store)
    await put(store, *(message(f"t-{place}", created_at=NOON + place * MINUTE) for place in range(4)))
    key = ("acc-1", "v-1")
    (first,) = await store.messages.pages_by_conversation(Visibility.unrestricted(), [key], PageRequest(limit=2))
    after = PageRequest(limit=2, after=first.positions[-1])
    rest, none = await store.messages.pages_by_conversation(Visibility.unrestricted(), [key, ("acc-1", "none")], after)
    assert [each.external_id for each in rest.nodes] == ["t-1", "t-0"]
    assert (rest.has_next, rest.has_previous) == (False, True)
    assert (none.has_next, none.has_previous) == (False, False)


async def test_the_last_message_of_every_conversation_is_one_statement(store: Store) -> None:
    await keep_accounts(store)
    late = message("late", created_at=NOON + MINUTE)
    await put(store, message("early"), late, message("other", conversation_external_id="v-2"))
    with statements(store) as sent:
        keys = [("acc-1", "v-2"), ("acc-1", "none"), ("acc-1", "v-1")]
        last = await store.messages.last_by_conversation(Visibility.unrestricted(), keys)
    assert len(sent) == 1
    assert last == [message("other", conversation_external_id="v-2"), None, late]


async def test_the_messages_above_a_position_are_counted(store: Store) -> None:
    await keep_accounts(store)
    await put(store, message("a"), message("b"), message("c", created_at=NOON + MINUTE))
    assert await store.messages.count_above("acc-1", "v-1", MessagePosition(NOON, "a")) == 2
    assert await store.messages.count_above("acc-1", "v-1", None) == 3


async def test_a_message_that_is_found_below_a_position_is_listed_below_it_with_any_time(store: Store) -> None:
    await keep_accounts(store)
    await put(store, message("b"))
    tail = MessagePosition(NOON, "b")
    async with store.write() as transaction:
        below = [
            message("a"),
            message("c"),
            message("late", created_at=NOON + MINUTE),
            message("old", created_at=EARLY),
        ]
        await store.messages.put(transaction, below, below=tail)
    assert await found(store) == ["b", "a", "late", "c", "old"]
    (late,) = await store.messages.get_many(Visibility.unrestricted(), [("acc-1", "late")])
    assert late is not None
    assert late.created_at == NOON + MINUTE


async def test_a_message_whose_time_changes_shows_it_and_does_not_move(store: Store) -> None:
    await keep_accounts(store)
    await put(store, message("a"), message("b"))
    await put(store, message("a", created_at=NOON + MINUTE))
    assert await found(store) == ["b", "a"]
    assert await store.messages.positions([("acc-1", "a"), ("acc-1", "none")]) == {
        ("acc-1", "a"): MessagePosition(NOON, "a")
    }


async def test_a_listed_message_stays_marked(store: Store) -> None:
    await keep_accounts(store)
    keys = [("acc-1", "a"), ("acc-1", "b")]
    await put(store, message("a"), message("b"))
    async with store.write() as transaction:
        await store.messages.mark_listed(transaction, keys[:1])
    await put(store, message("a", text="Changed"))
    assert await store.messages.listed([*keys, ("acc-1", "none")]) == {keys[0]: True, keys[1]: False}
