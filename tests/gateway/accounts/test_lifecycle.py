from datetime import timedelta

import pytest

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.events.hub import Hub
from gateway.events.recorder import Recorder
from gateway.storage import Store, Visibility
from providers.api.capabilities import Grant
from providers.domain.entities import AccountStatus
from tests.gateway.storage.clock import NOON, Clock
from tests.gateway.storage.sample import account, keep_accounts


async def test_a_new_connection_of_a_known_account_preserves_when_it_was_first_connected(
    store: Store, clock: Clock
) -> None:
    keeping, grant = AccountLifecycle(store, clock), Grant(external_id="ada@example.com")
    async with Recorder(store, Hub(store), clock).record() as record:
        first = await keeping.connected(record, account(connected_at=None), grant)
    clock.pass_by(timedelta(days=1))
    async with Recorder(store, Hub(store), clock).record() as record:
        await keeping.connected(record, account("acc-2", connected_at=None), grant)
    [kept] = await store.accounts.get_many(Visibility.unrestricted(), [first.key])
    assert kept is not None
    assert (kept.first_connected_at, kept.connected_at) == (NOON, NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "expires_at"),
    [(AccountStatus.CONNECTED, NOON + timedelta(days=1)), (AccountStatus.DISCONNECTED, None)],
    ids=["connected", "disconnected meanwhile"],
)
async def test_a_renewal_puts_the_end_off_and_undoes_no_disconnect(
    store: Store, clock: Clock, status: AccountStatus, expires_at: object
) -> None:
    before = account(expires_at=None)
    await keep_accounts(store, account(expires_at=None, status=status))
    async with Recorder(store, Hub(store), clock).record() as record:
        renewed = await AccountLifecycle(store, clock).renewed(
            record, before, Grant(expires_at=NOON + timedelta(days=1))
        )
    [kept] = await store.accounts.get_many(Visibility.unrestricted(), [before.key])
    assert kept == renewed
    assert (renewed.status, renewed.expires_at) == (status, expires_at)
