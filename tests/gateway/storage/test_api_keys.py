from dataclasses import replace
from datetime import timedelta

from gateway.storage import ApiKey, Store, Visibility
from tests.testkit.clock import NOON

KEY = ApiKey(id="k-1", user_id="ada", scopes=frozenset({"read", "write"}), created_at=NOON)
LATER = NOON + timedelta(hours=1)


async def test_a_key_is_found_by_its_hash_until_it_is_revoked(store: Store) -> None:
    async with store.write() as transaction:
        await store.api_keys.create(transaction, KEY, "hash")
    assert await store.api_keys.find_by_hash("hash") == KEY
    assert await store.api_keys.find_by_hash("other") is None
    async with store.write() as transaction:
        await store.api_keys.touch(transaction, "k-1", LATER)
    assert await store.api_keys.find_by_hash("hash") == replace(KEY, last_used_at=LATER)
    async with store.write() as transaction:
        assert await store.api_keys.revoke(transaction, "k-1", LATER)
        assert not await store.api_keys.revoke(transaction, "k-1", LATER)
    assert await store.api_keys.find_by_hash("hash") is None
    assert await store.api_keys.list(Visibility.unrestricted()) == [replace(KEY, last_used_at=LATER, revoked_at=LATER)]
