"""The app's page in a browser, and the wire on which it reaches the gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import orjson

from tests.clients.wire import Wire, wired
from tests.testkit.chromium import Chromium, Json, Tab

_FILL = """
(([selector, text]) => {{
  const input = document.querySelector(selector);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
  input.dispatchEvent(new Event("input", {{ bubbles: true }}));
}})({arguments})
"""
_TEXTS = "Array.from(document.querySelectorAll({selector}), each => each.innerText.trim())"


@dataclass(slots=True)
class Page:
    """`complaints` has what the page wrote to its console as a warning or an error, and its exceptions.

    `subscriptions` has the names of the subscriptions that it has begun, `events` the field of each event that it has
    received.
    """

    tab: Tab
    wire: Wire
    complaints: list[str] = field(default_factory=list)
    subscriptions: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    async def open_conversation(self, conversation: str) -> None:
        await self.press(f'#conversations [data-id="{conversation}"]')
        await self.tab.until(f"document.querySelector('#thread[data-id=\"{conversation}\"]') !== null")

    async def reload(self) -> None:
        async with self.tab.loading():
            await self.tab.call("Page.reload")

    async def until_outbox_is_empty(self) -> None:
        await self.tab.until("localStorage.getItem('outbox') === '[]'")

    async def open_calendar(self) -> None:
        """Show this week, and wait until its meetings are known."""
        await self.press("#to-calendar")
        await self.shown("#schedule")

    async def show_week(self, day: str) -> None:
        """Show the week of a date in the calendar."""
        await self.fill("#calendar input[type=date]", day)
        await self.shown(f'#week [data-day="{day}"]')
        await self.shown("#schedule")

    async def press(self, selector: str) -> None:
        """Click on what is, or is going to be, shown."""
        await self.shown(selector)
        await self.tab.evaluate(f"document.querySelector({_quoted(selector)}).scrollIntoView({{ block: 'center' }})")
        await self.tab.press(selector)

    async def fill(self, selector: str, text: str) -> None:
        await self.tab.evaluate(_FILL.format(arguments=_quoted([selector, text])))

    async def texts(self, selector: str) -> list[str]:
        found: list[str] = await self.tab.evaluate(_TEXTS.format(selector=_quoted(selector)))
        return found

    async def faults(self, field: str) -> list[str]:
        """Return the errors at a field of the form that is shown; "" has those of no field."""
        return await self.texts(f'[data-field="{field}"] [role="alert"]')

    async def shown(self, selector: str) -> None:
        await self.tab.until(f"document.querySelector({_quoted(selector)}) !== null")

    async def until_texts(self, selector: str, texts: list[str]) -> None:
        """Wait until these are the texts of what is shown."""
        found = _TEXTS.format(selector=_quoted(selector))
        try:
            await self.tab.until(f"JSON.stringify({found}) === {_quoted(_quoted(texts))}")
        except TimeoutError:
            assert (await self.texts(selector), self.complaints) == (texts, [])

    async def until_gone(self, selector: str) -> None:
        await self.tab.until(f"document.querySelector({_quoted(selector)}) === null")

    async def observe(self) -> None:
        """Begin to note complaints and events."""
        self.tab.on("Runtime.consoleAPICalled", self._console)
        self.tab.on("Runtime.exceptionThrown", self._exception)
        self.tab.on("Network.webSocketFrameSent", self._sent)
        self.tab.on("Network.webSocketFrameReceived", self._received)
        await self.tab.call("Runtime.enable")
        await self.tab.call("Network.enable")

    async def _console(self, event: Json) -> None:
        if event["type"] in {"warning", "error", "assert"}:
            self.complaints.append(" ".join(str(each.get("value", each)) for each in event["args"]))

    async def _sent(self, event: Json) -> None:
        message = orjson.loads(event["response"]["payloadData"])
        if message["type"] == "subscribe":
            self.subscriptions.append(message["payload"]["operationName"])

    async def _received(self, event: Json) -> None:
        message = orjson.loads(event["response"]["payloadData"])
        if message["type"] == "next":
            self.events += message["payload"]["data"]

    async def _exception(self, event: Json) -> None:
        self.complaints.append(str(event["exceptionDetails"]))


def _quoted(value: object) -> str:
    """Return the value as JavaScript."""
    return orjson.dumps(value).decode()


@asynccontextmanager
async def page(browser: Chromium, site: str, gateway_url: str, token: str | None = None) -> AsyncIterator[Page]:
    """The app, opened by the user of `token`. At the end it must not have complained."""
    async with wired(gateway_url) as wire:
        opened = Page(await browser.tab(), wire)
        await opened.observe()
        parameters = {"gateway": wire.url} if token is None else {"gateway": wire.url, "token": token}
        await opened.tab.visit(f"{site}/#{urlencode(parameters)}")
        yield opened
    assert opened.complaints == []
