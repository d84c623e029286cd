"""Response bodies within a limit, so that an upstream does not decide how much memory they take."""

import asyncio
import zlib
from collections.abc import Mapping

ACCEPTED_CODING = "gzip"
"""The only accepted content coding: its output can be bounded during decompression."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_STEP_BYTES = 256 * 1024
_CHUNKS_PER_TURN = 64


class UnacceptableBody(Exception):
    """The body exceeds a limit, or is not what its headers say. The message names the limit and has no content."""


class IncompleteBody(Exception):
    """The compressed body is truncated."""


class BodyBuffer:
    """Collect a body chunk by chunk, and decompress it on the way.

    At most `limit` bytes are accepted, compressed and decompressed. Other callers get a turn on the event loop between
    the steps of a decompression, and between many small chunks.
    """

    def __init__(self, headers: Mapping[str, str], limit: int) -> None:
        """`headers` have lower-case names. Raise UnacceptableBody if they announce an unacceptable body."""
        self._limit = limit
        self._body = bytearray()
        self._received = 0
        self._chunks = 0
        self._gzip = _decompressor(headers.get("content-encoding", ""))
        length = headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and (len(length) > 18 or int(length) > limit):
            raise self._too_large()

    async def add(self, chunk: bytes) -> None:
        """Append a chunk. Raise UnacceptableBody if the body exceeds the limit or can't be decompressed."""
        self._received += len(chunk)
        if self._received > self._limit:
            raise self._too_large()
        self._chunks += 1
        if self._chunks % _CHUNKS_PER_TURN == 0:
            # What is buffered already is read without a pause: a flood of tiny chunks would block the event loop.
            await asyncio.sleep(0)
        if self._gzip is None:
            self._body += chunk
        else:
            await self._decompress(self._gzip, chunk)

    def whole(self) -> bytes:
        """Return the body after its last chunk. Raise IncompleteBody or UnacceptableBody."""
        if self._gzip is not None and self._received:
            if not self._gzip.eof:
                raise IncompleteBody
            if self._gzip.unused_data:
                raise UnacceptableBody("data follows the end of the gzip body")
        return bytes(self._body)

    async def _decompress(self, gzip: "zlib._Decompress", chunk: bytes) -> None:
        while True:
            step = min(_STEP_BYTES, self._limit - len(self._body) + 1)
            try:
                output = gzip.decompress(chunk, step)
            except zlib.error:
                raise UnacceptableBody("the body is not gzip, as its header says") from None
            self._body += output
            if len(self._body) > self._limit:
                raise self._too_large()
            chunk = gzip.unconsumed_tail
            if gzip.eof or (len(output) < step and not chunk):
                return
            await asyncio.sleep(0)

    def _too_large(self) -> UnacceptableBody:
        return UnacceptableBody(f"the body is larger than max_body_bytes ({self._limit})")


def _decompressor(content_encoding: str) -> "zlib._Decompress | None":
    match content_encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return zlib.decompressobj(_GZIP_WINDOW)
        case _:
            raise UnacceptableBody("the body has a content coding that was not requested")
