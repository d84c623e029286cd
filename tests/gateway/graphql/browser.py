"""A headless Chromium, driven over its DevTools protocol. It reaches this machine and nothing else."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.testkit.plain_http import plain_http

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)


@dataclass(slots=True)
class Tab:
    connection: ClientConnection
    calls: int = 0

    async def open(self, url: str) -> None:
        await self._call("Page.enable", {})
        await self._call("Page.navigate", {"url": url})
        async for message in self.connection:
            if orjson.loads(message).get("method") == "Page.loadEventFired":
                return

    async def value(self, expression: str) -> object:
        """The value of a JavaScript expression, awaited if it is a promise."""
        params = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = await self._call("Runtime.evaluate", params)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str) -> object:
        """Waits in the page until the expression is truthy."""
        return await self.value(f"""
            new Promise((resolve, reject) => {{
              setTimeout(() => reject(Error("in vain: " + {expression!r})), 15000);
              const look = () => {{
                const value = {expression};
                value ? resolve(value) : setTimeout(look, 10);
              }};
              look();
            }})
        """)

    async def _call(self, method: str, params: object) -> dict[str, dict[str, object]]:
        self.calls += 1
        number = self.calls
        await self.connection.send(orjson.dumps({"id": number, "method": method, "params": params}).decode())
        async for message in self.connection:
            answer = orjson.loads(message)
            if answer.get("id") == number:
                result: dict[str, dict[str, object]] = answer["result"]
                return result
        raise ConnectionError


@asynccontextmanager
async def tab(url: str, profile: Path) -> AsyncIterator[Tab]:
    """The page at `url`, in a browser of its own."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with connect(await _debugger(profile), proxy=None, max_size=None) as connection:
            opened = Tab(connection)
            await opened.open(url)
            yield opened
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _debugger(profile: Path) -> str:
    """The URL of the page's DevTools: the browser writes its port into its profile."""
    async with asyncio.timeout(15), plain_http(trust_env=False) as client:
        while True:
            with suppress(FileNotFoundError, StopIteration, IndexError):
                port = (profile / "DevToolsActivePort").read_text().split()[0]
                targets = (await client.get(f"http://127.0.0.1:{port}/json")).json()
                address: str = next(target for target in targets if target["type"] == "page")["webSocketDebuggerUrl"]
                return address
            await asyncio.sleep(0.05)
