"""Fault injection: ASGI middleware that makes a sandbox fail like a real upstream and counts its calls.

    POST   /_sandbox/faults   a Fault as JSON, for the next calls of a path
    DELETE /_sandbox/faults   removes all faults and recorded calls
    GET    /_sandbox/calls    {"calls": [...], "peak": 8}: every call in order, and the most that ran at once

Paths are relative to the sandbox's mount. Other paths below /_sandbox/ are the sandbox's own switches.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_PATH = "*"

_NO_CONTENT = 204


class Fault(BaseModel):
    """Applies to the next `times` calls of `path`; the oldest matching fault comes first.

    The call waits for `delay` seconds. With `status`, the response has that status, `headers` and `body`, and the
    sandbox handles the request only if `work` is true; without, the sandbox's own response is sent. `cut` closes the
    connection halfway through the response.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = ANY_PATH
    times: int = 1
    delay: float = 0
    status: int | None = None
    headers: Mapping[str, str] = {}
    body: str = ""
    work: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A received call. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str


@dataclass(slots=True)
class _Recorded:
    """A response, recorded before it is sent."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class SandboxFaults:
    """Wraps a sandbox. `calls` and `peak` describe what it received; `faults` are still to come."""

    def __init__(self, app: ASGIApp) -> None:
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.peak = 0
        self._app = app
        self._running = 0

    def add(self, fault: Fault) -> None:
        self.faults += [fault] * fault.times

    def reset(self) -> None:
        self.calls.clear()
        self.faults.clear()
        self.peak = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not path.startswith("/_sandbox/"):
            await self._call(request, path, send)
        elif switched := await self._switch(request, path):
            await switched(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _switch(self, request: Request, path: str) -> Response | None:
        match request.method, path:
            case "POST", "/_sandbox/faults":
                return await self._add_from(request)
            case "DELETE", "/_sandbox/faults":
                self.reset()
                return Response(status_code=204)
            case "GET", "/_sandbox/calls":
                return JSONResponse({"calls": [asdict(call) for call in self.calls], "peak": self.peak})
            case _:
                return None

    async def _add_from(self, request: Request) -> Response:
        try:
            self.add(Fault.model_validate_json(await request.body()))
        except ValidationError as error:
            return JSONResponse({"errors": error.errors(include_context=False)}, status_code=422)
        return Response(status_code=204)

    async def _call(self, request: Request, path: str, send: Send) -> None:
        body = await request.body()
        self.calls.append(
            Call(request.method, path, request.url.query, dict(request.headers), body.decode(errors="replace"))
        )
        fault = self._next_fault(path)
        self._running += 1
        self.peak = max(self.peak, self._running)
        try:
            answer = await self._answer(request.scope, body, fault)
        finally:
            self._running -= 1
        await _send(answer, send, cut=fault.cut)

    def _next_fault(self, path: str) -> Fault:
        for fault in self.faults:
            if fault.path in {path, ANY_PATH}:
                self.faults.remove(fault)
                return fault
        return Fault()

    async def _answer(self, scope: Scope, body: bytes, fault: Fault) -> _Recorded:
        await asyncio.sleep(fault.delay)
        answer = _Recorded()
        if fault.status is None or fault.work:
            await self._app(scope, _replayed(body), answer.send)
        if fault.status is None:
            return answer
        headers = [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
        return _Recorded(fault.status, headers, fault.body.encode())


def _replayed(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(answer: _Recorded, send: Send, *, cut: bool) -> None:
    """Send the response, or half of it, which makes the server close the connection."""
    headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
    length = len(answer.body) + cut
    # A 204 has no body that could be cut.
    status = 200 if cut and answer.status == _NO_CONTENT else answer.status
    if status != _NO_CONTENT:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = answer.body[: len(answer.body) // 2] if cut else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": cut})
