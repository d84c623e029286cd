"""RingPlan of the sandbox process, its users, and the step by which a user of a gateway connects an account of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.testkit.client import Client, Json
from tests.testkit.steps import external_id, number_of, unused_number

EIGHT_HOURS, TWO_WEEKS = 28_800, 1_209_600

_API, _LOGIN = "/ringplan", "/ringplan-login"
_SECONDS = 20

_serial = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """A registered user of RingPlan, who has a company with a number for themselves."""

    email: str
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    @property
    def tokens(self) -> dict[str, str]:
        """Return the input of `connectAccount`."""
        return {"idToken": self.id_token, "refreshToken": self.refresh_token}


@dataclass(slots=True)
class Counted:
    """The calls of RingPlan in a block, after its end. `peak` is the largest number of concurrent calls."""

    api: list[Json] = field(default_factory=list)
    login: list[Json] = field(default_factory=list)
    peak: int = 0
    refreshes: int = 0
    reuses: int = 0

    @property
    def paths(self) -> list[str]:
        return [f"{call['method']} {call['path']}" for call in self.api]

    def of(self, path: str) -> int:
        return sum(call["path"].endswith(path) for call in self.api)


class RingPlan:
    """Control the sandbox through its switches, and call it as another program. `http` is at the sandbox's URL."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.api_url = str(http.base_url.join(_API))
        self.login_url = str(http.base_url.join(_LOGIN))
        self._http = http

    async def be_well(self) -> None:
        """No faults, nothing counted, tokens as documented."""
        for host in (_API, _LOGIN):
            (await self._http.delete(f"{host}/_sandbox/faults")).raise_for_status()
        await self.tokens(id_token_seconds=EIGHT_HOURS, refresh_token_seconds=TWO_WEEKS, opaque=False)

    async def person(self, *, may_write_calendar: bool = True) -> Person:
        """Register a new user."""
        email = f"person-{next(_serial)}@example.com"
        await self.register(email)
        if may_write_calendar:
            await self._switch("google", state=email)
        return await self.logged_in(email)

    async def register(self, email: str) -> None:
        user = {"first_name": "Ada", "last_name": "Moor", "email": email, "company": f"of {email}", "key": "any"}
        (await self._http.post(f"{_LOGIN}/api/user/register", json=user)).raise_for_status()

    async def logged_in(self, email: str) -> Person:
        """The person with what the show-token page shows."""
        shown = (await self._http.get(f"{_LOGIN}/show-token", params={"email": email})).raise_for_status().json()
        return Person(email, shown["id_token"], shown["refresh_token"])

    async def tokens(self, **switches: object) -> None:
        """See `providers.ringplan.sandbox.state`."""
        await self._switch("tokens", **switches)

    async def fail(self, path: str = "*", **fault: object) -> None:
        """Add a fault for the next calls of the API: see `providers.testing.faults.Fault`."""
        await self._switch("faults", path=path, **fault)

    async def fail_login(self, **fault: object) -> None:
        (await self._http.post(f"{_LOGIN}/_sandbox/faults", json=fault)).raise_for_status()

    async def arrive(self, conversation: str, text: str, **details: object) -> None:
        """A message, or `times` messages, from the contact of a conversation, by RingPlan's id of that."""
        await self._switch("inbound", conversation_id=conversation, text=text, **details)

    async def call(self, person: Person, method: str, path: str, **fields: object) -> Any:
        """Call RingPlan as another program of the person, and return the response."""
        headers = {"authorization": person.id_token}
        answer = await self._http.request(method, f"{_API}{path}", headers=headers, json=fields or None)
        return answer.raise_for_status().json()

    async def state(self) -> Json:
        state: Json = (await self._http.get(f"{_API}/_sandbox/state")).raise_for_status().json()
        return state

    async def api_calls(self) -> list[Json]:
        """Return the calls of the API since the last `be_well`."""
        calls: list[Json] = (await self._log(_API))["calls"]
        return calls

    async def login_calls(self) -> list[Json]:
        """Return the calls of the login host since the last `be_well`."""
        calls: list[Json] = (await self._log(_LOGIN))["calls"]
        return calls

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[Counted]:
        """Record the calls in the block."""
        before, api, login = await self.state(), await self._log(_API), await self._log(_LOGIN)
        counted = Counted()
        yield counted
        after = await self.state()
        calls = await self._log(_API)
        counted.api += calls["calls"][len(api["calls"]) :]
        counted.login += (await self._log(_LOGIN))["calls"][len(login["calls"]) :]
        counted.peak = calls["peak"]
        counted.refreshes = after["refreshes"] - before["refreshes"]
        counted.reuses = after["reuses"] - before["reuses"]

    async def _log(self, host: str) -> Json:
        log: Json = (await self._http.get(f"{host}/_sandbox/calls")).raise_for_status().json()
        return log

    async def _switch(self, name: str, **fields: object) -> None:
        (await self._http.post(f"{_API}/_sandbox/{name}", json=fields)).raise_for_status()


@dataclass(frozen=True, slots=True)
class Texter:
    """A user of RingPlan; `account` is the gateway's id of their account."""

    client: Client
    ringplan: RingPlan
    person: Person
    account: str

    async def sees(self, path: str) -> Any:
        """Return what RingPlan's API shows another program of the user."""
        return await self.ringplan.call(self.person, "GET", path)

    async def says(self, path: str, **body: object) -> Any:
        """Post to RingPlan's API as another program of the user."""
        return await self.ringplan.call(self.person, "POST", path, **body)

    async def contact(self) -> str:
        """The id of a new contact."""
        person = {"firstName": "Ben", "lastName": "Moor", "number": unused_number()}
        payload = await self.client.insist("createContact", "contact { id }", accountId=self.account, **person)
        return str(payload["contact"]["id"])

    async def own_number(self) -> str:
        return await number_of(self.client, self.account)

    async def conversation(self) -> str:
        """The id of a new conversation with a new contact."""
        fields = {"contactId": await self.contact(), "fromNumber": await self.own_number()}
        payload = await self.client.insist("createConversation", "conversation { id }", **fields)
        return str(payload["conversation"]["id"])

    async def messages(self, conversation: str, text: str) -> list[Json]:
        """The messages of a conversation with this text, as RingPlan has them."""
        messages = await self.sees(f"/texting/conversations/{external_id(conversation)}/messages")
        return [message for message in messages if message["text"] == text]


async def connected(client: Client, person: Person, **given: object) -> str:
    """The id of the person's account."""
    payload = await client.do("connectAccount", "account { id }", provider="ringplan", **person.tokens, **given)
    return str(payload["account"]["id"])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Poll a condition of the sandbox process, which sends no event. Raise TimeoutError after 20 seconds."""
    async with asyncio.timeout(_SECONDS):
        while not await holds():  # noqa: ASYNC110 (another process sets no event)
            await asyncio.sleep(0.02)
