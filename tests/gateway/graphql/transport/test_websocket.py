from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import orjson
import pytest
from websockets import InvalidStatus
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from gateway.config import GraphqlLimits
from tests.gateway.graphql.conftest import Server, serve

INIT = {"type": "connection_init"}
VALUES = "subscription { valueChanged }"


async def say(connection: ClientConnection, **message: object) -> None:
    await connection.send(orjson.dumps(message).decode())


async def hear(connection: ClientConnection) -> Any:
    return orjson.loads(await connection.recv())


async def subscribe(connection: ClientConnection, query: str, name: str = "1", **rest: object) -> None:
    await say(connection, id=name, type="subscribe", payload={"query": query, **rest})


async def close_of(connection: ClientConnection) -> tuple[int, str]:
    """Read to the end of the connection; return its close code and reason."""
    with suppress(ConnectionClosed):
        async for _ in connection:
            pass
    assert connection.close_code is not None
    assert connection.close_reason is not None
    return connection.close_code, connection.close_reason


@asynccontextmanager
async def acknowledged(server: Server, payload: object = None) -> AsyncIterator[ClientConnection]:
    """Open a connection, send connection_init and receive connection_ack."""
    async with server.connect() as connection:
        await say(connection, **INIT, payload=payload)
        assert await hear(connection) == {"type": "connection_ack"}
        yield connection


@pytest.fixture
async def connection(server: Server) -> AsyncIterator[ClientConnection]:
    async with acknowledged(server) as connection:
        yield connection


async def test_a_subscription_sends_each_event_with_its_cursor_and_its_end(
    server: Server, connection: ClientConnection
) -> None:
    await subscribe(connection, VALUES)
    await server.world.until_subscriptions(1)
    for value in (1, 2):
        await server.world.set(value)
        payload = {"data": {"valueChanged": value}, "extensions": {"cursor": f"after-{value}"}}
        assert await hear(connection) == {"id": "1", "type": "next", "payload": payload}
    await server.world.set(-1)
    assert await hear(connection) == {"id": "1", "type": "complete"}
    await server.world.until_subscriptions(0)


async def test_queries_and_mutations_are_answered_once(connection: ClientConnection) -> None:
    await subscribe(connection, "mutation M($v: Int!) { setValue(value: $v) }", variables={"v": 3}, operationName="M")

    assert await hear(connection) == {"id": "1", "type": "next", "payload": {"data": {"setValue": 3}}}
    assert await hear(connection) == {"id": "1", "type": "complete"}


async def test_half_a_character_in_a_message_is_replaced(connection: ClientConnection) -> None:
    query = "query ($text: String!) { echo(text: $text) }"
    payload = orjson.dumps({"query": query, "variables": {"text": "half ?"}}).decode().replace("?", r"\ud83d")
    await connection.send(f'{{"id": "1", "type": "subscribe", "payload": {payload}}}')

    assert (await hear(connection))["payload"] == {"data": {"echo": "half \ufffd"}}


async def test_operations_run_side_by_side(server: Server, connection: ClientConnection) -> None:
    await subscribe(connection, VALUES, name="a")
    await subscribe(connection, VALUES, name="b")
    await server.world.until_subscriptions(2)
    await subscribe(connection, "{ user }", name="c")
    assert await hear(connection) == {"id": "c", "type": "next", "payload": {"data": {"user": "ada"}}}
    assert await hear(connection) == {"id": "c", "type": "complete"}
    await server.world.set(1)

    assert {(await hear(connection))["id"], (await hear(connection))["id"]} == {"a", "b"}


async def test_a_client_ends_a_subscription_and_may_use_its_id_again(
    server: Server, connection: ClientConnection
) -> None:
    await subscribe(connection, VALUES)
    await server.world.until_subscriptions(1)
    await say(connection, id="1", type="complete")
    await server.world.until_subscriptions(0)
    await subscribe(connection, VALUES)
    await server.world.until_subscriptions(1)


async def test_an_id_is_free_as_soon_as_its_operation_is_complete(connection: ClientConnection) -> None:
    for _ in range(3):
        await subscribe(connection, "{ user }")
        assert (await hear(connection))["type"] == "next"
        assert (await hear(connection))["type"] == "complete"


async def test_completing_an_operation_that_has_ended_is_ignored(connection: ClientConnection) -> None:
    await say(connection, id="nothing", type="complete")
    await say(connection, type="ping")

    assert await hear(connection) == {"type": "pong"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription S($size: Int!) { flood(size: $size) }", "BAD_USER_INPUT"),
    ],
)
async def test_an_invalid_operation_is_an_error_of_that_operation_alone(
    connection: ClientConnection, query: str, code: str
) -> None:
    await subscribe(connection, query)
    error = await hear(connection)

    assert (error["id"], error["type"]) == ("1", "error")
    assert error["payload"][0]["extensions"]["code"] == code
    await subscribe(connection, "{ user }")
    assert (await hear(connection))["type"] == "next"


