"""One WebSocket that speaks graphql-transport-ws, from its first message to its close code."""

import asyncio
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

import orjson
from graphql import OperationType
from starlette.requests import HTTPConnection

from gateway.aio.tasks import cancel, race
from gateway.graphql.execution.engine import Engine, OperationFailed
from gateway.graphql.execution.operation import JsonObject, Operation
from gateway.graphql.limits import Limits
from gateway.graphql.transport.errors import RequestError
from gateway.graphql.transport.outlet import BoundedSender, ClientGone
from gateway.graphql.transport.quotas import Quota, QuotaExceeded, within_quota
from gateway.graphql.transport.request import operation_from_payload
from gateway.graphql.transport.session import Authenticate, ConnectionParams, Session
from gateway.graphql.transport.websocket_io import ConnectionClosed, WebSocketReceiver
from providers.domain.errors import DomainError, TokenExpired, Unauthenticated

C = TypeVar("C")

PING: JsonObject = {"type": "ping"}
PONG: JsonObject = {"type": "pong"}
TOO_MANY: JsonObject = {
    "message": "This connection runs as many operations as it may.",
    "extensions": {"code": "RATE_LIMITED"},
}


class WebSocketSession(Generic[C]):
    """Ends all its operations when it ends, whatever it was that ended it."""

    def __init__(
        self,
        executor: Engine[C],
        authenticate: Authenticate[C],
        *,
        limits: Limits,
        connections: Quota,
        subscriptions: Quota,
        request: HTTPConnection,
        inbox: WebSocketReceiver,
        outlet: BoundedSender,
    ) -> None:
        self._executor = executor
        self._authenticate = authenticate
        self._limits = limits
        self._connections = connections
        self._subscriptions = subscriptions
        self._request = request
        self._inbox = inbox
        self._outlet = outlet
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost = asyncio.Event()
        self._refused = 0
        self._refused_too_often = asyncio.Event()

    async def serve(self) -> None:
        closed = await self._converse()
        if closed.code is not None:
            with suppress(ClientGone):
                await self._outlet.put({"type": "websocket.close", "code": closed.code, "reason": closed.reason})

    async def _converse(self) -> ConnectionClosed:
        try:
            session = await self._introduction()
            with self._connections.seat(session.viewer):
                await self._say({"type": "connection_ack"})
                async with asyncio.timeout(session.seconds_left()):
                    await race(self._read(session), self._beat(session), self._lost.wait(), self._too_many_refusals())
        except QuotaExceeded:
            return ConnectionClosed(4429, "Too many connections")
        except ConnectionClosed as closed:
            return closed
        except TimeoutError:
            return ConnectionClosed(4403, TokenExpired.reason)
        except ClientGone:
            return ConnectionClosed()
        except Exception as error:
            self._executor.unexpected(error)
            return ConnectionClosed(4500, "Internal server error")
        finally:
            await cancel(*self._tasks)
        return ConnectionClosed()

    async def _introduction(self) -> Session[C]:
        try:
            async with asyncio.timeout(self._limits.connection_init):
                params = await self._connection_init()
        except TimeoutError:
            raise ConnectionClosed(4408, "WebSocketSession initialisation timeout") from None
        try:
            return await self._authenticate(self._request, params)
        except Unauthenticated as error:
            raise ConnectionClosed(4403, error.reason or "Forbidden") from None
        except DomainError:
            raise ConnectionClosed(1013, "Try again later") from None

    async def _connection_init(self) -> ConnectionParams | None:
        while True:
            message = await self._inbox.take()
            match message["type"]:
                case "connection_init":
                    return _params(message)
                case "ping":
                    await self._say(PONG)
                case "pong":
                    pass
                case "subscribe":
                    raise ConnectionClosed(4401, "Unauthorized")
                case _:
                    raise ConnectionClosed(4400, "Unknown type of message")

    async def _read(self, session: Session[C]) -> None:
        while True:
            message = await self._inbox.take()
            match message["type"]:
                case "subscribe":
                    await self._subscribe(message, session)
                case "complete":
                    self._complete(message)
                case "ping":
                    await self._say(PONG)
                case "pong":
                    pass
                case "connection_init":
                    raise ConnectionClosed(4429, "Too many initialisation requests")
                case _:
                    raise ConnectionClosed(4400, "Unknown type of message")

    async def _subscribe(self, message: JsonObject, session: Session[C]) -> None:
        name, operation = _id(message), _operation(message)
        if name in self._operations:
            raise ConnectionClosed(4409, f"Subscriber for {name[:20]} already exists")
        if len(self._tasks) >= self._limits.operations:
            await self._refuse(name, [TOO_MANY])
            return
        task = asyncio.create_task(self._run(name, operation, session))
        self._operations[name] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complete(self, message: JsonObject) -> None:
        task = self._operations.pop(_id(message), None)
        if task is not None:
            task.cancel()

    async def _run(self, id: str, operation: Operation, session: Session[C]) -> None:
        try:
            refusal = await self._tell(id, operation, session)
            del self._operations[id]  # before the client, who may use it again at once, is told
            if refusal is None:
                await self._say({"id": id, "type": "complete"})
            else:
                await self._refuse(id, refusal)
        except ClientGone:
            self._lost.set()

    async def _refuse(self, id: str, errors: list[JsonObject]) -> None:
        self._refused += 1
        await self._say({"id": id, "type": "error", "payload": errors})
        if self._refused >= self._limits.refusals:
            self._refused_too_often.set()

    async def _too_many_refusals(self) -> None:
        """Ends a client that tries again without end: each try costs as much as an operation."""
        await self._refused_too_often.wait()
        raise ConnectionClosed(4429, "Too many refused operations")

    async def _tell(self, id: str, operation: Operation, session: Session[C]) -> list[JsonObject] | None:
        """Sends the results; returns the errors that end the operation, or None when it is complete."""
        try:
            prepared = self._executor.prepare(operation)
            events = await self._executor.stream(prepared, session.context())
            if prepared.type is OperationType.SUBSCRIPTION:
                events = within_quota(events, self._subscriptions, session.viewer)
            async with aclosing(events) as results:
                async for result in results:
                    self._refused = 0
                    await self._say({"id": id, "type": "next", "payload": orjson.Fragment(result)})
        except OperationFailed as failed:
            return failed.errors
        except ClientGone:
            raise
        except Exception as error:
            return self._executor.unexpected(error).errors
        return None

    async def _beat(self, session: Session[C]) -> None:
        await asyncio.sleep(self._limits.heartbeat)
        while self._inbox.heard:
            if not await session.is_good():
                raise ConnectionClosed(4403, "Forbidden")
            self._inbox.heard = False
            await self._say(PING)
            await asyncio.sleep(self._limits.heartbeat)
        raise ConnectionClosed(4408, "No pong")

    async def _say(self, message: JsonObject) -> None:
        await self._outlet.put({"type": "websocket.send", "text": orjson.dumps(message).decode()})


def _params(message: JsonObject) -> ConnectionParams | None:
    payload = message.get("payload")
    if isinstance(payload, dict | None):
        return payload
    raise ConnectionClosed(4400, "The payload of connection_init has to be an object")


def _id(message: JsonObject) -> str:
    name = message.get("id")
    if isinstance(name, str) and name:
        return name
    raise ConnectionClosed(4400, "Operations need an id")


def _operation(message: JsonObject) -> Operation:
    try:
        return operation_from_payload(message.get("payload"))
    except RequestError as refusal:
        raise ConnectionClosed(4400, refusal.message) from None
