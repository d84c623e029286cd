"""A sandbox whose clock is off and whose lists lag.

    async with odd_sandbox(OddUpstream(Ahead(), lag=timedelta(seconds=600))) as sandbox:
        ...                       # sandbox.url is what a gateway sees, sandbox.true_url what there is

Both are the same upstream. At `url` RingPlan's messages and events are listed late, and answers have the upstream's own
Date, or none.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from providers.medixcel.sandbox import sandbox_app
from providers.medixcel.sandbox.upstream import SandboxUpstream
from providers.ringplan.sandbox import RingPlanSandbox
from providers.testing.server import serve
from tests.testkit.clock import Ahead

_LISTS = re.compile(r"/ringplan/(texting/conversations/\w+/messages|meet/calendar/events)")


@dataclass(frozen=True, slots=True)
class OddUpstream:
    """`clock` is the upstream's."""

    clock: Ahead = field(default_factory=Ahead)
    has_date: bool = True
    lag: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class OddSandbox:
    url: str
    true_url: str


@asynccontextmanager
async def odd_sandbox(odd: OddUpstream) -> AsyncIterator[OddSandbox]:
    ringplan = RingPlanSandbox(now=odd.clock)
    routes = [
        Mount("/connect", sandbox_app(upstream=SandboxUpstream(now=odd.clock))),
        Mount("/ringplan-login", ringplan.login),
        Mount("/ringplan", ringplan.api),
    ]
    app = Starlette(routes=routes)
    async with AsyncExitStack() as stack:
        true_url = await stack.enter_async_context(serve(app))
        url = await stack.enter_async_context(serve(_Odd(app, odd), date_header=False))
        yield OddSandbox(url, true_url)


@dataclass(frozen=True, slots=True)
class _Odd:
    app: ASGIApp
    odd: OddUpstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends a whole answer at once: what is late is left out of it."""
        is_list = scope["method"] == "GET" and _LISTS.fullmatch(scope["path"]) is not None
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                await self._answer(start, self._listed(body) if is_list else body, send)

        await self.app(scope, receive, collect)

    async def _answer(self, start: Message, body: bytes, send: Send) -> None:
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        if self.odd.has_date:
            headers["date"] = format_datetime(self.odd.clock(), usegmt=True)
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _listed(self, body: bytes) -> bytes:
        items = orjson.loads(body)
        if not isinstance(items, list):
            return body
        return orjson.dumps([item for item in items if _made_at(item) + self.odd.lag <= self.odd.clock()])


def _made_at(item: dict[str, Any]) -> datetime:
    """RingPlan's ids begin with the second."""
    return datetime.fromtimestamp(int((item.get("id") or item["_id"])[:8], 16), UTC)
