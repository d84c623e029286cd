"""Uvicorn's protocols, with time limits for headers, bodies and handshakes.

A connection has one timer, which checks what is due when a limit could be over; a request costs no timer. All times run
from a fixed moment and not from the last byte, so that a client that sends a byte now and then is disconnected, too.
"""

import asyncio
import logging
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode

from gateway.aio.admission import Place, Reason

_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


# Uvicorn logs each malformed request and frame, so that a client could fill the disk. `Admission` counts them, and logs
# the first of a burst. Errors of the application are still logged.
_HTTP_LOG = logging.getLogger("uvicorn.error.http")
_HTTP_LOG.setLevel(logging.ERROR)


class GuardedHttp(HttpToolsProtocol):
    """HTTP with time limits: a header or body that is late gets 408, and the connection is closed.

    A connection that has sent nothing is closed without an answer: browsers open some ahead of use. The time does not
    count while the server itself doesn't read, or is busy with an earlier request of the connection.
    """

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], place: Place
    ) -> None:
        super().__init__(config, server_state, app_state)
        self.logger = _HTTP_LOG
        self._place = place
        self._limits = place.limits
        self._interval = min(self._limits.header_seconds, self._limits.body_seconds)
        self._owed: Reason | None = "header_seconds"
        self._since = self.loop.time()
        self._header_bytes = 0
        self._timer = self.loop.call_later(self._interval, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._place.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._owed is None:
            self._expect("header_seconds")
        self._header_bytes += len(data)
        super().data_received(data)
        if self._header_bytes > self._limits.header_bytes and self._owed == "header_seconds":
            self._cut_off("header_bytes", _TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._owed is None:  # more than one request arrived at once
            self._expect("header_seconds")

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._expect("body_seconds")

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._owed = None

    def send_400_response(self, msg: str) -> None:
        self._place.cut_off("malformed")
        super().send_400_response(msg)

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        self._timer.cancel()
        del self.parser  # it refers to this object: both would wait for the garbage collector
        upgraded = self.transport.get_protocol()
        if isinstance(upgraded, GuardedWebSocket):
            upgraded.guard(self._place)

    def _expect(self, owed: Reason) -> None:
        self._owed = owed
        self._since = self.loop.time()
        self._header_bytes = 0

    def _check(self) -> None:
        now = self.loop.time()
        if self._owed is None or self._is_waiting_for_server():
            self._since = now
        due = self._since + (self._limits.body_seconds if self._owed == "body_seconds" else self._limits.header_seconds)
        if self._owed is not None and due <= now:
            self._cut_off(self._owed, _TIMEOUT)
        else:
            self._timer = self.loop.call_at(min(due, now + self._interval), self._check)

    def _is_waiting_for_server(self) -> bool:
        if self.cycle is None or self.cycle.response_complete:
            return False
        return self._owed == "header_seconds" or self.flow.read_paused or self.cycle.waiting_for_100_continue

    def _cut_off(self, reason: Reason, answer: bytes) -> None:
        if self.transport.is_closing():
            return
        self._place.cut_off(reason)
        if self._may_answer():
            self.transport.write(answer)
        self.transport.close()

    def _may_answer(self) -> bool:
        """Return whether the client has begun a request that has no response yet."""
        if self._owed == "header_seconds":
            return self._header_bytes > 0
        return self.cycle is None or not self.cycle.response_started


class _Inbox:
    """The part of asyncio.Queue that uvicorn uses. An idle WebSocket has one for hours; a queue takes 3 KB more."""

    __slots__ = ("_arrival", "_messages")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._arrival: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> Any:
        while not self._messages:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self._messages.pop(0)


class _Gate:
    """The part of asyncio.Event that uvicorn uses, in a tenth of the memory."""

    __slots__ = ("_is_open", "_waiters")

    def __init__(self) -> None:
        self._is_open = True
        self._waiters: list[asyncio.Future[None]] = []

    def set(self) -> None:
        self._is_open = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters = []

    def clear(self) -> None:
        self._is_open = False

    async def wait(self) -> None:
        if not self._is_open:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket with a time limit for its handshake. A handshake that can't be parsed gets 400."""

    _place: Place | None = None
    _timer: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue = cast("asyncio.Queue[Any]", _Inbox())
        self.writable = cast("asyncio.Event", _Gate())

    def guard(self, place: Place) -> None:
        """Start the time limit, after the request of the handshake was passed on."""
        self._place = place
        if not self.handshake_initiated:  # it has a body, or a header that is too large for websockets
            place.cut_off("malformed")
            self.transport.write(_BAD)
            self.transport.close()
        self._timer = self.loop.call_later(place.limits.handshake_seconds, self._check, place)

    def start_keepalive(self) -> None:
        # Called when the handshake is complete: its headers are not needed any more, and take some KB.
        self.request.headers.clear()
        self.response.headers.clear()
        if self._timer is not None:
            self._timer.cancel()
        super().start_keepalive()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._place is not None:
            self._place.leave()
        super().connection_lost(exc)

    def send_receive_event_to_app(self) -> None:
        # Uvicorn closes the connection as well, and logs a traceback.
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
            self.conn.send_close(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        if self._place is not None:
            self._place.cut_off("malformed")
        super().handle_parser_exception()

    def _check(self, place: Place) -> None:
        if not self.handshake_complete:
            place.cut_off("handshake_seconds")
            self.transport.close()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
