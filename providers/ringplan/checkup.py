"""What is wrong with a RingPlan, in words for its operator."""

import asyncio
from collections.abc import Awaitable, Callable
from socket import gaierror
from urllib.parse import urlsplit

from providers.api import Answer, Unavailable


async def host_fault(setting: str, url: str, probe: Callable[[], Awaitable[Answer]]) -> str | None:
    """What is wrong with the host of a setting, by how it answers a call that carries no token; None if nothing is."""
    try:
        answer = await probe()
    except Unavailable as error:
        if await _is_unknown(url):
            return f"{setting}: there is no host {urlsplit(url).hostname}: is the address right?"
        return f"{setting}: {url} is down, or nothing listens there. {error.message}"
    if answer.status >= 500:
        return f"{setting}: {url} is down: it answers {answer.status}."
    if answer.status in {404, 405} or not _speaks(answer):
        return f"{setting}: {url} is the wrong host: it answers ({answer.status}), but not as RingPlan does."
    return None


async def _is_unknown(url: str) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(urlsplit(url).hostname, None)
    except (gaierror, UnicodeError):
        return True
    return False


def _speaks(answer: Answer) -> bool:
    """Refuses for want of a token, sends on to a login page, or answers with data."""
    if answer.status == 200:
        return "json" in answer.headers.get("content-type", "") or b"login" in answer.body.lower()
    return 300 <= answer.status < 500
