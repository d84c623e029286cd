"""The floor: an ASGI handler written by hand for the queries of the benchmarks, with the SQL that they need.

It stands for what an engineer would write who needs these answers and nothing else: no GraphQL, no freshness, no cost,
no limits. Its ids are the product's. It runs on the product's server, reads the product's SQLite file and sends the
same `data`. Its SQL runs in aiosqlite's thread; in the event loop's own it would cost no less.
`python -m tests.bench.floor SETTINGS` prints its URL.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiosqlite
import orjson
import uvicorn
import uvloop
from pyreqwest.client import Client, ClientBuilder
from starlette.types import Receive, Scope, Send

from providers.domain.identity import global_id, object_key
from tests.bench import queries

Json = dict[str, Any]
Rows = Iterable[Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTH = timedelta(days=31)

_CONVERSATIONS = """
    SELECT account_key, external_id, contact_external_id, from_number FROM conversations
    WHERE account_key IN (SELECT key FROM accounts WHERE user_id = ?)
    ORDER BY ordinal DESC LIMIT 20
"""
_CONTACTS = """
    SELECT account_key, external_id, first_name, last_name, number, e164 FROM contacts
    WHERE (account_key, external_id) IN (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
    ) AND account_key IN (SELECT key FROM accounts WHERE user_id = ?)
"""
_MESSAGES = """
    SELECT messages.account_key, conversation_external_id, external_id, text, direction, status, created_at
    FROM json_each(?) AS parent CROSS JOIN messages ON messages.rowid IN (
        SELECT rowid FROM messages
        WHERE account_key = json_extract(parent.value, '$[0]')
        AND conversation_external_id = json_extract(parent.value, '$[1]')
        ORDER BY sorted_at DESC, external_id DESC LIMIT 5
    )
    ORDER BY parent.key, sorted_at DESC, external_id DESC
"""
_MEETINGS = """
    SELECT scope, external_id, title, start_time, duration, join_url, participants FROM meetings
    WHERE user_id = ? AND start_time < ? AND start_time + duration > ? AND NOT cancelled
    ORDER BY start_time, scope, external_id LIMIT 100
"""


class Upstream:
    """The calls of a cold query: the first wave, then the others side by side."""

    def __init__(self, client: Client, waves: list[list[str]], token: str) -> None:
        self._client = client
        self._waves = waves
        self._token = token
        self._bodies: dict[str, bytes] = {}
        self._running: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Make the calls, once at a time for all requests."""
        if self._running is None:
            self._running = asyncio.create_task(self._refresh())
        await asyncio.shield(self._running)

    async def _refresh(self) -> None:
        try:
            for wave in self._waves:
                await asyncio.gather(*map(self._fetch, wave))
        finally:
            self._running = None

    async def _fetch(self, url: str) -> None:
        response = await self._client.get(url).header("authorization", self._token).build().send()
        body = bytes(await response.bytes())
        if self._bodies.setdefault(url, body) != body:
            raise RuntimeError(f"{url} has changed")  # the floor can't parse it


class Floor:
    """The ASGI application. Every request is a POST of one of `tests.bench.queries`."""

    def __init__(self, store: aiosqlite.Connection, user_id: str, upstream: Upstream) -> None:
        self._store = store
        self._user_id = user_id
        self._upstream = upstream
        self._handlers: dict[str, Callable[[Mapping[str, str]], Awaitable[Json]]] = {
            queries.TYPE_NAME: self._type_name,
            queries.Q1: self._conversations,
            queries.Q2: self._contact,
            queries.Q3: self._meetings,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        request = orjson.loads(body)
        if (b"cache-control", b"no-cache") in scope["headers"]:
            await self._upstream.refresh()
        answer = orjson.dumps({"data": await self._handlers[request["query"]](request["variables"])})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _type_name(self, _: Mapping[str, str]) -> Json:
        return {"__typename": "Query"}

    async def _conversations(self, _: Mapping[str, str]) -> Json:
        conversations = [*await self._rows(_CONVERSATIONS, self._user_id)]
        keys = orjson.dumps([row[:2] for row in conversations]).decode()
        contact_keys = orjson.dumps([(row[0], row[2]) for row in conversations]).decode()
        contacts = {row[:2]: row for row in await self._rows(_CONTACTS, contact_keys, self._user_id)}
        messages: dict[tuple[str, str], list[Json]] = {row[:2]: [] for row in conversations}
        for row in await self._rows(_MESSAGES, keys):
            messages[row[:2]].append(_message(row))
        nodes = [
            {
                "id": global_id("Conversation", row[0], row[1]),
                "fromNumber": row[3],
                "contact": _contact(contacts[row[0], row[2]]),
                "messages": {"nodes": messages[row[:2]]},
            }
            for row in conversations
        ]
        return {"conversations": {"nodes": nodes}}

    async def _contact(self, variables: Mapping[str, str]) -> Json:
        key = object_key("Contact", variables["id"])
        rows = [*await self._rows(_CONTACTS, orjson.dumps([key]).decode(), self._user_id)]
        return {"contact": {**_contact(rows[0]), "e164": rows[0][5]}}

    async def _meetings(self, _: Mapping[str, str]) -> Json:
        now = datetime.now(UTC)
        rows = await self._rows(_MEETINGS, self._user_id, _microseconds(now + _MONTH), _microseconds(now))
        return {"meetings": {"nodes": [_meeting(row, now) for row in rows]}}

    def _rows(self, sql: str, *parameters: str | int) -> Awaitable[Rows]:
        return self._store.execute_fetchall(sql, parameters)


def _contact(row: Any) -> Json:
    return {"id": global_id("Contact", row[0], row[1]), "firstName": row[2], "lastName": row[3], "number": row[4]}


def _message(row: Any) -> Json:
    account_key, _, external_id, text, direction, status, created_at = row
    return {
        "id": global_id("Message", account_key, external_id),
        "text": text,
        "direction": direction,
        "status": status,
        "createdAt": _time(created_at),
    }


def _meeting(row: Any, now: datetime) -> Json:
    scope, external_id, title, start_time, duration, join_url, participants = row
    return {
        "id": global_id("Meeting", scope, external_id),
        "title": title,
        "startTime": _time(start_time),
        "endTime": _time(start_time + duration),
        "status": "SCHEDULED" if start_time > _microseconds(now) else "IN_PROGRESS",
        "joinUrl": join_url,
        "participants": [
            {"email": each["email"], "firstName": each["first_name"], "response": each["response"]}
            for each in orjson.loads(participants)
        ],
    }


def _time(microseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat()


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}", flush=True)


async def serve(settings: Json) -> None:
    client = ClientBuilder().gzip(False).brotli(False).deflate(False).zstd(False).build()
    async with client, aiosqlite.connect(settings["store"]) as store:
        upstream = Upstream(client, settings["waves"], settings["token"])
        app = Floor(store, settings["user_id"], upstream)
        config = uvicorn.Config(
            app, port=0, http="httptools", lifespan="off", log_config=None, access_log=False, server_header=False
        )
        await _Server(config).serve()


if __name__ == "__main__":
    uvloop.run(serve(orjson.loads(sys.argv[1])))
