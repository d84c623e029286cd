from datetime import timedelta

import pytest

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.events.hub import Hub
from gateway.events.recorder import Recorder
from gateway.storage import Store, Visibility
from providers.api.capabilities import Grant
from providers.domain.entities import AccountStatus
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, keep_accounts


async def test_connecting_an_account_again_preserves_the_time_of_its_first_connection(
    store: Store, clock: Clock
) -> None:
    lifecycle, grant = AccountLifecycle(store, clock), Grant(external_id="ada@example.com")
    async with Recorder(store, Hub(store), clock).record() as record:
        first = await lifecycle.connected(record, account(connected_at=None), grant)
    clock.pass_by(timedelta(days=1))
    async with Recorder(store, Hub(store), clock).record() as record:
        await lifecycle.connected(record, account("acc-2", connected_at=None), grant)
    [stored] = await store.accounts.get_many(Visibility.unrestricted(), [first.key])
    assert stored is not None
    assert (stored.first_connected_at, stored.connected_at) == (NOON, NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "expires_at"),
    [(AccountStatus.CONNECTED, NOON + timedelta(days=1)), (AccountStatus.DISCONNECTED, None)],
    ids=["connected", "disconnected since"],
)
async def test_a_renewal_postpones_the_expiry_and_undoes_no_disconnect(
    store: Store, clock: Clock, status: AccountStatus, expires_at: object
) -> None:
    before = account(expires_at=None)
    await keep_accounts(store, account(expires_at=None, status=status))
    async with Recorder(store, Hub(store), clock).record() as record:
        renewed = await AccountLifecycle(store, clock).renewed(
            record, before, Grant(expires_at=NOON + timedelta(days=1))
        )
    [stored] = await store.accounts.get_many(Visibility.unrestricted(), [before.key])
    assert stored == renewed
    assert (renewed.status, renewed.expires_at) == (status, expires_at)
