"""A real browser: headless Chromium, driven through its DevTools protocol."""

import asyncio
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]

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

    def __init__(self, browser: "Chromium", session: str) -> None:
        self._browser = browser
        self._session = session

    async def visit(self, url: str) -> None:
        """Goes to a URL, and waits until where it leads has loaded."""
        async with self.loading():
            await self.call("Page.navigate", url=url)

    async def click(self, selector: str) -> None:
        """Clicks as a mouse does, and waits until the page that follows has loaded."""
        x, y = await self.evaluate(_CENTRE.format(selector=orjson.dumps(selector).decode()))
        async with self.loading():
            for kind in ("mousePressed", "mouseReleased"):
                await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def url(self) -> str:
        return str(await self.evaluate("location.href"))

    async def text(self) -> str:
        """What a reader sees."""
        return str(await self.evaluate("document.body.innerText"))

    async def evaluate(self, script: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def screenshot(self) -> bytes:
        """What is to be seen, as a PNG."""
        return b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """What happens in the block makes a page load; waits for that."""
        loaded = self._browser.event(self._session, "Page.loadEventFired")
        yield
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await loaded

    async def call(self, method: str, **parameters: object) -> Json:
        return await self._browser.call(method, self._session, **parameters)


class Chromium:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._events: dict[tuple[str, str], asyncio.Future[Json]] = {}

    async def tab(self) -> Tab:
        """A new page in a browser that has no cookies."""
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = await self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = Tab(self, attached["sessionId"])
        await tab.call("Page.enable")
        return tab

    async def call(self, method: str, session: str | None = None, **parameters: object) -> Json:
        """The result of a DevTools command."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        await self._connection.send(orjson.dumps(message).decode())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            told = await answer
        assert "error" not in told, told["error"]
        result: Json = told["result"]
        return result

    def event(self, session: str, method: str) -> asyncio.Future[Json]:
        """The next event of this kind."""
        return self._events.setdefault((session, method), asyncio.get_running_loop().create_future())

    async def listen(self) -> None:
        async for text in self._connection:
            message: Json = orjson.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif waiting := self._events.pop((message.get("sessionId", ""), message["method"]), None):
                waiting.set_result(message)


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
    """Where its DevTools listen, which is the first thing that it says."""
    assert process.stderr is not None
    async with asyncio.timeout(_PATIENCE_SECONDS):
        async for line in process.stderr:
            if line.startswith(b"DevTools listening on "):
                return line.decode().rpartition(" ")[2].strip()
    raise AssertionError("Chromium did not start.")
