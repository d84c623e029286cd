"""Acceptor: accepts connections from a listening socket, and answers those that exceed a limit with an error."""

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress

import structlog

from gateway.aio.admission import Admission, Place, Refused

ACCEPTS_PER_ROUND = 64
RETRY_SECONDS = 0.1
_SCARCE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_log = structlog.stdlib.get_logger(__name__)


class Acceptor:
    """Accepts connections while `admission` has a place for them.

    If the system has no file descriptors left, connections wait in the listener's queue; that is counted and logged.
    Uvloop's own server would close them without an answer.
    """

    def __init__(
        self, listener: socket.socket, admission: Admission, protocol: Callable[[Place], asyncio.Protocol]
    ) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._admission = admission
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Stop accepting and close the listening socket, so that the system refuses connections."""
        self._loop.remove_reader(self._listener)
        if self._retry is not None:
            self._retry.cancel()
        self._listener.close()

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_ROUND):
            try:
                connection, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            self._admit(connection, address[0])

    def _admit(self, connection: socket.socket, host: str) -> None:
        connection.setblocking(False)
        try:
            place = self._admission.enter(host, connection.fileno())
        except Refused as refused:
            _refuse(connection, refused)
        else:
            task = self._loop.create_task(self._open(connection, place))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self, connection: socket.socket, place: Place) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: self._protocol(place), connection)
        except OSError:  # the client has disconnected
            connection.close()
            place.leave()

    def _pause(self, error: OSError) -> None:
        """Leave connections in the queue for a moment, since the system can't open one."""
        if error.errno in _SCARCE:
            self._admission.count("descriptors", "")
        else:
            _log.error("connection_accept_failed", exc_info=error)
        self._loop.remove_reader(self._listener)
        self._retry = self._loop.call_later(RETRY_SECONDS, self.open)


def _refuse(connection: socket.socket, refused: Refused) -> None:
    with connection, suppress(OSError):
        connection.send(_response(refused))


def _response(refused: Refused) -> bytes:
    headers = {**refused.headers, "content-length": str(len(refused.body)), "connection": "close"}
    lines = [f"HTTP/1.1 {refused.status.value} {refused.status.phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + refused.body
