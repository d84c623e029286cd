"""A WebSocket that speaks graphql-transport-ws, from its first message to its close code."""

import asyncio
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

import orjson
from graphql import OperationType

from gateway.aio.tasks import cancel, race
from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine, OperationFailed
from gateway.graphql.execution.operation import JsonObject, Operation
from gateway.graphql.transport.errors import RequestError
from gateway.graphql.transport.quotas import Quota, QuotaExceeded, within_quota
from gateway.graphql.transport.request import RequestHead, operation_from_payload
from gateway.graphql.transport.session import Authenticate, ConnectionParams, Session
from gateway.graphql.transport.websocket_io import BoundedSender, ClientGone, ConnectionClosed, WebSocketReceiver
from providers.domain.errors import DomainError, TokenExpired, Unauthenticated

C = TypeVar("C")

PING: JsonObject = {"type": "ping"}
PONG: JsonObject = {"type": "pong"}
TOO_MANY: JsonObject = {
    "message": "The maximum number of operations is running on this connection.",
    "extensions": {"code": "RATE_LIMITED"},
}


class WebSocketSession(Generic[C]):
    """The operations of one WebSocket. They all end when it ends, for whatever reason."""

    def __init__(
        self,
        engine: Engine[C],
        authenticate: Authenticate[C],
        *,
        limits: GraphqlLimits,
        connections: Quota,
        subscriptions: Quota,
        head: RequestHead,
        receiver: WebSocketReceiver,
        sender: BoundedSender,
    ) -> None:
        self._engine = engine
        self._authenticate = authenticate
        self._limits = limits
        self._connections = connections
        self._subscriptions = subscriptions
        self._head = head
        self._receiver = receiver
        self._sender = sender
        # When a client completes an operation its id is free at once, but its task counts until it has ended.
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client_gone = asyncio.Event()
        self._refusals_in_a_row = 0
        self._too_many_refusals = asyncio.Event()

    async def serve(self) -> int | None:
        """Run until the connection ends; send the close code if the client is still there.

        Return the code; None if the client has disconnected.
        """
        closed = await self._run_to_close()
        if closed.code is not None:
            with suppress(ClientGone):
                await self._sender.put({"type": "websocket.close", "code": closed.code, "reason": closed.reason})
        return closed.code

    async def _run_to_close(self) -> ConnectionClosed:
        try:
            session = await self._authenticated()
            with self._connections.slot(session.viewer):
                await self._send({"type": "connection_ack"})
                async with asyncio.timeout(session.seconds_left()):
                    await race(
                        self._read(session),
                        self._send_heartbeats(session),
                        self._client_gone.wait(),
                        self._close_after_refusals(),
                    )
        except QuotaExceeded:
            return ConnectionClosed(4429, "Too many connections")
        except ConnectionClosed as closed:
            return closed
        except TimeoutError:
            return ConnectionClosed(4403, TokenExpired.reason)
        except ClientGone:
            return ConnectionClosed()
        except Exception as error:
            self._engine.unexpected(error)
            return ConnectionClosed(4500, "Internal server error")
        finally:
            await cancel(*self._tasks)
        return ConnectionClosed()

    async def _authenticated(self) -> Session[C]:
        try:
            async with asyncio.timeout(self._limits.connection_init_seconds):
                params = await self._connection_init()
        except TimeoutError:
            raise ConnectionClosed(4408, "Connection initialisation timeout") from None
        try:
            return await self._authenticate(self._head, params)
        except Unauthenticated as error:
            raise ConnectionClosed(4403, error.reason or "Forbidden") from None
        except DomainError:
            raise ConnectionClosed(1013, "Try again later") from None

    async def _connection_init(self) -> ConnectionParams | None:
        while True:
            message = await self._receiver.take()
            match message["type"]:
                case "connection_init":
                    return _params(message)
                case "ping":
                    await self._send(PONG)
                case "pong":
                    pass
                case "subscribe":
                    raise ConnectionClosed(4401, "Unauthorized")
                case _:
                    raise ConnectionClosed(4400, "Unknown type of message")

    async def _read(self, session: Session[C]) -> None:
        while True:
            message = await self._receiver.take()
            match message["type"]:
                case "subscribe":
                    await self._subscribe(message, session)
                case "complete":
                    self._complete(message)
                case "ping":
                    await self._send(PONG)
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
        if len(self._tasks) >= self._limits.websocket_operations:
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
            errors = await self._send_results(id, operation, session)
            del self._operations[id]  # before the message after which the client may use the id again
            if errors is None:
                await self._send({"id": id, "type": "complete"})
            else:
                await self._refuse(id, errors)
        except ClientGone:
            self._client_gone.set()

    async def _refuse(self, id: str, errors: list[JsonObject]) -> None:
        self._refusals_in_a_row += 1
        await self._send({"id": id, "type": "error", "payload": errors})
        if self._refusals_in_a_row >= self._limits.websocket_refusals:
            self._too_many_refusals.set()

    async def _close_after_refusals(self) -> None:
        """Disconnect a client that retries endlessly: each try is parsed and validated as an operation is."""
        await self._too_many_refusals.wait()
        raise ConnectionClosed(4429, "Too many refused operations")

    async def _send_results(self, id: str, operation: Operation, session: Session[C]) -> list[JsonObject] | None:
        """Send the results; return the errors that end the operation, None if it is complete."""
        try:
            prepared = self._engine.prepare(operation)
            events = await self._engine.stream(prepared, session.context())
            if prepared.type is OperationType.SUBSCRIPTION:
                events = within_quota(events, self._subscriptions, session.viewer)
            async with aclosing(events) as results:
                async for result in results:
                    self._refusals_in_a_row = 0
                    await self._send({"id": id, "type": "next", "payload": orjson.Fragment(result)})
        except OperationFailed as failed:
            return failed.errors
        except ClientGone:
            raise
        except Exception as error:
            return self._engine.unexpected(error).errors
        return None

    async def _send_heartbeats(self, session: Session[C]) -> None:
        await asyncio.sleep(self._limits.heartbeat_seconds)
        while self._receiver.heard:
            if not await session.is_good():
                raise ConnectionClosed(4403, "Forbidden")
            self._receiver.heard = False
            await self._send(PING)
            await asyncio.sleep(self._limits.heartbeat_seconds)
        raise ConnectionClosed(4408, "No pong")

    async def _send(self, message: JsonObject) -> None:
        await self._sender.put({"type": "websocket.send", "text": orjson.dumps(message).decode()})


def _params(message: JsonObject) -> ConnectionParams | None:
    payload = message.get("payload")
    if isinstance(payload, dict | None):
        return payload
    raise ConnectionClosed(4400, "The payload of connection_init must be an object")


def _id(message: JsonObject) -> str:
    name = message.get("id")
    if isinstance(name, str) and name:
        return name
    raise ConnectionClosed(4400, "Operations must have an id")


def _operation(message: JsonObject) -> Operation:
    try:
        return operation_from_payload(message.get("payload"))
    except RequestError as refusal:
        raise ConnectionClosed(4400, refusal.message) from None
