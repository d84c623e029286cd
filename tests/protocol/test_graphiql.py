"""The README's tour, in the real GraphiQL in a real browser, with GraphiQL's files from npm in place of its CDN's."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from gateway.graphql.transport.graphiql import PAGE
from tests.protocol.packages import PACKAGES
from tests.test_readme import documents
from tests.testkit.chromium import Chromium, Tab, chromium
from tests.testkit.node import needs_node
from tests.testkit.plain_http import plain_http
from tests.testkit.server import Server

pytestmark = needs_node

CDN = "https://cdn.jsdelivr.net/npm/"
EDITOR = "document.querySelector({!r}).CodeMirror"
QUERY = EDITOR.format(".graphiql-query-editor .CodeMirror")
VARIABLES = EDITOR.format(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror")
RESULT = EDITOR.format(".result-window .CodeMirror")
RUN = ".graphiql-execute-button"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return the files that the page loads from its CDN, by URL, read from npm packages of the same versions."""
    PACKAGES.install()
    names = re.findall(r'"([\w-]+)@([\d.]+)/([\w./-]+)"', PAGE.joinpath("main.js").read_text("utf-8"))
    assert len(names) == 4
    return {f"{CDN}{name}@{version}/{path}": _packaged(name, version, path) for name, version, path in names}


def _packaged(name: str, version: str, path: str) -> bytes:
    package = PACKAGES.folder / "node_modules" / name
    assert orjson.loads((package / "package.json").read_bytes())["version"] == version
    return (package / path).read_bytes()


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as running:
        yield running


async def graphiql(tab: Tab, server: Server, files: dict[str, bytes]) -> Tab:
    await tab.replace_internet(files)
    await tab.visit(f"{server.url}/graphql")
    await tab.until(f"document.querySelector({RUN!r}) !== null")
    return tab


async def enter(tab: Tab, name: str, variables: dict[str, str]) -> None:
    """Fills GraphiQL's editors and runs what is in them, once GraphiQL has read it."""
    for editor, text in ((QUERY, documents()[name]), (VARIABLES, orjson.dumps(variables).decode()), (RESULT, "")):
        await tab.evaluate(f"{editor}.setValue({orjson.dumps(text).decode()})")
    await tab.until(f"{QUERY}.operationName === {name!r}")
    await tab.press(RUN)


async def shown(tab: Tab) -> Any:
    """The data that GraphiQL shows next; nothing may have gone wrong."""
    answer = orjson.loads(await tab.until(f"{RESULT}.getValue()"))
    assert "errors" not in answer, answer
    assert all(not payload.get("userErrors") for payload in answer["data"].values()), answer
    return answer["data"]


async def run(tab: Tab, name: str, **variables: str) -> Any:
    await enter(tab, name, variables)
    return await shown(tab)


async def until_listening(server: Server, count: int) -> None:
    async with asyncio.timeout(30), plain_http() as client:
        while await listening(client, server) != count:  # noqa: ASYNC110 (another process sets no event of ours)
            await asyncio.sleep(0.05)


async def listening(client: httpx.AsyncClient, server: Server) -> int:
    metrics = (await client.get(f"{server.url}/metrics")).text
    return int(float(re.findall(r"^switchboard_subscriptions_open (.*)$", metrics, re.MULTILINE)[0]))


async def take_the_tour(first: Tab, second: Tab, server: Server, listeners: int) -> None:
    accounts = await run(first, "Connect")
    ann, bob = accounts["ann"]["account"], accounts["bob"]["account"]
    meeting = (await run(first, "Schedule", ann=ann["id"]))["scheduleMeeting"]["meeting"]
    assert meeting["joinUrl"].startswith("https://meet.jit.si/")
    assert {each["title"] for each in (await run(first, "Meetings"))["meetings"]["nodes"]} == {"Tea"}
    contact = await run(first, "AddContact", ann=ann["id"], bobsNumber=bob["phoneNumbers"][0]["number"])
    conversation = await run(
        first,
        "Converse",
        contact=contact["createContact"]["contact"]["id"],
        annsNumber=ann["phoneNumbers"][0]["number"],
    )
    await enter(second, "Listen", {"bob": bob["id"]})
    await until_listening(server, listeners)
    await run(first, "Send", conversation=conversation["createConversation"]["conversation"]["id"])
    arrived = (await shown(second))["messageAdded"]
    assert (arrived["text"], arrived["direction"]) == ("Tea?", "INBOUND")


async def test_the_readme_tour_works_in_two_tabs_and_in_a_second_browser(
    browser: Chromium, server: Server, files: dict[str, bytes]
) -> None:
    for listeners in (1, 2):
        first = await graphiql(await browser.tab(), server, files)
        second = await graphiql(await browser.tab(beside=first), server, files)
        await take_the_tour(first, second, server, listeners)


async def test_graphiql_does_not_run_a_script_with_another_hash(
    browser: Chromium, server: Server, files: dict[str, bytes]
) -> None:
    tab = await browser.tab()
    await tab.replace_internet({url: body + b"\n" for url, body in files.items()})
    await tab.visit(f"{server.url}/graphql")

    assert await tab.until("!document.getElementById('explorer').hidden")
    assert await tab.evaluate("typeof React === 'undefined' && typeof GraphiQL === 'undefined'")
