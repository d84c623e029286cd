from datetime import timedelta

from gateway.storage import MessageCoverage, MessagePosition, Store, Visibility
from tests.testkit.clock import NOON
from tests.testkit.sample import keep_accounts

KEY = ("acc-1", "v-1")
EARLY, LATE = MessagePosition(NOON, "b"), MessagePosition(NOON + timedelta(minutes=1), "a")


async def test_the_coverage_of_a_conversation_only_grows(store: Store) -> None:
    await keep_accounts(store)
    assert await store.message_coverages.get_many(Visibility.unrestricted(), [KEY]) == [None]
    async with store.write() as transaction:
        for tail, complete in ((EARLY, False), (LATE, True), (None, False)):
            (known,) = await store.message_coverages.get_many(Visibility.unrestricted(), [KEY], transaction)
            extended = (known or MessageCoverage(conversation=KEY)).extended(tail, complete=complete)
            await store.message_coverages.put(transaction, [extended])
    (known,) = await store.message_coverages.get_many(Visibility.unrestricted(), [KEY])
    assert known == MessageCoverage(conversation=KEY, tail=EARLY, complete=True)


async def test_a_conversation_without_messages_is_covered_too(store: Store) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        await store.message_coverages.put(transaction, [MessageCoverage(conversation=KEY, complete=True)])
    (known,) = await store.message_coverages.get_many(Visibility.unrestricted(), [KEY])
    assert known == MessageCoverage(conversation=KEY, complete=True)
