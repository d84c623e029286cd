"""A client of a gateway, as a front-end is one: over HTTP, over a WebSocket, over server-sent events."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets import Subprotocol
from websockets.asyncio.client import ClientConnection, connect

from tests.secret import used, used_in
from tests.testkit.plain_http import plain_http

Json = dict[str, Any]

_MOST_TRIES = 5

SHOW_COST = {"x-cost": "1"}
"""The header of a request whose response says what it cost."""

USER_ERRORS = "userErrors { code message path provider retryable retryAfterSeconds authorizationUrl }"


class Client:
    """Speaks for one user. `token` is what it authenticates with, where that is needed."""

    def __init__(self, url: str, token: str | None = None) -> None:
        used(token or "")
        self.url = url
        self.headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self.http = plain_http(base_url=url, timeout=30, headers=self.headers)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def ask(self, document: str, headers: dict[str, str] | None = None, /, **variables: object) -> Json:
        """The whole answer."""
        payload = {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=payload, headers=headers)
        answer: Json = response.json()
        return answer

    async def data(self, document: str, headers: dict[str, str] | None = None, /, **variables: object) -> Json:
        """The data of an answer without errors."""
        answer = await self.ask(document, headers, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Json = answer["data"]
        return data

    async def attempt(self, mutation: str, selection: str = "", /, **fields: object) -> Json:
        """The whole answer to a mutation, which selects `selection` and the user errors."""
        used_in(fields)
        return await self.ask(document_of(mutation, selection), input=fields)

    async def do(self, mutation: str, selection: str = "", /, **fields: object) -> Json:
        """The payload of a mutation that succeeds."""
        answer = await self.attempt(mutation, selection, **fields)
        assert "errors" not in answer, answer["errors"]
        payload: Json = answer["data"][mutation]
        assert payload["userErrors"] == []
        return payload

    async def insist(self, mutation: str, selection: str = "", /, **fields: object) -> Json:
        """The payload of a mutation that succeeds, if need be after retries of errors that are retryable."""
        for _ in range(_MOST_TRIES):
            answer = await self.attempt(mutation, selection, **fields)
            assert "errors" not in answer, answer["errors"]
            payload: Json = answer["data"][mutation]
            if not any(error["retryable"] for error in payload["userErrors"]):
                break
        assert payload["userErrors"] == []
        return payload

    async def refusals(self, mutation: str, selection: str = "", /, **fields: object) -> list[Json]:
        """The user errors of a mutation that fails."""
        answer = await self.attempt(mutation, selection, **fields)
        assert "errors" not in answer, answer["errors"]
        errors: list[Json] = answer["data"][mutation]["userErrors"]
        assert errors
        return errors

    @asynccontextmanager
    async def websocket(self, payload: Json | None = None, **options: Any) -> AsyncIterator["Socket"]:
        """A WebSocket that has been acknowledged. `payload` is that of connection_init."""
        async with self.connect(**options) as connection:
            socket = Socket(connection)
            await socket.say(type="connection_init", payload=payload)
            assert await socket.hear() == {"type": "connection_ack"}
            yield socket

    def connect(self, **options: Any) -> connect:
        url = self.url.replace("http", "ws", 1) + "/graphql"
        return connect(
            url,
            subprotocols=[Subprotocol("graphql-transport-ws")],
            proxy=None,
            additional_headers={**self.headers, **options.pop("headers", {})},
            **options,
        )

    @asynccontextmanager
    async def subscribed(
        self, document: str, payload: Json | None = None, **variables: object
    ) -> AsyncIterator["Socket"]:
        """A WebSocket with one started subscription."""
        async with self.websocket(payload) as socket:
            await socket.subscribe(document, **variables)
            yield socket

    @asynccontextmanager
    async def stream(self, document: str, **variables: object) -> AsyncIterator[AsyncIterator[Json]]:
        """The events of a subscription over server-sent events."""
        payload = {"query": document, "variables": variables}
        headers = {"accept": "text/event-stream"}
        async with self.http.stream("POST", "/graphql", json=payload, headers=headers) as response:
            lines = response.aiter_lines()
            assert await anext(lines) == ":"
            yield (orjson.loads(line[6:]) async for line in lines if line.startswith("data: "))


class Socket:
    """graphql-transport-ws, written by hand."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._early: deque[Json] = deque()

    async def say(self, **message: object) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def hear(self) -> Json:
        return self._early.popleft() if self._early else await self._receive()

    async def _receive(self) -> Json:
        message: Json = {"type": "ping"}
        while message["type"] == "ping":
            message = orjson.loads(await self.connection.recv())
        return message

    async def subscribe(self, document: str, name: str = "1", /, **variables: object) -> None:
        """Start a subscription. The answer to a query that is sent after it shows that it has begun.

        Events that arrive before that answer are heard after it.
        """
        await self.say(id=name, type="subscribe", payload={"query": document, "variables": variables})
        await self.say(id=f"{name}?", type="subscribe", payload={"query": "{ accounts(first: 1) { totalCount } }"})
        answered: list[str] = []
        while len(answered) < 2:
            message = await self._receive()
            if message["id"] == f"{name}?":
                answered.append(message["type"])
            else:
                assert message["type"] == "next", message
                self._early.append(message)
        assert answered == ["next", "complete"]

    async def event(self) -> Json:
        """The payload of the next event."""
        message = await self.hear()
        assert message["type"] == "next", message
        payload: Json = message["payload"]
        return payload


def document_of(mutation: str, selection: str = "") -> str:
    type_name = mutation[0].upper() + mutation[1:]
    return f"mutation ($input: {type_name}Input!) {{ {mutation}(input: $input) {{ {selection} {USER_ERRORS} }} }}"
