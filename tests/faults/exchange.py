"""One request that came through the proxy, and what can be done with it."""

import asyncio
import re
import socket
import struct
from dataclasses import dataclass, field
from http import HTTPStatus

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection: *[\w-]+", re.IGNORECASE)
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent; `line` is its method and target: "POST /connect/set_up_meeting"."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.partition(b" HTTP/")[0].decode()


@dataclass(slots=True)
class Exchange:
    """A request and its response. `is_over`: the connection serves no further request. `answer`: the upstream's."""

    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    upstream: tuple[str, int]
    is_over: bool = False
    answer: bytes = field(default=b"", repr=False)

    async def work(self) -> bytes:
        """Forward the request to the upstream, and return the whole response, which is not sent to the client yet."""
        reader, writer = await asyncio.open_connection(*self.upstream)
        closing = _CONNECTION.sub(b"", self.request.head[:-4]) + b"\r\nconnection: close\r\n\r\n"
        writer.write(closing + self.request.body)
        self.answer = _CONNECTION.sub(b"", await reader.read(), count=1)
        writer.close()
        return self.answer

    async def say(self, answer: bytes) -> None:
        """ConnectionError where the client has left."""
        if self.writer.is_closing():
            raise ConnectionResetError
        self.writer.write(answer)
        await self.writer.drain()

    def hang_up(self) -> None:
        """Close the connection in order."""
        self.is_over = True
        self.writer.close()

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        self.is_over = True
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    async def until_client_leaves(self) -> None:
        self.is_over = True
        await self.reader.read()


async def next_request(reader: asyncio.StreamReader) -> Request | None:
    """Return the next request, or None if the client closes the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return Request(head, await reader.readexactly(length_of(head)))
    except asyncio.IncompleteReadError:
        return None


def length_of(head: bytes) -> int:
    length = _CONTENT_LENGTH.search(head)
    return int(length[1]) if length else 0


def answer_of(status: int, body: bytes, content_type: str, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A whole HTTP answer."""
    said = (("content-type", content_type), ("content-length", str(len(body))), *headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in said)
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode() + body
