"""Medixcel Connect of the sandbox process, and the steps by which a user of a gateway connects an account of it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson

from tests.testkit.client import Client, Json
from tests.testkit.plain_http import plain_http

ZOOM, GOOGLE = 1, 2


class Medixcel:
    """Control the sandbox through its switches, and call it as another program. `http` is at the sandbox's URL."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def start_over(self) -> None:
        await self._switch("DELETE", "state")
        await self._switch("DELETE", "faults")

    async def register(self, gateway: str) -> None:
        """Register the gateway's callback as the redirect URL."""
        await self._switch("PUT", "registration", redirect_url=f"{gateway}/connect/connect/callback")

    async def behave(self, **habits: object) -> None:
        await self._switch("PUT", "habits", **habits)

    async def fail(self, path: str = "*", **fault: object) -> None:
        """Add a fault for the next calls of a path: see `providers.testing.faults.Fault`."""
        await self._switch("POST", "faults", path=path, **fault)

    async def answer(self, path: str, output: Json, status: int = 200) -> None:
        """Set the response to the next call of a path."""
        body = {"output": output, "response_status_code": str(status), "msg": "success"}
        await self.fail(path, status=200, body=orjson.dumps(body).decode())

    async def change(self, meeting_id: str, **fields: object) -> None:
        """Change a meeting's `title` or `participants` (addresses) at the upstream, as its organiser would."""
        await self._switch("PATCH", f"meetings/{meeting_id}", **fields)

    async def settle(self) -> None:
        await self._switch("POST", "settle")

    async def connect(self, user_id: str, service: int = ZOOM) -> str:
        """Connect an account at the upstream only, and return its id."""
        account = await self._switch("POST", "accounts", user_id=user_id, connection_type=service)
        return str(account.json()["id"])

    async def schedule(self, account_id: str, start_time: str, title: str = "Visit", minutes: int = 30) -> str:
        """Schedule a meeting at the upstream only, at a time in India, and return its id."""
        output = await self.call(
            "set_up_meeting",
            video_call_provider_account_id=account_id,
            duration_in_minutes=str(minutes),
            meeting_title=title,
            participants=[{"iUserID": "", "sEmail": "ben@example.com", "sFirstName": "Ben", "sLastName": "Moor"}],
            start_time=start_time,
        )
        summary: Json = output["meeting_summary"]
        return str(summary.get("iMeetingID", summary.get("iMeetingId")))

    async def call(self, path: str, **fields: object) -> Json:
        """Call the service as another program of the operator, and return the output."""
        answer = await self._http.post(f"/connect/{path}", json={"client_key": "sandbox-client-key", **fields})
        output: Json = answer.raise_for_status().json()["output"]
        return output

    async def state(self) -> Json:
        state: Json = (await self._switch("GET", "state")).json()
        return state

    @asynccontextmanager
    async def counted(self) -> AsyncIterator["Counted"]:
        """Record the calls of the service in the block."""
        before = len((await self._log())["calls"])
        counted = Counted()
        yield counted
        log = await self._log()
        counted.calls += log["calls"][before:]
        counted.peak = log["peak"]

    async def _log(self) -> Json:
        log: Json = (await self._switch("GET", "calls")).json()
        return log

    async def _switch(self, method: str, name: str, **fields: object) -> httpx.Response:
        answer = await self._http.request(method, f"/connect/_sandbox/{name}", json=fields or None)
        return answer.raise_for_status()


class Counted:
    """The calls of a block, after its end; `peak` is the largest number of concurrent calls."""

    def __init__(self) -> None:
        self.calls: list[Json] = []
        self.peak = 0

    @property
    def paths(self) -> list[str]:
        return [call["path"].rpartition("/")[2] for call in self.calls]

    @property
    def fields(self) -> list[Json]:
        """Return the JSON body of each call."""
        return [orjson.loads(call["body"]) for call in self.calls]

    def of(self, path: str) -> int:
        return self.paths.count(path)


def browser() -> httpx.AsyncClient:
    """Return a client that stores cookies and follows no redirect by itself."""
    return plain_http()


async def asked_to_connect(client: Client, **given: object) -> Json:
    """A pending account and its `authorizationUrl`."""
    selection = "authorizationUrl account { id externalId userId service status connectedAt expiresAt }"
    return await client.do("connectAccount", selection, **{"provider": "connect", "service": "ZOOM", **given})


async def consented(http: httpx.AsyncClient, authorization_url: str, decision: str = "allow") -> str:
    """Go through the pages, and return the URL to which the service sends the browser back."""
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
