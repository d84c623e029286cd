"""Credentials are verified once, and end when they would have ended without that."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from gateway.auth.api_keys import VALID_SECONDS, ApiKeyAuthenticator, key_hash, new_key
from gateway.auth.jwt import LEEWAY, JwtAuthenticator
from gateway.auth.jwt_keys import open_keys
from gateway.auth.verified import VerifiedCredentials
from gateway.config import Jwt
from gateway.storage import ApiKey, Cipher, Store
from providers.domain.errors import Unauthenticated
from providers.testing.server import serve
from tests.gateway.auth.issuer import KEYS, OTHER_KEYS, SECRET, Publisher, jwk, signed
from tests.testkit.clock import NOON, Clock
from tests.testkit.statements import statements

KEY = new_key()


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def api_keys(store: Store, clock: Clock, seconds: Seconds) -> ApiKeyAuthenticator:
    async with store.write() as transaction:
        stored = ApiKey(id="k-1", user_id="ada", scopes=frozenset({"read"}), created_at=NOON, last_used_at=NOON)
        await store.api_keys.create(transaction, stored, key_hash(KEY))
    return ApiKeyAuthenticator(store, clock, seconds)


@pytest.fixture
async def other_store(store: Store, sqlite_url: str, clock: Clock) -> AsyncIterator[Store]:
    """The same store, as another process sees it."""
    opened = await Store.open(sqlite_url, Cipher([bytes(32)]), clock)
    yield opened
    await opened.aclose()


def authenticator() -> JwtAuthenticator:
    settings = Jwt.model_validate({"secret": SECRET})
    return JwtAuthenticator(settings, open_keys(settings, lambda: datetime.now(UTC)))


async def test_a_token_is_verified_once() -> None:
    tokens = authenticator()
    token = signed(SECRET, "HS256")

    first = await tokens.authenticate(token)

    assert await tokens.authenticate(token) is first
    assert await tokens.authenticate(signed(SECRET, "HS256", sub="bob")) is not first


async def test_a_verified_token_is_verified_again_from_its_expiry_on() -> None:
    tokens = authenticator()
    expiry = time.time() + 0.1
    token = signed(SECRET, "HS256", exp=expiry)

    first = await tokens.authenticate(token)
    while (found := await tokens.authenticate(token)) is first:
        assert time.time() < expiry + 5

    assert time.time() >= expiry
    assert first.expires_at is not None
    assert found.expires_at == first.expires_at + LEEWAY


async def test_a_verified_token_ends_when_its_issuer_replaces_the_key(clock: Clock) -> None:
    publisher = Publisher([jwk(KEYS["ES256"], "ES256", kid="one")])
    async with serve(publisher) as url:
        settings = Jwt(algorithms=("ES256",), jwks_url=f"{url}/keys", jwks_fresh_seconds=300)
        async with aclosing(JwtAuthenticator(settings, open_keys(settings, clock))) as tokens:
            token = signed(KEYS["ES256"], "ES256", kid="one")
            first = await tokens.authenticate(token)
            publisher.keys = [jwk(OTHER_KEYS["ES256"], "ES256", kid="one")]
            clock.pass_by(timedelta(seconds=301))

            assert await tokens.authenticate(token) is first  # which starts a refresh
            with pytest.raises(Unauthenticated):  # after the refresh, for which an unknown key waits
                await tokens.authenticate(signed(KEYS["ES256"], "ES256", kid="unknown"))
            with pytest.raises(Unauthenticated):
                await tokens.authenticate(token)


async def test_a_key_is_looked_up_once_in_ten_seconds(
    api_keys: ApiKeyAuthenticator, store: Store, seconds: Seconds
) -> None:
    with statements(store) as sent:
        for _ in range(20):
            await api_keys.authenticate(KEY)
            seconds.now += VALID_SECONDS / 10
    assert len(sent) == 2


async def test_a_key_that_another_process_revokes_ends_within_ten_seconds(
    api_keys: ApiKeyAuthenticator, other_store: Store, seconds: Seconds
) -> None:
    await api_keys.authenticate(KEY)
    async with other_store.write() as transaction:
        await other_store.api_keys.revoke(transaction, "k-1", NOON)

    seconds.now += VALID_SECONDS - 0.1
    assert (await api_keys.authenticate(KEY)).viewer.user_id == "ada"
    seconds.now += 0.1
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await api_keys.authenticate(KEY)


async def test_a_key_that_is_used_while_this_process_revokes_it_ends_with_the_transaction(
    api_keys: ApiKeyAuthenticator, store: Store
) -> None:
    await api_keys.authenticate(KEY)
    async with store.write() as transaction:
        await store.api_keys.revoke(transaction, "k-1", NOON)
        assert (await api_keys.authenticate(KEY)).viewer.user_id == "ada"
    with pytest.raises(Unauthenticated):
        await api_keys.authenticate(KEY)


async def test_a_key_stays_valid_if_its_revocation_is_rolled_back(api_keys: ApiKeyAuthenticator, store: Store) -> None:
    async def revoke_in_vain() -> None:
        async with store.write() as transaction:
            await store.api_keys.revoke(transaction, "k-1", NOON)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (our own)
        await revoke_in_vain()
    assert (await api_keys.authenticate(KEY)).viewer.user_id == "ada"


async def test_an_unknown_key_is_not_remembered(api_keys: ApiKeyAuthenticator, store: Store) -> None:
    key = new_key()
    with pytest.raises(Unauthenticated):
        await api_keys.authenticate(key)
    async with store.write() as transaction:
        stored = ApiKey(id="k-2", user_id="bob", scopes=frozenset({"read"}), created_at=NOON)
        await store.api_keys.create(transaction, stored, key_hash(key))
    assert (await api_keys.authenticate(key)).viewer.user_id == "bob"


def test_the_credentials_that_were_used_last_are_remembered() -> None:
    verified: VerifiedCredentials[str] = VerifiedCredentials(2)
    verified.put("first", "1")
    verified.put("second", "2")
    assert verified.get("first") == "1"
    verified.put("third", "3")

    assert [verified.get(each) for each in ("first", "second", "third")] == ["1", None, "3"]


def test_no_credentials_stay_in_memory() -> None:
    verified: VerifiedCredentials[int] = VerifiedCredentials()
    verified.put(KEY, 1)
    assert KEY not in str(vars(verified))
