from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.auth.api_keys import LAST_USED_INTERVAL, ApiKeyAuthenticator, key_hash, new_key
from gateway.storage import ApiKey, Store, Visibility
from providers.domain.errors import Unauthenticated
from providers.domain.viewer import Viewer
from tests.testkit.clock import NOON, Clock
from tests.testkit.statements import send, statements

KEY = new_key()


@pytest.fixture
async def api_keys(store: Store, clock: Clock) -> ApiKeyAuthenticator:
    async with store.write() as transaction:
        kept = ApiKey(id="k-1", user_id="ada", scopes=frozenset({"read"}), created_at=NOON)
        await store.api_keys.create(transaction, kept, key_hash(KEY))
    return ApiKeyAuthenticator(store, clock)


def test_keys_are_long_and_unique() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(KEY.removeprefix("swb_")) == 43


async def test_a_key_authenticates_its_user_with_its_scopes(api_keys: ApiKeyAuthenticator) -> None:
    found = await api_keys.authenticate(KEY)
    assert found.viewer == Viewer("ada", frozenset({"read"}))


@pytest.mark.parametrize(
    "key",
    ["swb_", KEY[:-1], KEY + "A", KEY.swapcase(), key_hash(KEY)],
    ids=["its beginning", "a shorter one", "a longer one", "the other case", "its hash"],
)
async def test_any_other_key_is_refused(api_keys: ApiKeyAuthenticator, key: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await api_keys.authenticate(key)
    assert refused.value.message == "The API key is not valid."


async def test_a_revoked_key_stops_working_at_once(api_keys: ApiKeyAuthenticator, store: Store) -> None:
    await api_keys.authenticate(KEY)
    async with store.write() as transaction:
        await store.api_keys.revoke(transaction, "k-1", NOON)
    with pytest.raises(Unauthenticated):
        await api_keys.authenticate(KEY)


async def test_the_last_use_of_a_key_is_stored_once_a_minute(
    api_keys: ApiKeyAuthenticator, store: Store, clock: Clock
) -> None:
    with statements(store) as written:
        for _ in range(12):
            await api_keys.authenticate(KEY)
            clock.pass_by(LAST_USED_INTERVAL / 6)
    assert sum("UPDATE api_keys" in statement for statement in written) == 2
    assert [key.last_used_at for key in await store.api_keys.list(Visibility.unrestricted())] == [
        NOON + LAST_USED_INTERVAL
    ]


async def test_a_key_is_valid_when_its_last_use_can_not_be_stored(api_keys: ApiKeyAuthenticator, store: Store) -> None:
    async with store.write() as transaction:
        await send(transaction, "PRAGMA query_only = ON")
    with capture_logs() as log:
        assert (await api_keys.authenticate(KEY)).viewer.user_id == "ada"
    assert [entry["event"] for entry in log] == ["database_error", "api_key_update_failed"]


async def test_a_last_use_that_another_process_stored_is_not_stored_again(
    api_keys: ApiKeyAuthenticator, store: Store, clock: Clock
) -> None:
    async with store.write() as transaction:
        await store.api_keys.touch(transaction, "k-1", NOON)
    clock.pass_by(timedelta(seconds=30))
    await api_keys.authenticate(KEY)
    assert [key.last_used_at for key in await store.api_keys.list(Visibility.unrestricted())] == [NOON]