async def test_a_subscription_that_fails_ends_with_an_error(server: Server, connection: ClientConnection) -> None:
    await subscribe(connection, VALUES)
    await server.world.until_subscriptions(1)
    await server.world.set(13)

    payload = [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}]
    assert await hear(connection) == {"id": "1", "type": "error", "payload": payload}
    await server.world.until_subscriptions(0)


async def test_a_client_that_disconnects_ends_its_subscriptions(server: Server) -> None:
    async with acknowledged(server) as connection:
        await subscribe(connection, VALUES, name="a")
        await subscribe(connection, VALUES, name="b")
        await server.world.until_subscriptions(2)
        connection.transport.abort()
    await server.world.until_subscriptions(0)


async def test_a_mutation_runs_to_its_end_when_its_client_completes_it(
    server: Server, connection: ClientConnection
) -> None:
    await subscribe(connection, "mutation { setValueSlowly(value: 5) }")
    await server.world.slow_mutation_began.wait()
    await say(connection, id="1", type="complete")
    await say(connection, type="ping")
    assert await hear(connection) == {"type": "pong"}
    server.world.slow_mutation_may_end.set()
    await server.engine.drain()

    assert server.world.value == 5


async def test_pings_are_answered_before_the_connection_is_acknowledged_and_after(server: Server) -> None:
    async with server.connect() as connection:
        await say(connection, type="ping")
        assert await hear(connection) == {"type": "pong"}
        await say(connection, type="pong")
        await say(connection, **INIT)
        assert await hear(connection) == {"type": "connection_ack"}
        await say(connection, type="ping", payload={"any": "thing"})
        assert await hear(connection) == {"type": "pong"}


async def test_a_token_may_come_in_connection_init(server: Server) -> None:
    async with acknowledged(server, {"authorization": "Bearer good"}):
        pass


async def test_a_token_may_come_in_the_header_of_the_handshake(server: Server) -> None:
    async with server.connect(additional_headers={"Authorization": "Bearer bad"}) as connection:
        await say(connection, **INIT)
        assert await close_of(connection) == (4403, "Forbidden")


async def test_a_bad_token_is_4403(server: Server) -> None:
    async with server.connect() as connection:
        await say(connection, **INIT, payload={"authorization": "Bearer bad"})
        assert await close_of(connection) == (4403, "Forbidden")


async def test_a_token_that_can_not_be_checked_now_is_1013(server: Server) -> None:
    server.world.key_service_down = True
    async with server.connect() as connection:
        await say(connection, **INIT)
        assert await close_of(connection) == (1013, "Try again later")


async def test_a_connection_ends_when_its_key_is_revoked() -> None:
    async with serve(GraphqlLimits(heartbeat_seconds=0.05)) as server, acknowledged(server) as connection:
        await subscribe(connection, VALUES)
        server.world.key_revoked = True
        assert await close_of(connection) == (4403, "Forbidden")
        await server.world.until_subscriptions(0)


async def test_a_connection_ends_with_its_token(server: Server) -> None:
    server.world.token_lifetime = timedelta(seconds=0.05)
    async with acknowledged(server) as connection:
        await subscribe(connection, VALUES)
        assert await close_of(connection) == (4403, "TOKEN_EXPIRED")
    await server.world.until_subscriptions(0)


async def test_a_subscription_before_the_acknowledgement_is_4401(server: Server) -> None:
    async with server.connect() as connection:
        await subscribe(connection, VALUES)
        assert await close_of(connection) == (4401, "Unauthorized")


async def test_a_connection_without_connection_init_is_4408() -> None:
    async with serve(GraphqlLimits(connection_init_seconds=0.05)) as server, server.connect() as connection:
        assert await close_of(connection) == (4408, "Connection initialisation timeout")


async def test_an_id_that_is_in_use_is_4409(server: Server, connection: ClientConnection) -> None:
    await subscribe(connection, VALUES)
    await subscribe(connection, VALUES)

    assert await close_of(connection) == (4409, "Subscriber for 1 already exists")
    await server.world.until_subscriptions(0)


async def test_a_second_connection_init_is_4429(connection: ClientConnection) -> None:
    await say(connection, **INIT)

    assert await close_of(connection) == (4429, "Too many initialisation requests")


@pytest.mark.parametrize(
    "message",
    [
        b"bytes",
        "{",
        "[]",
        "{}",
        '{"type": 7}',
        '{"type": "start"}',
        '{"type": "subscribe", "payload": {"query": "{ user }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ user }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
        '{"type": "complete"}',
        '{"type": "connection_init", "payload": []}',
        " " * 300_000,
        '{"type": "ping", "payload": "' + 100_000 * "€" + '"}',
    ],
)
async def test_a_malformed_message_is_4400(server: Server, message: str | bytes) -> None:
    async with server.connect() as connection:
        if "connection_init" not in str(message):
            await say(connection, **INIT)
        await connection.send(message)
        assert (await close_of(connection))[0] == 4400


async def test_before_the_acknowledgement_other_types_are_4400(server: Server) -> None:
    async with server.connect() as connection:
        await say(connection, id="1", type="complete")
        assert await close_of(connection) == (4400, "Unknown type of message")


