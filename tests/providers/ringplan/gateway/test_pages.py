"""The sandbox's pages, in a real browser."""

from collections.abc import AsyncIterator

import pytest

from tests.testkit.chromium import Tab, chromium
from tests.testkit.client import Client
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.steps import begun

MESSAGES = "{ conversations { nodes { messages { nodes { text direction } } } } }"


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    async with chromium() as browser:
        yield await browser.tab()


async def typed(tab: Tab, selector: str, text: str) -> None:
    await tab.evaluate(f"document.querySelector({selector!r}).focus()")
    await tab.call("Input.insertText", text=text)


async def test_a_user_logs_in_and_pastes_the_tokens(tab: Tab, ada: Client, ringplan: RingPlan, person: Person) -> None:
    await tab.visit(f"{ringplan.login_url}/show-token")
    assert "Log in to RingPlan" in await tab.text()
    await typed(tab, "input[name=email]", person.email)
    await tab.click("button")
    id_token, refresh_token = [
        str(await tab.evaluate(f"document.querySelector('#{name}').textContent"))
        for name in ("id_token", "refresh_token")
    ]
    payload = await ada.do(
        "connectAccount",
        "account { externalId }",
        provider="ringplan",
        idToken=id_token,
        refreshToken=refresh_token,
    )
    assert payload["account"]["externalId"] == person.email


async def test_a_contact_replies_on_the_sandboxs_page(
    tab: Tab, ada: Client, ringplan: RingPlan, person: Person
) -> None:
    conversation = await begun(ada, await connected(ada, person), name="Ben <b>")
    await ada.do("sendMessage", conversationId=conversation, text="Are you <i>there</i>?")
    await tab.visit(f"{ringplan.api_url}/_sandbox/")
    last = "section:last-of-type"
    assert "Are you <i>there</i>?" in await tab.text()
    await typed(tab, f"{last} input[name=text]", "Here I am & well")
    await tab.click(f"{last} button")
    assert "Here I am & well" in await tab.text()
    [node] = (await ada.data(MESSAGES, {"cache-control": "no-cache"}))["conversations"]["nodes"]
    assert [message["text"] for message in node["messages"]["nodes"]] == ["Here I am & well", "Are you <i>there</i>?"]


async def test_a_user_grants_ringplan_access_to_the_calendar(tab: Tab, ada: Client, ringplan: RingPlan) -> None:
    account_id = await connected(ada, await ringplan.person(may_write_calendar=False))
    query = "query ($id: ID!) { account(id: $id) { calendarAuthorizationUrl } }"
    await tab.visit((await ada.data(query, id=account_id))["account"]["calendarAuthorizationUrl"])
    await tab.click("button.plain")
    assert "RingPlan may not write to your calendar." in await tab.text()
    await tab.visit((await ada.data(query, id=account_id))["account"]["calendarAuthorizationUrl"])
    await tab.click("button")
    assert "RingPlan may write to your calendar." in await tab.text()


async def test_a_host_enters_a_private_room_and_a_guest_types_the_password(
    tab: Tab, ada: Client, person: Person
) -> None:
    meeting = (
        await ada.do(
            "startMeeting",
            "meeting { joinUrl }",
            accountId=await connected(ada, person),
            title="Check-up",
            password="correct horse",
        )
    )["meeting"]
    await tab.visit(meeting["joinUrl"])
    assert "is private" in await tab.text()
    await typed(tab, "input[name=password]", "correct horse")
    await tab.click("button")
    assert "You are a guest." in await tab.text()
