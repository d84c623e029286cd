"""Users of the gateway, and how they come by an account of Medixcel Connect."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http

Json = dict[str, Any]

SECRET = "a secret of the tests, long enough for HS256"
FOR_EVER = 4_102_444_800


def token(user_id: str, scope: str = "read write") -> str:
    return jwt.encode({"sub": user_id, "scope": scope, "exp": FOR_EVER}, SECRET, "HS256")


def browser() -> httpx.AsyncClient:
    """Keeps cookies, and follows only where a test says so."""
    return plain_http()


async def asked_to_connect(client: Client, **given: object) -> Json:
    """A pending account and its `authorizationUrl`."""
    selection = "authorizationUrl account { id externalId userId service status connectedAt expiresAt }"
    return await client.do("connectAccount", selection, **{"provider": "connect", "service": "ZOOM", **given})


async def consented(http: httpx.AsyncClient, authorization_url: str, decision: str = "allow") -> str:
    """Goes through the pages as far as where the service sends the browser back to."""
    sent_on = await http.get(authorization_url)
    assert sent_on.status_code == 303, sent_on.text
    question = await http.get(sent_on.headers["location"])
    action = re.search(r'action="([^"]+)"', question.text)
    assert action, question.text
    answer = await http.post(question.url.join(action[1]), data={"decision": decision})
    return answer.headers["location"]


async def connected(client: Client, **given: object) -> str:
    """The id of an account that was connected by way of the service's page."""
    asked = await asked_to_connect(client, **given)
    async with browser() as http:
        page = await http.get(await consented(http, asked["authorizationUrl"]))
    assert page.status_code == 200, page.text
    account_id: str = asked["account"]["id"]
    return account_id


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
