"""Limits of response bodies."""

import gzip
import tracemalloc

import pytest

from providers.http.body import BodyBuffer, IncompleteBody, UnacceptableBody

LIMIT = 100_000
PACKED = {"content-encoding": "gzip"}


async def read(headers: dict[str, str], *chunks: bytes, limit: int = LIMIT) -> bytes:
    body = BodyBuffer(headers, limit)
    for chunk in chunks:
        await body.add(chunk)
    return body.whole()


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "identity"}, {"content-length": "6"}])
async def test_the_chunks_of_a_body_are_put_together(headers: dict[str, str]) -> None:
    assert await read(headers, b"abc", b"", b"def") == b"abcdef"


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
async def test_a_gzip_body_is_decompressed_wherever_it_is_cut(size: int) -> None:
    text = bytes(range(256)) * 300
    packed = gzip.compress(text)
    assert await read(PACKED, *(packed[at : at + size] for at in range(0, len(packed), size))) == text


async def test_a_body_as_large_as_the_limit_is_accepted() -> None:
    assert len(await read({}, bytes(LIMIT))) == LIMIT
    assert len(await read(PACKED, gzip.compress(bytes(LIMIT)))) == LIMIT


@pytest.mark.parametrize("headers", [{}, PACKED])
async def test_a_body_that_is_larger_than_the_limit_is_refused(headers: dict[str, str]) -> None:
    body = bytes(LIMIT + 1)
    with pytest.raises(UnacceptableBody, match="max_body_bytes"):
        await read(headers, gzip.compress(body) if headers else body)


async def test_a_compressed_body_that_is_larger_than_the_limit_is_refused() -> None:
    header, empty_block = gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff"
    with pytest.raises(UnacceptableBody, match="max_body_bytes"):
        await read(PACKED, header, *[empty_block] * (LIMIT // 5))


@pytest.mark.parametrize("length", [str(LIMIT + 1), "9" * 30, "9" * 5000])
def test_an_announced_length_beyond_the_limit_is_refused_before_anything_is_read(length: str) -> None:
    with pytest.raises(UnacceptableBody, match="max_body_bytes"):
        BodyBuffer({"content-length": length}, LIMIT)


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "nonsense"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(UnacceptableBody, match="content coding"):
        BodyBuffer({"content-encoding": coding}, LIMIT)


@pytest.mark.parametrize(
    "body", [b"nope", b'{"not": "gzip"}', gzip.compress(b"{}")[:10] + b"\xff" * 50], ids=["short", "JSON", "garbled"]
)
async def test_a_body_that_is_not_gzip_as_it_says_is_refused(body: bytes) -> None:
    with pytest.raises(UnacceptableBody):
        await read(PACKED, body)


@pytest.mark.parametrize("behind", [b"x", gzip.compress(b"{}")], ids=["a byte", "a second member"])
async def test_data_after_the_end_of_a_gzip_body_is_refused(behind: bytes) -> None:
    with pytest.raises(UnacceptableBody, match="follows the end"):
        await read(PACKED, gzip.compress(b"{}") + behind)


async def test_a_gzip_body_that_is_cut_off_is_incomplete() -> None:
    with pytest.raises(IncompleteBody):
        await read(PACKED, gzip.compress(b"{}" * 1000)[:-4])


async def test_a_response_without_content_has_an_empty_body() -> None:
    assert await read(PACKED) == b""


async def test_a_bomb_never_takes_more_memory_than_the_limit_and_a_step() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    with pytest.raises(UnacceptableBody):
        await read(PACKED, bomb, limit=1024 * 1024)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * 1024 * 1024
