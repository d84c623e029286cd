"""The sandbox process as tests see it: through its switches, and as other users of RingPlan see it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests.testkit.plain_http import plain_http

Json = dict[str, Any]

EIGHT_HOURS, TWO_WEEKS = 28_800, 1_209_600

_serial = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """A registered user of RingPlan, who has a company with a number for themselves."""

    email: str
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    @property
    def tokens(self) -> dict[str, str]:
        """What the person pastes into `connectAccount`."""
        return {"idToken": self.id_token, "refreshToken": self.refresh_token}


@dataclass(slots=True)
class Counted:
    """What RingPlan was asked in a block, once it has ended. `peak` is the most that ever ran at once."""

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


class StandIn:
    """RingPlan of the sandbox, its API and its login."""

    def __init__(self, sandbox_url: str) -> None:
        self.api_url = f"{sandbox_url}/ringplan"
        self.login_url = f"{sandbox_url}/ringplan-login"
        self._api = plain_http(base_url=self.api_url, timeout=60)
        self._login = plain_http(base_url=self.login_url, timeout=60)

    async def aclose(self) -> None:
        await self._api.aclose()
        await self._login.aclose()

    async def be_well(self) -> None:
        """No faults, nothing counted, tokens as documented."""
        for http in (self._api, self._login):
            (await http.delete("/_sandbox/faults")).raise_for_status()
        await self.tokens(id_token_seconds=EIGHT_HOURS, refresh_token_seconds=TWO_WEEKS, opaque=False)

    async def person(self, *, may_write_calendar: bool = True) -> Person:
        """Somebody whom RingPlan did not know before."""
        email = f"person-{next(_serial)}@example.com"
        await self.register(email)
        if may_write_calendar:
            await self._switch("google", state=email)
        return await self.logged_in(email)

    async def register(self, email: str) -> None:
        user = {"first_name": "Ada", "last_name": "Moor", "email": email, "company": f"of {email}", "key": "any"}
        (await self._login.post("/api/user/register", json=user)).raise_for_status()

    async def logged_in(self, email: str) -> Person:
        """The person with what the show-token page shows."""
        shown = (await self._login.get("/show-token", params={"email": email})).raise_for_status().json()
        return Person(email, shown["id_token"], shown["refresh_token"])

    async def tokens(self, **switches: object) -> None:
        """See `providers.ringplan.sandbox.desk`."""
        await self._switch("tokens", **switches)

    async def fail(self, path: str = "*", **fault: object) -> None:
        """What the next calls of the API meet: see `providers.testing.faults.Fault`."""
        await self._switch("faults", path=path, **fault)

    async def fail_login(self, **fault: object) -> None:
        (await self._login.post("/_sandbox/faults", json=fault)).raise_for_status()

    async def arrive(self, conversation: str, text: str, **details: object) -> None:
        """A message, or `times` messages, from the contact of a conversation, by RingPlan's id of that."""
        await self._switch("inbound", conversation_id=conversation, text=text, **details)

    async def call(self, person: Person, method: str, path: str, **fields: object) -> Any:
        """What RingPlan answers to the person's other programs."""
        headers = {"authorization": person.id_token}
        answer = await self._api.request(method, path, headers=headers, json=fields or None)
        return answer.raise_for_status().json()

    async def state(self) -> Json:
        state: Json = (await self._api.get("/_sandbox/state")).raise_for_status().json()
        return state

    async def api_calls(self) -> list[Json]:
        """What the API was asked since all was well."""
        calls: list[Json] = (await self._log(self._api))["calls"]
        return calls

    async def login_calls(self) -> list[Json]:
        """What the login was asked since all was well."""
        calls: list[Json] = (await self._log(self._login))["calls"]
        return calls

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[Counted]:
        """Counts what is asked in the block."""
        before, api, login = await self.state(), await self._log(self._api), await self._log(self._login)
        counted = Counted()
        yield counted
        after = await self.state()
        calls = await self._log(self._api)
        counted.api += calls["calls"][len(api["calls"]) :]
        counted.login += (await self._log(self._login))["calls"][len(login["calls"]) :]
        counted.peak = calls["peak"]
        counted.refreshes = after["refreshes"] - before["refreshes"]
        counted.reuses = after["reuses"] - before["reuses"]

    async def _log(self, http: httpx.AsyncClient) -> Json:
        log: Json = (await http.get("/_sandbox/calls")).raise_for_status().json()
        return log

    async def _switch(self, name: str, **fields: object) -> None:
        (await self._api.post(f"/_sandbox/{name}", json=fields)).raise_for_status()
