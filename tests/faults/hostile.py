"""Responses that are made to do harm, as the bytes that an upstream sends, by a name each."""

import gzip
from collections.abc import Mapping
from contextlib import suppress

from tests.faults.exchange import Exchange
from tests.faults.fault import Fault


def head(*lines: str, status: str = "200 OK") -> bytes:
    """The head of a response, with these headers."""
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


def whole(body: bytes, *lines: str) -> bytes:
    """A response with its length."""
    return head(f"Content-Length: {len(body)}", *lines) + body


def bomb(size: int) -> bytes:
    """`size` bytes, compressed to a thousandth."""
    return whole(gzip.compress(bytes(size)), "Content-Encoding: gzip")


def many_values(size: int) -> bytes:
    """JSON of `size` bytes that takes thirty times as much memory."""
    return whole(b"[" + b"[]," * (size // 3 - 2) + b"[]]")


def tiny_chunks(count: int) -> bytes:
    return head("Transfer-Encoding: chunked") + b"1\r\n \r\n" * count


def beyond_limits(limit: int) -> Mapping[str, bytes]:
    """Return responses that exceed a limit (`limit` bytes for bodies) or can't be decoded, by name."""
    return {
        "a gzip bomb": bomb(8 * limit),
        "a large body": whole(bytes(limit + 1)),
        "a large body without a length": head() + bytes(limit + 1),
        "a large length": head("Content-Length: 99999999999") + bytes(limit // 2),
        "large headers": whole(b"{}", *(f"X-{number}: {'x' * 1000}" for number in range(80))),
        "many JSON values": many_values(limit),
        "a coding that was not asked for": whole(b"{}", "Content-Encoding: br"),
    }


def no_http(limit: int) -> Mapping[str, bytes]:
    """Return responses that break HTTP, so that the connection is lost, by name."""
    return {
        "tiny chunks": tiny_chunks(limit // 64),
        "a huge header": head(f"X-Huge: {'x' * limit}"),
        "many headers": head(*(f"X-{number}: x" for number in range(20_000))),
        "an endless status line": b"HTTP/1.1 200 " + b"x" * limit,
        "interim responses for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000,
    }


DEEP_JSON = {
    "deep JSON": whole(b"[" * 100_000),
    "deep JSON that ends": whole(b"[" * 10_000 + b"]" * 10_000),
}


def hostile(name: str, response: bytes) -> Fault:
    """The response instead of the upstream's, as far as the client reads it."""

    async def meet(exchange: Exchange) -> None:
        with suppress(ConnectionError):
            await exchange.say(response)
        exchange.hang_up()

    return Fault(name, False, meet)
