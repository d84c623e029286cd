"""Authentication over HTTP, by a WebSocket's connection_init, and by its request header."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.auth.api_keys import key_hash, new_key
from gateway.auth.authenticator import Authenticator
from gateway.config import Auth, Jwt
from gateway.storage import ApiKey, Store
from gateway.storage.api_keys import ApiKeys
from providers.domain.errors import StoreUnavailable
from tests.gateway.auth.issuer import KEYS, signed
from tests.testkit.client import Client, Socket
from tests.testkit.clock import NOON, Clock
from tests.testkit.served import Served, served
from tests.testkit.token import REQUIRED, token_of

WHO = "{ viewer { userId scopes } }"


@pytest.fixture
async def gateway(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Served]:
    configuration = f'{REQUIRED}\n[store]\nurl = "{sqlite_url}"\n[providers.local]\npath = "{tmp_path}/local.db"'
    async with served(tmp_path, configuration) as running:
        yield running


async def user_of(client: Client, payload: dict[str, object] | None = None) -> object:
    async with client.websocket(payload) as socket:
        await socket.say(id="1", type="subscribe", payload={"query": WHO})
        return (await socket.event())["data"]["viewer"]["userId"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_token_is_read_from_the_header(gateway: Served, scheme: str) -> None:
    async with gateway.client() as client:
        answer = await client.ask(WHO, {"authorization": f"{scheme} {token_of('ada')}"})
    assert answer["data"]["viewer"]["userId"] == "ada"


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YWRhOmFkYQ==", "Token x", "Bearer x", "Bearer swb_x"])
async def test_a_missing_or_invalid_token_is_refused_with_401(gateway: Served, header: str) -> None:
    async with gateway.client() as client:
        response = await client.http.post("/graphql", json={"query": WHO}, headers={"authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("control", ["\0", "\n", "\x1b", "\x9b", "\ufffd"])
async def test_a_subject_with_a_control_character_is_refused(gateway: Served, control: str) -> None:
    """It never stands for the user whose id is the same without the character."""
    async with gateway.client(token_of("carol")) as carol:
        await carol.do("connectAccount", "account { id }", provider="local")
        assert (await carol.data("{ accounts { totalCount } }"))["accounts"]["totalCount"] == 1
    async with gateway.client(token_of(f"carol{control}")) as client:
        response = await client.http.post("/graphql", json={"query": "{ accounts { nodes { id userId } } }"})
        assert response.status_code == 401
        assert "carol" not in response.text
        async with client.connect() as connection:
            await Socket(connection).say(type="connection_init")
            await connection.wait_closed()
    assert connection.close_code == 4403


@pytest.mark.parametrize("around", ["{}\x1f", "{}\0", "\x85{}", "{}\ud83d"])
async def test_credentials_are_never_cleaned(store: Store, clock: Clock, around: str) -> None:
    key = new_key()
    kept = ApiKey(id="k-1", user_id="ada", scopes=frozenset({"read"}), created_at=NOON)
    async with store.write() as transaction:
        await store.api_keys.create(transaction, kept, key_hash(key))
    authenticator = Authenticator(Auth(mode="required"), store, clock)
    assert await authenticator.is_still_valid(f"Bearer  {key} ")
    assert not await authenticator.is_still_valid(f"Bearer {around.format(key)}")


async def test_a_token_as_long_as_a_book_is_refused(gateway: Served) -> None:
    async with gateway.client() as client:
        response = await client.http.post(
            "/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {token_of('ada', padding='x' * 9000)}"}
        )
    assert response.status_code == 401


async def test_a_websocket_is_opened_with_a_token_in_its_first_message_or_its_header(gateway: Served) -> None:
    async with gateway.client() as client:
        assert await user_of(client, {"authorization": f"Bearer {token_of('ada')}"}) == "ada"
    async with gateway.client(token_of("bob")) as client:
        assert await user_of(client) == "bob"
        assert await user_of(client, {"authorization": f"Bearer {token_of('ada')}"}) == "ada"


@pytest.mark.parametrize(
    "payload", [None, {}, {"authorization": ""}, {"authorization": 5}, {"authorization": "Bearer x"}]
)
async def test_a_websocket_without_a_good_token_is_closed(gateway: Served, payload: dict[str, object] | None) -> None:
    async with gateway.client() as client, client.connect() as connection:
        socket = Socket(connection)
        await socket.say(type="connection_init", payload=payload)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_a_websocket_ends_with_its_token(gateway: Served) -> None:
    async with gateway.client(token_of("ada", exp=time.time() + 1)) as client, client.websocket() as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.hear()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "TOKEN_EXPIRED")


BAD = {"code": "UNAUTHENTICATED"}
EXPIRED = {"code": "UNAUTHENTICATED", "reason": "TOKEN_EXPIRED"}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "text/event-stream"])
async def test_an_expired_token_differs_from_a_bad_one_over_http_and_server_sent_events(
    gateway: Served, accept: str
) -> None:
    for token, extensions in (
        (token_of("ada", exp=time.time() - 60), EXPIRED),
        (token_of("ada", exp=time.time() - 60, secret="a made-up secret that the gateway does not know"), BAD),
        ("x.y.z", BAD),
        (new_key(), BAD),
    ):
        async with gateway.client(token) as client:
            response = await client.http.post(
                "/graphql", json={"query": "subscription { accountChanged { id } }"}, headers={"accept": accept}
            )
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert [error["extensions"] for error in response.json()["errors"]] == [extensions]


@pytest.mark.parametrize(("age", "reason"), [(60, "TOKEN_EXPIRED"), (-60, "Forbidden")])
async def test_an_expired_token_differs_from_a_bad_one_over_a_websocket(
    gateway: Served, age: float, reason: str
) -> None:
    token = token_of("ada", exp=time.time() - age, nbf=time.time() - age)
    async with gateway.client() as client, client.connect() as connection:
        socket = Socket(connection)
        await socket.say(type="connection_init", payload={"authorization": f"Bearer {token}"})
        with pytest.raises(ConnectionClosed) as closed:
            await socket.hear()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, reason)


async def test_the_log_distinguishes_an_expired_token_from_an_unknown_key(gateway: Served) -> None:
    for token in (token_of("ada", exp=time.time() - 60), new_key()):
        async with gateway.client(token) as client:
            assert (await client.http.post("/graphql", json={"query": WHO})).status_code == 401
    checks = [(entry["event"], entry["check"]) for entry in gateway.log if "check" in entry]
    assert checks == [("token_refused", "expired"), ("api_key_refused", "unknown or revoked")]


async def test_a_header_stays_valid_until_its_key_is_revoked(store: Store, clock: Clock) -> None:
    key = new_key()
    kept = ApiKey(id="k-1", user_id="ada", scopes=frozenset({"read"}), created_at=NOON)
    async with store.write() as transaction:
        await store.api_keys.create(transaction, kept, key_hash(key))
    authenticator = Authenticator(Auth(mode="required"), store, clock)
    assert await authenticator.is_still_valid(f"Bearer {key}")
    async with store.write() as transaction:
        await store.api_keys.revoke(transaction, "k-1", NOON)
    assert not await authenticator.is_still_valid(f"Bearer {key}")


async def test_a_header_stays_valid_while_the_key_set_can_not_be_fetched(
    store: Store, clock: Clock, free_port: int
) -> None:
    settings = Auth(mode="required", jwt=Jwt(algorithms=("RS256",), jwks_url=f"http://127.0.0.1:{free_port}/keys"))
    authenticator = Authenticator(settings, store, clock)
    token = signed(KEYS["RS256"], "RS256", kid="one")
    assert await authenticator.is_still_valid(f"Bearer {token}")
    await authenticator.aclose()


class Unreachable(ApiKeys):
    """Keys in a store that can't be reached."""

    async def find_by_hash(self, hash: str) -> ApiKey | None:
        raise StoreUnavailable("The store can't be reached.")


async def test_an_api_key_stays_valid_while_the_store_is_unavailable(store: Store, clock: Clock) -> None:
    store.api_keys = Unreachable(store.database)
    authenticator = Authenticator(Auth(mode="required"), store, clock)
    with pytest.raises(StoreUnavailable):
        await authenticator.authenticate(f"Bearer {new_key()}")
    assert await authenticator.is_still_valid(f"Bearer {new_key()}")
