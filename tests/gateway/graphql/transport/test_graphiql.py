from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.gateway.graphql.browser import CHROMIUM, Tab, tab
from tests.gateway.graphql.conftest import Server, serve

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture
async def page(server: Server, tmp_path: Path) -> AsyncIterator[Tab]:
    async with tab(server.url, tmp_path) as opened:
        await opened.until("document.querySelector('#explorer:not([hidden])') !== null")
        yield opened


def typed(**fields: str) -> str:
    return "; ".join(f"document.getElementById({name!r}).value = {text!r}" for name, text in fields.items())


async def test_browsers_get_a_page_that_can_connect_to_the_gateway_alone(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", headers={"Accept": BROWSER})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["connect-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")


async def test_only_browsers_get_it(client: httpx.AsyncClient) -> None:
    programs = await client.get("/graphql", params={"query": "{ user }"}, headers={"Accept": "*/*"})
    posted = await client.post("/graphql", json={"query": "{ user }"}, headers={"Accept": BROWSER})

    assert programs.json() == posted.json() == {"data": {"user": "ada"}}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_a_browser_reads_that_it_is_switched_off_and_by_which_setting(encoding: str) -> None:
    async with serve(graphiql=False) as server, server.client() as client:
        for _ in range(3):
            answer = await client.get("/graphql", headers={"Accept": BROWSER, "Accept-Encoding": encoding})
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert "GraphiQL is switched off" in answer.text
            assert "server.graphiql" in answer.text
        program = await client.get("/graphql", headers={"Accept": "*/*"})
    assert program.status_code == 400
    assert program.headers["content-type"].startswith("application/json")


async def test_it_can_be_switched_off() -> None:
    async with serve(graphiql=False) as server, server.client() as client:
        answer = await client.get("/graphql", params={"query": "{ user }"}, headers={"Accept": BROWSER})

    assert answer.json() == {"data": {"user": "ada"}}


@needs_chromium
async def test_without_the_cdn_the_plain_page_shows_the_schema_and_runs_queries(page: Tab) -> None:
    assert "echo(text: String!, at: DateTime): String!" in str(await page.until("schema.innerText"))
    await page.value(typed(query="query Q($t: String!) { echo(text: $t) }", variables='{"t": "<b>hé</b>"}'))
    await page.value("document.getElementById('run').click()")

    assert orjson.loads(str(await page.until("answer.innerText"))) == {"data": {"echo": "<b>hé</b>"}}


@needs_chromium
async def test_the_plain_page_sends_headers(page: Tab) -> None:
    await page.value(typed(query="{ user }", headers='{"Authorization": "Bearer bad"}'))
    await page.value("document.getElementById('run').click()")

    assert "The token is not good." in str(await page.until("answer.innerText"))


@needs_chromium
async def test_the_plain_page_follows_a_subscription_until_it_is_stopped(page: Tab, server: Server) -> None:
    await page.value(typed(query="subscription { valueChanged }"))
    await page.value("document.getElementById('run').click()")
    await server.world.until_subscriptions(1)
    for value in (1, 2):
        await server.world.set(value)
        await page.until(f"answer.innerText.includes('\"valueChanged\": {value}')")
    await page.value("document.getElementById('stop').click()")
    await server.world.until_subscriptions(0)

    assert await page.until("document.getElementById('stop').disabled")


@needs_chromium
async def test_the_plain_page_reports_invalid_json(page: Tab) -> None:
    await page.value(typed(query="{ user }", variables="{"))
    await page.value("document.getElementById('run').click()")

    assert "SyntaxError" in str(await page.until("answer.innerText"))
