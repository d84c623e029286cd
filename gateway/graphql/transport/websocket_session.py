"""A WebSocket that speaks graphql-transport-ws, from its first message to its close code."""

import asyncio
from contextlib import AbstractContextManager, aclosing, nullcontext, suppress
from functools import partial
from typing import Generic, Never, TypeVar

import orjson
from graphql import OperationType

from gateway.aio.tasks import cancel
from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine, OperationFailed, Prepared
from gateway.graphql.execution.operation import JsonObject, Operation
from gateway.graphql.transport.errors import RequestError
from gateway.graphql.transport.heartbeat import Heartbeat
from gateway.graphql.transport.quotas import TOO_MANY_SUBSCRIPTIONS, Quota, QuotaExceeded
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
        self._refusals_in_a_row = 0
        self._timeout: asyncio.Timeout | None = None
        self._end: Exception | None = None

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
                await self._operate(session)
        except QuotaExceeded:
            return ConnectionClosed(4429, "Too many connections")
        except ConnectionClosed as closed:
            return closed
        except ClientGone:
            return ConnectionClosed()
        except Exception as error:
            self._engine.unexpected(error)
            return ConnectionClosed(4500, "Internal server error")
        finally:
            await cancel(*self._tasks)

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
        finally:
            self._head.forget_fields()

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

    async def _operate(self, session: Session[C]) -> Never:
        """Read messages until the connection ends. Raise its end: what `_stop` was called with, if it was."""
        heartbeat = Heartbeat(self._limits.heartbeat_seconds, partial(self._beat, session), self._stop)
        try:
            async with asyncio.timeout(session.seconds_left()) as self._timeout:
                heartbeat.start()
                while True:
                    await self._obey(await self._receiver.take(), session)
        except TimeoutError:
            raise self._end or ConnectionClosed(4403, TokenExpired.reason) from None
        finally:
            self._timeout = None
            await heartbeat.stop()

    def _stop(self, end: Exception) -> None:
        """Interrupt the task of the connection by its time-out. The first call counts."""
        if self._timeout is not None and not self._timeout.expired():
            self._end = end
            self._timeout.reschedule(0)
            self._timeout = None

    async def _obey(self, message: JsonObject, session: Session[C]) -> None:
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
        try:
            prepared = self._engine.prepare(operation)
        except OperationFailed as failed:
            await self._refuse(name, failed.errors)
        except Exception as error:
            await self._refuse(name, self._engine.unexpected(error).errors)
        else:
            self._begin(name, prepared, session)

    def _begin(self, name: str, prepared: Prepared, session: Session[C]) -> None:
        task = asyncio.create_task(self._run(name, prepared, session))
        self._operations[name] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complete(self, message: JsonObject) -> None:
        task = self._operations.pop(_id(message), None)
        if task is not None:
            task.cancel()

    async def _run(self, id: str, prepared: Prepared, session: Session[C]) -> None:
        try:
            errors = await self._send_results(id, prepared, session)
            del self._operations[id]  # before the message after which the client may use the id again
            if errors is None:
                await self._send({"id": id, "type": "complete"})
            else:
                await self._refuse(id, errors)
        except ClientGone as gone:
            self._stop(gone)

    async def _refuse(self, id: str, errors: list[JsonObject]) -> None:
        self._refusals_in_a_row += 1
        await self._send({"id": id, "type": "error", "payload": errors})
        # A client may retry endlessly, and each try is parsed and validated as an operation is.
        if self._refusals_in_a_row >= self._limits.websocket_refusals:
            self._stop(ConnectionClosed(4429, "Too many refused operations"))

    async def _send_results(self, id: str, prepared: Prepared, session: Session[C]) -> list[JsonObject] | None:
        """Send the results; return the errors that end the operation, None if it is complete."""
        start = b'{"id":' + orjson.dumps(id) + b',"type":"next","payload":'
        try:
            async with aclosing(await self._engine.stream(prepared, session.context())) as results:
                with self._slot(prepared, session):
                    async for result in results:
                        self._refusals_in_a_row = 0
                        await self._send_text(start + result + b"}")
        except OperationFailed as failed:
            return failed.errors
        except QuotaExceeded:
            return [TOO_MANY_SUBSCRIPTIONS]
        except ClientGone:
            raise
        except Exception as error:
            return self._engine.unexpected(error).errors
        return None

    def _slot(self, prepared: Prepared, session: Session[C]) -> AbstractContextManager[None]:
        is_subscription = prepared.type is OperationType.SUBSCRIPTION
        return self._subscriptions.slot(session.viewer) if is_subscription else nullcontext()

    async def _beat(self, session: Session[C]) -> None:
        if not self._receiver.heard:
            raise ConnectionClosed(4408, "No pong")
        if not await session.is_good():
            raise ConnectionClosed(4403, "Forbidden")
        self._receiver.heard = False
        await self._send(PING)

    async def _send(self, message: JsonObject) -> None:
        await self._send_text(orjson.dumps(message))

    async def _send_text(self, text: bytes) -> None:
        await self._sender.put({"type": "websocket.send", "text": text.decode()})


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
