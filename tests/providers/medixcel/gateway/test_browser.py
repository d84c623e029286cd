"""Connecting in a real browser, from authorizationUrl through the service's page and back."""

from collections.abc import AsyncIterator

import pytest

from tests.testkit.chromium import Chromium, Tab, chromium
from tests.testkit.client import Client
from tests.testkit.medixcel import asked_to_connect, query_of
from tests.testkit.served import Served

STATUS = "query ($id: ID!) { account(id: $id) { status } }"
KEY = "sandbox-client-key"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def tab(browser: Chromium) -> Tab:
    return await browser.tab()


async def status(client: Client, account_id: str) -> str:
    return str((await client.data(STATUS, id=account_id))["account"]["status"])


@pytest.mark.parametrize(("service", "name"), [("ZOOM", "Zoom"), ("GOOGLE_MEET", "Google Meet")])
async def test_a_user_who_consents_is_connected(
    ada: Client, gateway: Served, tab: Tab, service: str, name: str
) -> None:
    asked = await asked_to_connect(ada, service=service)
    await tab.visit(asked["authorizationUrl"])
    question = await tab.text()
    assert f"Connect {name}" in question
    assert "ada" in question
    await tab.click("button[value=allow]")
    assert (await tab.url()).startswith(f"{gateway.url}/connect/connect/callback?status=success&")
    assert KEY not in await tab.url()
    assert await tab.text() == "Connected\n\nThe account is connected. You can close this page."
    assert await status(ada, asked["account"]["id"]) == "CONNECTED"


async def test_a_user_who_declines_sees_a_message(ada: Client, tab: Tab) -> None:
    asked = await asked_to_connect(ada)
    await tab.visit(asked["authorizationUrl"])
    await tab.click("button[value=decline]")
    assert (await tab.text()).startswith("Not connected\n")
    assert await status(ada, asked["account"]["id"]) == "DISCONNECTED"


async def test_another_browser_can_not_finish_the_connection(ada: Client, browser: Chromium, tab: Tab) -> None:
    asked = await asked_to_connect(ada)
    await tab.visit(asked["authorizationUrl"])
    await tab.click("button[value=allow]")
    replayed = await browser.tab()
    await replayed.visit(await tab.url())
    assert (await replayed.text()).startswith("This did not work\n")


async def test_a_reload_of_the_last_page_does_not_connect_again(ada: Client, tab: Tab) -> None:
    asked = await asked_to_connect(ada)
    await tab.visit(asked["authorizationUrl"])
    await tab.click("button[value=allow]")
    await tab.visit(await tab.url())
    assert (await tab.text()).startswith("This did not work\n")
    assert await status(ada, asked["account"]["id"]) == "CONNECTED"


async def test_returning_to_the_start_page_asks_for_consent_again(ada: Client, tab: Tab) -> None:
    asked = await asked_to_connect(ada)
    for _ in range(2):
        await tab.visit(asked["authorizationUrl"])
        assert "Connect Zoom" in await tab.text()
    await tab.click("button[value=allow]")
    assert await status(ada, asked["account"]["id"]) == "CONNECTED"


async def test_the_browser_goes_back_to_the_page_that_it_came_from(ada: Client, tab: Tab, sandbox_url: str) -> None:
    asked = await asked_to_connect(ada, returnUrl=f"{sandbox_url}/app/accounts")
    await tab.visit(asked["authorizationUrl"])
    await tab.click("button[value=allow]")
    assert (await tab.url()).startswith(f"{sandbox_url}/app/accounts?")
    assert query_of(await tab.url()) == {"status": "success", "account": asked["account"]["id"]}
