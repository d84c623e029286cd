import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import jwt
import pytest
from structlog.testing import capture_logs

from gateway.auth.jwks import MIN_FETCH_INTERVAL, Jwks
from gateway.auth.jwt import JwtAuthenticator
from gateway.auth.jwt_keys import open_keys
from gateway.config import Jwt
from providers.domain.errors import Unauthenticated, Unavailable
from providers.testing.server import serve
from tests.gateway.auth.issuer import KEYS, OTHER_KEYS, Publisher, jwk, signed
from tests.testkit.clock import Clock

FRESH = timedelta(minutes=5)
GRACE = timedelta(hours=1)
ALGORITHMS = tuple(KEYS)


def named(algorithm: str, kid: str, **members: object) -> dict[str, object]:
    return jwk(KEYS[algorithm], algorithm, kid=kid, **members)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher([named(algorithm, algorithm) for algorithm in ALGORITHMS])


@pytest.fixture
async def authenticator(publisher: Publisher, clock: Clock) -> AsyncIterator[JwtAuthenticator]:
    async with serve(publisher) as url:
        settings = Jwt(
            algorithms=ALGORITHMS,
            jwks_url=f"{url}/keys",
            jwks_fresh_seconds=int(FRESH.total_seconds()),
            jwks_grace_seconds=int(GRACE.total_seconds()),
        )
        opened = JwtAuthenticator(settings, open_keys(settings, clock))
        yield opened
        await opened.aclose()


async def user_of(authenticator: JwtAuthenticator, algorithm: str, kid: str | None) -> str:
    found = await authenticator.authenticate(signed(KEYS[algorithm], algorithm, kid=kid))
    return found.viewer.user_id


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_token_is_verified_with_the_key_that_it_names(authenticator: JwtAuthenticator, algorithm: str) -> None:
    assert await user_of(authenticator, algorithm, algorithm) == "ada"
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(signed(OTHER_KEYS[algorithm], algorithm, kid=algorithm))


async def test_concurrent_callers_share_one_fetch(authenticator: JwtAuthenticator, publisher: Publisher) -> None:
    await asyncio.gather(*(user_of(authenticator, "ES256", "ES256") for _ in range(20)))
    assert publisher.requests == 1


async def test_a_token_without_a_key_id_is_refused_without_a_fetch(
    authenticator: JwtAuthenticator, publisher: Publisher
) -> None:
    with pytest.raises(Unauthenticated):
        await user_of(authenticator, "ES256", None)
    assert publisher.requests == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_is_not_used_for_an_algorithm_of_another_type(
    authenticator: JwtAuthenticator, algorithm: str
) -> None:
    for other in set(ALGORITHMS) - {algorithm}:
        with pytest.raises(Unauthenticated):
            await user_of(authenticator, algorithm, other)


async def test_a_key_that_names_an_algorithm_is_used_for_that_alone(publisher: Publisher, clock: Clock) -> None:
    publisher.keys = [named("RS256", "one", alg="RS256")]
    async with serve(publisher) as url:
        keys = Jwks(url, Jwt(algorithms=("RS256", "PS256"), jwks_url=url), clock)
        assert await keys.find("one", "RS256") is not None
        assert await keys.find("one", "PS256") is None
        await keys.aclose()


async def test_an_unknown_key_id_refreshes_the_key_set(
    authenticator: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    await user_of(authenticator, "ES256", "ES256")
    publisher.keys = [named("ES256", "next")]
    clock.pass_by(MIN_FETCH_INTERVAL)
    assert await user_of(authenticator, "ES256", "next") == "ada"
    with pytest.raises(Unauthenticated):
        await user_of(authenticator, "ES256", "ES256")


async def test_made_up_key_ids_cause_one_fetch_in_ten_seconds(
    authenticator: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    for kid in range(30):
        with pytest.raises(Unauthenticated):
            await user_of(authenticator, "ES256", str(kid))
        clock.pass_by(MIN_FETCH_INTERVAL / 10)
    assert publisher.requests == 3


async def test_a_withdrawn_key_is_dropped_at_the_next_refresh(
    authenticator: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    await user_of(authenticator, "ES256", "ES256")
    publisher.keys = []
    clock.pass_by(FRESH + timedelta(seconds=1))
    await user_of(authenticator, "ES256", "ES256")
    with pytest.raises(Unauthenticated):
        await user_of(authenticator, "ES256", "unknown")
    with pytest.raises(Unauthenticated):
        await user_of(authenticator, "ES256", "ES256")


async def test_stale_keys_are_used_during_the_grace_period_while_refreshes_fail(
    authenticator: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    await user_of(authenticator, "ES256", "ES256")
    publisher.status = 500
    clock.pass_by(FRESH + GRACE)
    with capture_logs() as log:
        assert await user_of(authenticator, "ES256", "ES256") == "ada"
        with pytest.raises(Unavailable):
            await user_of(authenticator, "ES256", "unknown")
    assert [entry["event"] for entry in log].count("jwks_refresh_failed") == 1
    clock.pass_by(timedelta(seconds=1))
    with pytest.raises(Unavailable):
        await user_of(authenticator, "ES256", "ES256")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b"\xff"])
async def test_an_answer_that_is_not_a_key_set_makes_the_keys_unavailable(
    authenticator: JwtAuthenticator, publisher: Publisher, body: bytes
) -> None:
    publisher.body = body
    with pytest.raises(Unavailable):
        await user_of(authenticator, "ES256", "ES256")


async def test_an_oversized_key_set_makes_the_keys_unavailable(
    authenticator: JwtAuthenticator, publisher: Publisher
) -> None:
    publisher.body = json.dumps({"keys": publisher.keys, "more": "x" * 2**20}).encode()
    with pytest.raises(Unavailable):
        await user_of(authenticator, "ES256", "ES256")
    assert publisher.requests == 1


async def test_an_unreachable_issuer_makes_the_keys_unavailable(free_port: int, clock: Clock) -> None:
    url = f"http://127.0.0.1:{free_port}"
    keys = Jwks(url, Jwt(algorithms=ALGORITHMS, jwks_url=url), clock)
    with pytest.raises(Unavailable):
        await keys.find("ES256", "ES256")
    await keys.aclose()


async def test_members_that_are_not_public_signature_keys_are_skipped(
    authenticator: JwtAuthenticator, publisher: Publisher
) -> None:
    private = jwt.get_algorithm_by_name("ES256").to_jwk(KEYS["ES256"], as_dict=True)
    publisher.keys = [
        {"kty": "oct", "k": "c2VzYW1l", "kid": "secret"},
        {**private, "kid": "private"},
        named("RS256", "encryption", use="enc"),
        named("RS256", "unknown", alg="RSA-OAEP"),
        {**named("ES256", "off the curve"), "y": "AAAA"},
        {"kid": "nothing"},
        jwk(KEYS["ES256"], "ES256"),
        named("ES256", "good", use="sig"),
    ]
    for member in publisher.keys[:-2]:
        with pytest.raises(Unauthenticated):
            await user_of(authenticator, "ES256", str(member["kid"]))
    assert await user_of(authenticator, "ES256", "good") == "ada"
