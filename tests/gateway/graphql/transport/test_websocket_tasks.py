"""The tasks of a WebSocket: one for the connection, and one for each operation."""

import asyncio
from collections import Counter
from typing import Any

from gateway.config import GraphqlLimits
from tests.gateway.graphql.conftest import serve
from tests.gateway.graphql.transport.test_websocket import VALUES, acknowledged, hear, say, subscribe

_GATEWAYS = ("WebSocketsSansIOProtocol.", "WebSocketSession.", "Heartbeat.")


def serving() -> list[asyncio.Task[Any]]:
    """The tasks that serve WebSockets."""
    return [task for task in asyncio.all_tasks() if name_of(task).startswith(_GATEWAYS)]


def name_of(task: asyncio.Task[Any]) -> str:
    return str(getattr(task.get_coro(), "__qualname__", ""))


async def test_an_idle_connection_has_one_task_and_one_for_each_subscription() -> None:
    async with serve() as server, acknowledged(server) as connection:
        for name in "abc":
            await subscribe(connection, VALUES, name)
        await server.world.until_subscriptions(3)

        names = Counter(map(name_of, serving()))
        assert names == {"WebSocketsSansIOProtocol.run_asgi": 1, "WebSocketSession._run": 3}


async def test_between_heartbeats_there_is_no_task_for_them() -> None:
    async with serve(GraphqlLimits(heartbeat_seconds=0.3)) as server, acknowledged(server) as connection:
        for _ in range(2):
            assert await hear(connection) == {"type": "ping"}
            await say(connection, type="pong")
            await say(connection, type="ping")
            assert await hear(connection) == {"type": "pong"}
            assert [name_of(task) for task in serving()] == ["WebSocketsSansIOProtocol.run_asgi"]


async def test_a_connection_that_has_ended_leaves_no_task() -> None:
    async with serve() as server:
        async with acknowledged(server) as connection:
            await subscribe(connection, VALUES)
            await server.world.until_subscriptions(1)
            tasks = serving()
        _, running = await asyncio.wait(tasks, timeout=10)
        assert not running
        assert not serving()
