"""Faults of a call on its way to an upstream and back.

With a fault of `BEFORE`, the request does not reach the upstream. With one of `AFTER`, the upstream processes the
request, and its response is damaged or lost. A client does not notice the faults of `HARMLESS`. Refused connections are
not faults of a call: see `FaultProxy.refusing`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.faults.exchange import Exchange, answer_of

HTML = b"<html><body><h1>It works!</h1></body></html>"
STATUSES = (400, 401, 402, 403, 404, 405, 408, 409, 412, 413, 422, 423, 429, 500, 501, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault. `works`: the upstream processes the request. `meet` writes the response to the client, if any."""

    name: str
    works: bool
    meet: Callable[[Exchange], Awaitable[None]]


def status(
    code: int, body: bytes = b"", *, works: bool = False, retry_after: str | None = None, name: str | None = None
) -> Fault:
    """An answer of this status instead of the upstream's."""
    headers = () if retry_after is None else (("retry-after", retry_after),)
    return answering(name or f"status {code}", answer_of(code, body, "application/json", headers), works=works)


def retry_after_seconds(code: int, seconds: int) -> Fault:
    return status(code, retry_after=str(seconds), name=f"status {code}, Retry-After in seconds")


def retry_after_date(code: int, seconds: int) -> Fault:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    return status(code, retry_after=moment, name=f"status {code}, Retry-After as a date")


def failure_in_the_body(body: bytes, *, works: bool = False) -> Fault:
    """HTTP says that all is well, the body that it isn't: each upstream has words of its own for that."""
    return answering("failure in the body", answer_of(200, body, "application/json"), works=works)


def answering(name: str, answer: bytes, *, works: bool) -> Fault:
    """These bytes are sent instead of the upstream's answer."""

    async def meet(exchange: Exchange) -> None:
        if works:
            await exchange.work()
        await exchange.say(answer)
        if not answer.startswith(b"HTTP/"):
            exchange.hang_up()

    return Fault(name, works, meet)


def slow(seconds: float, *, name: str = "slow bytes") -> Fault:
    """The upstream's answer, byte by byte, with `seconds` in between."""

    async def meet(exchange: Exchange) -> None:
        for byte in await exchange.work():
            await exchange.say(bytes([byte]))
            await asyncio.sleep(seconds)

    return Fault(name, True, meet)


def delayed(seconds: float) -> Fault:
    """The upstream's answer, late."""

    async def meet(exchange: Exchange) -> None:
        answer = await exchange.work()
        await asyncio.sleep(seconds)
        await exchange.say(answer)

    return Fault("late", True, meet)


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _hang(exchange: Exchange) -> None:
    await exchange.until_client_leaves()


async def _work_and_reset(exchange: Exchange) -> None:
    await exchange.work()
    exchange.reset()


async def _work_and_hang(exchange: Exchange) -> None:
    await exchange.work()
    await exchange.until_client_leaves()


async def _truncate(exchange: Exchange) -> None:
    head, _, body = (await exchange.work()).partition(b"\r\n\r\n")
    await exchange.say(head + b"\r\n\r\n" + body[: len(body) // 2])
    exchange.hang_up()


async def _say_twice(exchange: Exchange) -> None:
    await exchange.say(2 * await exchange.work())


async def _mislabel(exchange: Exchange) -> None:
    body = (await exchange.work()).partition(b"\r\n\r\n")[2]
    await exchange.say(answer_of(200, body, "text/plain"))


RESET_BEFORE = Fault("reset before the work", False, _reset)
RESET_AFTER = Fault("reset after the work", True, _work_and_reset)
HANG_BEFORE = Fault("hangs before the work", False, _hang)
HANG_AFTER = Fault("hangs after the work", True, _work_and_hang)
SLOW = slow(0.05)
TRUNCATED = Fault("truncated body", True, _truncate)
DUPLICATE = Fault("duplicate answer", True, _say_twice)
WRONG_TYPE = Fault("wrong content type", True, _mislabel)
GARBAGE = answering("garbage", b"\x00\xff\xfe no HTTP at all \r\n\r\n", works=True)
GARBAGE_BODY = answering("garbage body", answer_of(200, b"\x00\xff{]", "application/json"), works=True)
HTML_PAGE = answering("HTML", answer_of(200, HTML, "text/html"), works=True)
EMPTY = answering("empty body", answer_of(200, b"", "application/json"), works=True)

BEFORE = (RESET_BEFORE, HANG_BEFORE, *(status(code) for code in STATUSES))
AFTER = (RESET_AFTER, HANG_AFTER, SLOW, TRUNCATED, GARBAGE, GARBAGE_BODY, HTML_PAGE, EMPTY)
HARMLESS = (WRONG_TYPE, DUPLICATE)
