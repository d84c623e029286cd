"""Descents are stored in a group commit, which may write them again after a rollback."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.events.recorder import Record
from gateway.reads.descent import Descent
from gateway.reads.descent_store import DescentStore, FetchedDescent
from gateway.storage import MessageCoverage, MessagePosition, Store
from providers.api.capabilities import MessagePage
from providers.domain.entities import Message
from tests.testkit.clock import NOON
from tests.testkit.sample import account, conversation, keep_accounts, message


async def test_what_a_rolled_back_transaction_has_listed_connects_no_descent(store: Store) -> None:
    await keep_accounts(store)
    known = MessageCoverage(conversation=("acc-1", "v-1"), tail=MessagePosition(NOON, "t-9"))
    async with store.write() as transaction:
        await store.conversations.put(transaction, [conversation()])
        await store.message_coverages.put(transaction, [known])
    descent = Descent(from_top=False)
    older = [message(f"t-{number}", created_at=NOON - timedelta(days=number)) for number in range(3)]
    descent.add(MessagePage(messages=tuple(older), is_last=False))
    fetched = [FetchedDescent(account=account(), conversation=conversation(), descent=descent)]

    with pytest.raises(ZeroDivisionError):
        await fail_after_listing(store, older, fetched)

    async with store.write() as transaction:
        assert await DescentStore(store).put(Record(transaction, NOON), fetched) == [False]


async def fail_after_listing(store: Store, listed: Sequence[Message], fetched: Sequence[FetchedDescent]) -> None:
    """Store a descent beside another one that has found its messages, and roll both back."""
    async with store.write() as transaction:
        await store.messages.put(transaction, listed)
        await store.messages.mark_listed(transaction, [each.key for each in listed])
        assert await DescentStore(store).put(Record(transaction, NOON), fetched) == [True]
        raise ZeroDivisionError
