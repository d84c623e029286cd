from dataclasses import replace
from datetime import timedelta

from gateway.storage import ConnectTicket, Store
from tests.testkit.clock import NOON
from tests.testkit.sample import keep_accounts

TICKET = ConnectTicket(
    ticket_hash="ticket", account_key="acc-1", created_at=NOON, return_url="https://app.example.com/"
)
STARTED = replace(TICKET, browser_nonce_hash="nonce", started_at=NOON)


async def create(store: Store) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        await store.connect_tickets.create(transaction, TICKET)


async def test_a_ticket_is_bound_to_the_browser_that_starts_first(store: Store) -> None:
    await create(store)
    async with store.write() as transaction:
        assert await store.connect_tickets.start(transaction, "ticket", "nonce", NOON) == STARTED
        assert await store.connect_tickets.start(transaction, "ticket", "other", NOON) is None
        assert await store.connect_tickets.start(transaction, "unknown", "nonce", NOON) is None
    assert await store.connect_tickets.find("ticket") == STARTED


async def test_a_ticket_is_used_once_and_by_its_browser(store: Store) -> None:
    await create(store)
    async with store.write() as transaction:
        assert await store.connect_tickets.use(transaction, "ticket", "nonce", NOON) is None
        await store.connect_tickets.start(transaction, "ticket", "nonce", NOON)
        assert await store.connect_tickets.use(transaction, "ticket", "other", NOON) is None
        used = await store.connect_tickets.use(transaction, "ticket", "nonce", NOON)
        assert used == replace(STARTED, used_at=NOON)
        assert await store.connect_tickets.use(transaction, "ticket", "nonce", NOON) is None


async def test_old_tickets_are_forgotten(store: Store) -> None:
    await create(store)
    async with store.write() as transaction:
        await store.connect_tickets.forget(transaction, NOON)
    assert await store.connect_tickets.find("ticket") == TICKET
    async with store.write() as transaction:
        await store.connect_tickets.forget(transaction, NOON + timedelta(seconds=1))
    assert await store.connect_tickets.find("ticket") is None
