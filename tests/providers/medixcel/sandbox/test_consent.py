"""The page that a user consents on, as a browser meets it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from providers.domain.entities import Account, MeetingService
from providers.http import Answer
from providers.medixcel.accounts import grant_from_callback
from tests.providers.medixcel.bench import CLIENT_KEY, REDIRECT_URL, Bench

PENDING = Account(key="key", provider="connect", user_id="45", service=MeetingService.ZOOM)


async def page(bench: Bench, url: str) -> Answer:
    return await bench.core.http.call("GET", url)


async def decide(bench: Bench, decision: str) -> Answer:
    asked = await page(bench, bench.provider().authorization_page(PENDING))
    action = re.search(r'action="([^"]+)"', asked.body.decode())
    assert action
    return await bench.core.http.call("POST", f"{bench.url}/{action[1]}", form={"decision": decision})


def brought_back(answer: Answer) -> dict[str, str]:
    location = urlsplit(answer.headers["location"])
    assert answer.status == 303
    assert location._replace(query="").geturl() == REDIRECT_URL
    return {name: values[0] for name, values in parse_qs(location.query).items()}


async def test_the_page_asks_for_this_user_and_service_and_hides_the_key(bench: Bench) -> None:
    asked = await page(bench, bench.provider().authorization_page(PENDING))
    text = asked.body.decode()
    assert asked.headers["content-type"].startswith("text/html")
    assert "Zoom" in text
    assert "<strong>45</strong>" in text
    assert "Allow" in text
    assert "Decline" in text
    assert CLIENT_KEY not in text


async def test_consent_redirects_with_an_account(bench: Bench) -> None:
    callback = brought_back(await decide(bench, "allow"))
    assert callback == {
        "status": "success",
        "iAccountId": "35",
        "expires_on": "2026-09-10 17:30:00",
        "connection_type": "1",
        "user_id": "45",
    }
    assert grant_from_callback(PENDING, callback).external_id == "35"
    assert list(bench.upstream.accounts) == [35]


async def test_a_refusal_redirects_without_an_account(bench: Bench) -> None:
    callback = brought_back(await decide(bench, "decline"))
    assert callback["status"] == "error"
    assert bench.upstream.accounts == {}


async def test_browsers_are_redirected_to_the_currently_registered_url(bench: Bench) -> None:
    url = "https://other.example.com/connect/connect/callback"
    await bench.core.http.call("PUT", f"{bench.url}/_sandbox/registration", json={"redirect_url": url})
    assert (await decide(bench, "allow")).headers["location"].startswith(f"{url}?status=success&")


async def test_a_page_is_answered_once(bench: Bench) -> None:
    asked = await page(bench, bench.provider().authorization_page(PENDING))
    action = re.search(r'action="([^"]+)"', asked.body.decode())
    assert action
    url = f"{bench.url}/{action[1]}"
    await bench.core.http.call("POST", url, form={"decision": "allow"})
    assert (await bench.core.http.call("POST", url, form={"decision": "allow"})).status == 410


async def test_a_users_name_is_escaped(bench: Bench) -> None:
    marked = Account(key="key", provider="connect", user_id="<script>", service=MeetingService.ZOOM)
    assert b"<script>" not in (await page(bench, bench.provider().authorization_page(marked))).body


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("client_key=another&user_id=45&connection_type=1", 400),
        ("client_key=made%20up/key%2B1&connection_type=1", 422),
        ("client_key=made%20up/key%2B1&user_id=45&connection_type=3", 422),
    ],
)
async def test_an_invalid_page_request_is_refused(bench: Bench, query: str, status: int) -> None:
    assert (await page(bench, f"{bench.url}/connectUserAccount.php?{query}")).status == status
