"""A real browser: headless Chromium, driven through its DevTools protocol."""

import asyncio
import shutil
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]
Handler = Callable[[Json], Coroutine[Any, Any, None]]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=800,600",
    "--remote-debugging-port=0",
)
_PATIENCE_SECONDS = 30
_CENTRE = """
(selector => {{
  const box = document.querySelector(selector).getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}})({selector})
"""


class Tab:
    """A page in a window of its own. With its own `context` it shares no cookies with others."""

    def __init__(self, browser: "Chromium", context: str, session: str) -> None:
        self.context = context
        self._browser = browser
        self._session = session

    async def visit(self, url: str) -> None:
        """Goes to a URL, and waits until where it leads has loaded."""
        async with self.loading():
            await self.call("Page.navigate", url=url)

    async def click(self, selector: str) -> None:
        """Clicks as a mouse does, and waits until the page that follows has loaded."""
        async with self.loading():
            await self.press(selector)

    async def press(self, selector: str) -> None:
        """Clicks as a mouse does, on what leads to no other page."""
        x, y = await self.evaluate(_CENTRE.format(selector=orjson.dumps(selector).decode()))
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def url(self) -> str:
        return str(await self.evaluate("location.href"))

    async def text(self) -> str:
        """Return the page's visible text."""
        return str(await self.evaluate("document.body.innerText"))

    async def evaluate(self, script: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str) -> Any:
        """Return the value of a JavaScript expression as soon as it is truthy."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not (value := await self.evaluate(script)):  # noqa: ASYNC110 (the page sets no event of ours)
                await asyncio.sleep(0.05)
        return value

    async def replace_internet(self, files: Mapping[str, bytes]) -> None:
        """Answer https requests with `files`, by URL; all others fail."""

        async def answer(paused: Json) -> None:
            body = files.get(paused["request"]["url"])
            if body is None:
                await self.call("Fetch.failRequest", requestId=paused["requestId"], errorReason="AddressUnreachable")
                return
            headers = [{"name": "access-control-allow-origin", "value": "*"}]
            await self.call(
                "Fetch.fulfillRequest",
                requestId=paused["requestId"],
                responseCode=200,
                responseHeaders=[*headers, {"name": "content-type", "value": _type_of(paused["request"]["url"])}],
                body=b64encode(body).decode(),
            )

        self.on("Fetch.requestPaused", answer)
        await self.call("Fetch.enable", patterns=[{"urlPattern": "https://*"}])

    async def screenshot(self) -> bytes:
        """Return a screenshot as a PNG."""
        return b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """Wait for the page load that the block causes."""
        loaded = self._browser.event(self._session, "Page.loadEventFired")
        yield
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await loaded

    def on(self, method: str, handler: Handler) -> None:
        """Call `handler` with the parameters of every event of this kind."""
        self._browser.on(self._session, method, handler)

    async def call(self, method: str, **parameters: object) -> Json:
        return await self._browser.call(method, self._session, **parameters)


class Chromium:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._events: dict[tuple[str, str], asyncio.Future[Json]] = {}
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._handling: set[asyncio.Task[None]] = set()

    async def tab(self, beside: Tab | None = None) -> Tab:
        """A new page: beside another one of the same browser, or in one that has no cookies."""
        context = beside.context if beside else (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = await self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = Tab(self, context, attached["sessionId"])
        await tab.call("Page.enable")
        return tab

    async def call(self, method: str, session: str | None = None, **parameters: object) -> Json:
        """The result of a DevTools command."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        await self._connection.send(orjson.dumps(message).decode())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            response = await answer
        assert "error" not in response, response["error"]
        result: Json = response["result"]
        return result

    def event(self, session: str, method: str) -> asyncio.Future[Json]:
        """The next event of this kind."""
        return self._events.setdefault((session, method), asyncio.get_running_loop().create_future())

    def on(self, session: str, method: str, handler: Handler) -> None:
        """Calls `handler` with the parameters of every event of this kind."""
        self._handlers[session, method] = handler

    async def listen(self) -> None:
        async for text in self._connection:
            message: Json = orjson.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif handler := self._handlers.get((message.get("sessionId", ""), message["method"])):
                task = asyncio.create_task(handler(message["params"]))
                self._handling.add(task)
                task.add_done_callback(self._handling.discard)
            elif waiting := self._events.pop((message.get("sessionId", ""), message["method"]), None):
                waiting.set_result(message)


def _type_of(url: str) -> str:
    return "text/css" if url.endswith(".css") else "text/javascript"


@asynccontextmanager
async def chromium() -> AsyncIterator[Chromium]:
    """A browser for as long as the context lasts; skips the test where none is installed."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed.")
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program, *_FLAGS, f"--user-data-dir={profile}", stderr=asyncio.subprocess.PIPE
        )
        try:
            async with connect(await _address(process), max_size=None, proxy=None) as connection:
                browser = Chromium(connection)
                listener = asyncio.create_task(browser.listen())
                yield browser
                listener.cancel()
        finally:
            process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Return the URL of the DevTools, which Chromium prints first."""
    assert process.stderr is not None
    async with asyncio.timeout(_PATIENCE_SECONDS):
        async for line in process.stderr:
            if line.startswith(b"DevTools listening on "):
                return line.decode().rpartition(" ")[2].strip()
    raise AssertionError("Chromium did not start.")
