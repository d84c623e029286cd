import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import jwt
import pytest
from structlog.testing import capture_logs

from gateway.auth.jwks import READ_AT_MOST_EVERY, Jwks
from gateway.auth.jwt import JwtAuthenticator
from gateway.auth.jwt_keys import open_keys
from gateway.config import Jwt
from gateway.graphql.transport.errors import RequestError, Unauthenticated
from providers.testing.server import serve
from tests.gateway.auth.issuer import KEYS, OTHER_KEYS, Publisher, jwk, signed
from tests.gateway.storage.clock import Clock

FRESH = timedelta(minutes=5)
GRACE = timedelta(hours=1)
ALGORITHMS = tuple(KEYS)


def named(algorithm: str, kid: str, **members: object) -> dict[str, object]:
    return jwk(KEYS[algorithm], algorithm, kid=kid, **members)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher([named(algorithm, algorithm) for algorithm in ALGORITHMS])


@pytest.fixture
async def bearers(publisher: Publisher, clock: Clock) -> AsyncIterator[JwtAuthenticator]:
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


async def user_of(bearers: JwtAuthenticator, algorithm: str, kid: str | None) -> str:
    found = await bearers.authenticate(signed(KEYS[algorithm], algorithm, kid=kid))
    return found.viewer.user_id


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_token_is_checked_with_the_key_that_it_names(bearers: JwtAuthenticator, algorithm: str) -> None:
    assert await user_of(bearers, algorithm, algorithm) == "ada"
    with pytest.raises(Unauthenticated):
        await bearers.authenticate(signed(OTHER_KEYS[algorithm], algorithm, kid=algorithm))


async def test_the_keys_are_read_once_for_all_who_wait(bearers: JwtAuthenticator, publisher: Publisher) -> None:
    await asyncio.gather(*(user_of(bearers, "ES256", "ES256") for _ in range(20)))
    assert publisher.asked == 1


async def test_a_token_that_names_no_key_is_refused_without_a_call(
    bearers: JwtAuthenticator, publisher: Publisher
) -> None:
    with pytest.raises(Unauthenticated):
        await user_of(bearers, "ES256", None)
    assert publisher.asked == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_is_not_used_for_an_algorithm_of_another_kind(bearers: JwtAuthenticator, algorithm: str) -> None:
    for other in set(ALGORITHMS) - {algorithm}:
        with pytest.raises(Unauthenticated):
            await user_of(bearers, algorithm, other)


async def test_a_key_that_names_an_algorithm_is_for_that_alone(publisher: Publisher, clock: Clock) -> None:
    publisher.keys = [named("RS256", "one", alg="RS256")]
    async with serve(publisher) as url:
        keys = Jwks(url, Jwt(algorithms=("RS256", "PS256"), jwks_url=url), clock)
        assert await keys.find("one", "RS256") is not None
        assert await keys.find("one", "PS256") is None
        await keys.aclose()


async def test_a_new_key_is_found_when_a_token_names_it(
    bearers: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    await user_of(bearers, "ES256", "ES256")
    publisher.keys = [named("ES256", "next")]
    clock.pass_by(READ_AT_MOST_EVERY)
    assert await user_of(bearers, "ES256", "next") == "ada"
    with pytest.raises(Unauthenticated):
        await user_of(bearers, "ES256", "ES256")


async def test_made_up_keys_make_one_call_in_ten_seconds(
    bearers: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    for kid in range(30):
        with pytest.raises(Unauthenticated):
            await user_of(bearers, "ES256", str(kid))
        clock.pass_by(READ_AT_MOST_EVERY / 10)
    assert publisher.asked == 3


async def test_a_key_that_was_withdrawn_stops_working_when_the_set_is_read_again(
    bearers: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    await user_of(bearers, "ES256", "ES256")
    publisher.keys = []
    clock.pass_by(FRESH + timedelta(seconds=1))
    await user_of(bearers, "ES256", "ES256")
    with pytest.raises(Unauthenticated):
        await user_of(bearers, "ES256", "unknown")
    with pytest.raises(Unauthenticated):
        await user_of(bearers, "ES256", "ES256")


async def test_keys_that_cannot_be_read_again_are_used_for_the_grace(
    bearers: JwtAuthenticator, publisher: Publisher, clock: Clock
) -> None:
    await user_of(bearers, "ES256", "ES256")
    publisher.status = 500
    clock.pass_by(FRESH + GRACE)
    with capture_logs() as log:
        assert await user_of(bearers, "ES256", "ES256") == "ada"
        with pytest.raises(RequestError) as told:
            await user_of(bearers, "ES256", "unknown")
    assert (told.value.status, told.value.code) == (503, "UNAVAILABLE")
    assert [entry["event"] for entry in log].count("jwks_unreadable") == 1
    clock.pass_by(timedelta(seconds=1))
    with pytest.raises(RequestError) as told:
        await user_of(bearers, "ES256", "ES256")
    assert told.value.status == 503


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b"\xff"])
async def test_what_is_no_key_set_is_a_failure_of_the_issuer(
    bearers: JwtAuthenticator, publisher: Publisher, body: bytes
) -> None:
    publisher.body = body
    with pytest.raises(RequestError) as told:
        await user_of(bearers, "ES256", "ES256")
    assert told.value.status == 503


async def test_a_key_set_that_would_fill_the_memory_is_a_failure_of_the_issuer(
    bearers: JwtAuthenticator, publisher: Publisher
) -> None:
    publisher.body = json.dumps({"keys": publisher.keys, "more": "x" * 2**20}).encode()
    with pytest.raises(RequestError) as told:
        await user_of(bearers, "ES256", "ES256")
    assert told.value.status == 503
    assert publisher.asked == 1


async def test_an_issuer_that_cannot_be_reached_is_not_the_clients_fault(free_port: int, clock: Clock) -> None:
    url = f"http://127.0.0.1:{free_port}"
    keys = Jwks(url, Jwt(algorithms=ALGORITHMS, jwks_url=url), clock)
    with pytest.raises(RequestError) as told:
        await keys.find("ES256", "ES256")
    assert told.value.status == 503
    await keys.aclose()


async def test_members_that_are_no_public_keys_for_signatures_are_passed_over(
    bearers: JwtAuthenticator, publisher: Publisher
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
            await user_of(bearers, "ES256", str(member["kid"]))
    assert await user_of(bearers, "ES256", "good") == "ada"
