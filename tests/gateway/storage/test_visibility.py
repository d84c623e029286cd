"""No method that reads reveals anything of another user."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.storage import ApiKey, FeedEntry, MessageCoverage, MessagePosition, Store, Visibility
from providers.domain.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
)
from providers.domain.entities import MessageDirection
from providers.domain.pages import Page, PageRequest
from providers.domain.results import ReadState
from tests.testkit.clock import NOON
from tests.testkit.sample import contact, conversation, keep_accounts, meeting, message, phone_number

PAGE = PageRequest(limit=10)
DAY = MeetingCriteria(start=NOON, end=NOON + timedelta(days=1))
CONTACT, CONVERSATION = ("acc-1", "c-1"), ("acc-1", "v-1")

Read = Callable[[Store, Visibility], Awaitable[Any]]

READS: dict[str, Read] = {
    "accounts.get_many": lambda store, viewer: store.accounts.get_many(viewer, ["acc-1"]),
    "accounts.all": lambda store, viewer: store.accounts.all(viewer, AccountCriteria()),
    "accounts.page": lambda store, viewer: store.accounts.page(viewer, AccountCriteria(), PAGE),
    "accounts.due": lambda store, viewer: store.accounts.due(viewer, "contacts", ["local"], NOON),
    "accounts.due_meetings": lambda store, viewer: store.accounts.due_meetings(
        viewer, ["local"], None, (NOON, NOON), NOON
    ),
    "accounts.are_all_among": lambda store, viewer: is_other(store.accounts.are_all_among(viewer, ["local"], [])),
    "meetings.get_many": lambda store, viewer: store.meetings.get_many(viewer, [("acc-1", "m-1")]),
    "meetings.page_positions": lambda store, viewer: store.meetings.page_positions(viewer, [("acc-1", "m-1")]),
    "meetings.page": lambda store, viewer: store.meetings.page(viewer, DAY, PAGE, NOON),
    "meetings.undetailed": lambda store, viewer: store.meetings.undetailed(viewer, DAY, NOON, NOON),
    "contacts.get_many": lambda store, viewer: store.contacts.get_many(viewer, [CONTACT]),
    "contacts.with_accounts": lambda store, viewer: store.contacts.with_accounts(viewer, [CONTACT]),
    "contacts.page_positions": lambda store, viewer: store.contacts.page_positions(viewer, [CONTACT]),
    "contacts.page": lambda store, viewer: store.contacts.page(viewer, ContactCriteria(), PAGE),
    "phone_numbers.get_many": lambda store, viewer: store.phone_numbers.get_many(viewer, [("acc-1", "p-1")]),
    "phone_numbers.of_accounts": lambda store, viewer: store.phone_numbers.of_accounts(viewer, ["acc-1"]),
    "conversations.get_many": lambda store, viewer: store.conversations.get_many(viewer, [CONVERSATION]),
    "conversations.all": lambda store, viewer: store.conversations.all(viewer, ConversationCriteria()),
    "conversations.page_positions": lambda store, viewer: store.conversations.page_positions(viewer, [CONVERSATION]),
    "conversations.page": lambda store, viewer: store.conversations.page(viewer, ConversationCriteria(), PAGE),
    "conversations.due": lambda store, viewer: store.conversations.due(viewer, None, NOON),
    "conversations.are_all_among": lambda store, viewer: is_other(store.conversations.are_all_among(viewer, None, [])),
    "conversations.pages_by_contact": lambda store, viewer: store.conversations.pages_by_contact(
        viewer, [CONTACT], PAGE
    ),
    "conversations.last_activities": lambda store, viewer: store.conversations.last_activities(viewer, [CONVERSATION]),
    "messages.place": lambda store, viewer: store.messages.place(viewer, ("acc-1", "t-1")),
    "read_marks.states": lambda store, viewer: unread(store.read_marks.states(viewer, "ada", [CONVERSATION])),
    "read_marks.unread_conversations": lambda store, viewer: store.read_marks.unread_conversations(
        viewer, "ada", ["acc-1"]
    ),
    "messages.get_many": lambda store, viewer: store.messages.get_many(viewer, [("acc-1", "t-1")]),
    "messages.page_positions": lambda store, viewer: store.messages.page_positions(viewer, [("acc-1", "t-1")]),
    "messages.page": lambda store, viewer: store.messages.page(viewer, MessageCriteria(), PAGE),
    "messages.pages_by_conversation": lambda store, viewer: store.messages.pages_by_conversation(
        viewer, [CONVERSATION], PAGE
    ),
    "messages.covered_pages": lambda store, viewer: store.messages.covered_pages(viewer, [CONVERSATION], PAGE),
    "messages.last_by_conversation": lambda store, viewer: store.messages.last_by_conversation(viewer, [CONVERSATION]),
    "message_coverages.get_many": lambda store, viewer: store.message_coverages.get_many(viewer, [CONVERSATION]),
    "message_coverages.open_above": lambda store, viewer: store.message_coverages.open_above(viewer, None, None, None),
    "message_coverages.has_open": lambda store, viewer: store.message_coverages.has_open(viewer, None),
    "message_coverages.are_complete": lambda store, viewer: is_other(
        store.message_coverages.are_complete(viewer, None)
    ),
    "feed.after": lambda store, viewer: store.feed.after(viewer, 0, 10),
    "api_keys.list": lambda store, viewer: store.api_keys.list(viewer),
}


async def is_other(are_all_among: Awaitable[bool]) -> bool:
    return not await are_all_among


async def unread(states: Awaitable[list[ReadState]]) -> list[int]:
    return [each.unread_count for each in await states]


@pytest.fixture
async def kept(store: Store) -> Store:
    await keep_accounts(store)
    key = ApiKey(id="k-1", user_id="ada", scopes=frozenset(), created_at=NOON)
    entry = FeedEntry(at=NOON, kind="message", user_id="ada", scope="acc-1")
    async with store.write() as transaction:
        await store.meetings.put(transaction, [meeting(detailed=False)])
        await store.contacts.put(transaction, [contact()])
        await store.phone_numbers.replace_all(transaction, "acc-1", [phone_number()])
        await store.conversations.put(transaction, [conversation()])
        await store.messages.put(transaction, [message(direction=MessageDirection.INBOUND)])
        coverage = MessageCoverage(conversation=CONVERSATION, tail=MessagePosition(NOON, "t-1"))
        await store.message_coverages.put(transaction, [coverage])
        await store.feed.append(transaction, [entry])
        await store.api_keys.create(transaction, key, "hash")
    return store


@pytest.mark.parametrize("name", READS)
async def test_a_foreign_viewer_gets_nothing_and_the_owner_and_an_admin_the_same(kept: Store, name: str) -> None:
    viewers = (Visibility.of("ada"), Visibility.unrestricted(), Visibility.of("bob"))
    own, everybodys, foreign = [await found(await READS[name](kept, viewer)) for viewer in viewers]
    assert own
    assert everybodys == own
    assert foreign == []


async def test_every_method_that_takes_a_visibility_is_among_these(store: Store) -> None:
    taking = {
        f"{name}.{method}"
        for name, repository in vars(store).items()
        for method, function in inspect.getmembers(repository, inspect.ismethod)
        if not method.startswith("_") and "visibility" in inspect.signature(function).parameters
    }
    assert taking == READS.keys()


async def found(answer: Any) -> list[Any]:
    """The entities and counts in a result."""
    if isinstance(answer, list | tuple):
        return [entity for each in answer for entity in await found(each)]
    if isinstance(answer, Page):
        assert answer.count is not None
        return [*answer.nodes, *await found(await answer.count())]
    return [answer] if answer else []