async def test_an_unexpected_exception_is_4500_and_reported(server: Server) -> None:
    server.world.token_lifetime = "no duration"  # type: ignore[assignment]
    async with server.connect() as connection:
        await say(connection, **INIT)
        assert await close_of(connection) == (4500, "Internal server error")
    assert isinstance(server.world.reported[-1].original_error, TypeError)


async def test_an_unexpected_exception_of_an_operation_is_an_error_of_that_operation_alone(
    server: Server, connection: ClientConnection
) -> None:
    await subscribe(connection, "{ unspeakable }")

    payload = [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}]
    assert await hear(connection) == {"id": "1", "type": "error", "payload": payload}
    assert isinstance(server.world.reported[-1].original_error, TypeError)


async def test_another_subprotocol_is_4406(server: Server) -> None:
    async with server.connect("graphql-ws") as connection:
        assert await close_of(connection) == (4406, "Subprotocol not acceptable")


async def test_pages_of_other_origins_are_refused_at_the_handshake(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await server.connect(origin="https://other.example.com")
    assert refused.value.response.status_code == 403


async def test_a_connection_runs_so_many_operations_and_no_more() -> None:
    async with serve(GraphqlLimits(websocket_operations=2)) as server, acknowledged(server) as connection:
        for name in "abc":
            await subscribe(connection, VALUES, name)
        refused = await hear(connection)
        await server.world.until_subscriptions(2)
        await say(connection, id="a", type="complete")
        await server.world.until_subscriptions(1)
        await say(connection, type="ping")
        assert await hear(connection) == {"type": "pong"}
        await subscribe(connection, VALUES, name="c")
        await server.world.until_subscriptions(2)

    assert (refused["id"], refused["type"]) == ("c", "error")
    assert refused["payload"][0]["extensions"] == {"code": "RATE_LIMITED"}


_REFUSED = pytest.mark.parametrize(
    "query",
    [VALUES, "{", "{ nothing }", "query ($text: String!) { echo(text: $text) }"],
    ids=["limit", "parse", "validate", "coerce"],
)


@_REFUSED
async def test_a_connection_that_is_refused_a_hundred_times_in_a_row_is_4429(query: str) -> None:
    async with serve(GraphqlLimits(websocket_operations=1)) as server, acknowledged(server) as connection:
        if query == VALUES:
            await subscribe(connection, VALUES, "open")
        for number in range(100):
            await subscribe(connection, query, f"{number}")
            message = await hear(connection)
            assert (message["id"], message["type"]) == (f"{number}", "error")
        assert await close_of(connection) == (4429, "Too many refused operations")


async def test_a_connection_that_is_refused_for_the_viewers_subscriptions_is_4429() -> None:
    limits = GraphqlLimits(subscriptions=1, websocket_refusals=3)
    async with serve(limits) as server, acknowledged(server) as connection:
        await subscribe(connection, VALUES, "open")
        await server.world.until_subscriptions(1)
        for name in "abc":
            await subscribe(connection, VALUES, name)
            assert (await hear(connection))["type"] == "error"
        assert await close_of(connection) == (4429, "Too many refused operations")


async def test_refusals_with_results_between_them_end_nothing() -> None:
    async with serve(GraphqlLimits(websocket_refusals=2)) as server, acknowledged(server) as connection:
        for query in ("{", "{ user }") * 3:
            await subscribe(connection, query)
            message = await hear(connection)
            if message["type"] == "next":
                assert (await hear(connection))["type"] == "complete"
        await say(connection, type="ping")
        assert await hear(connection) == {"type": "pong"}


async def test_a_client_that_answers_pings_stays() -> None:
    async with serve(GraphqlLimits(heartbeat_seconds=0.05)) as server, acknowledged(server) as connection:
        for _ in range(3):
            assert await hear(connection) == {"type": "ping"}
            await say(connection, type="pong")


async def test_a_client_that_answers_no_ping_is_4408() -> None:
    async with serve(GraphqlLimits(heartbeat_seconds=0.05)) as server, acknowledged(server) as connection:
        assert await close_of(connection) == (4408, "No pong")


async def test_a_viewer_may_have_so_many_connections_and_another_when_one_is_gone() -> None:
    async with serve(GraphqlLimits(connections=1)) as server:
        async with acknowledged(server), server.connect() as second:
            await say(second, **INIT)
            assert await close_of(second) == (4429, "Too many connections")
        async with acknowledged(server):
            pass


async def test_a_viewer_may_have_so_many_subscriptions_on_all_connections_together() -> None:
    async with (
        serve(GraphqlLimits(subscriptions=1)) as server,
        acknowledged(server) as first,
        acknowledged(server) as second,
    ):
        await subscribe(first, VALUES)
        await server.world.until_subscriptions(1)
        await subscribe(second, VALUES)
        refused = await hear(second)
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
        async with server.client() as client:
            streamed = await client.post("/graphql", json={"query": VALUES}, headers={"accept": "text/event-stream"})
        assert "RATE_LIMITED" in streamed.text
        await server.world.set(-1)
        assert (await hear(first))["type"] == "complete"
        await subscribe(first, VALUES, "again")
        await server.world.until_subscriptions(1)
