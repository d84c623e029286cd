"""A gateway, the sandbox process behind it, and between them a proxy that lets calls fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from gateway.runtime.clock import utc_now
from providers.domain.entities import Identity
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.people import connected
from tests.providers.medixcel.gateway.stand_in import StandIn
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served, served

Json = dict[str, Any]

_SERIALS = count(1)
_MOST_TRIES = 5

READ_SECONDS, TOTAL_SECONDS = 0.5, 1.0


@dataclass(frozen=True)
class World:
    client: Client
    proxy: FaultProxy
    sandbox: httpx.AsyncClient
    stand_in: StandIn
    accounts: dict[str, Any]

    def new(self, noun: str) -> str:
        """An unused word."""
        return f"{noun} {next(_SERIALS)}"

    def number(self) -> str:
        """An unused fictional phone number that receives texts, in ten digits."""
        area, line = divmod(next(_SERIALS), 99)  # the sandbox fails texts to 0199
        return f"{202 + area}55501{line:02}"

    async def medixcel(self) -> str:
        """The id of a new account."""
        if "medixcel" not in self.accounts:
            self.accounts["medixcel"] = await self.own_medixcel()
        return str(self.accounts["medixcel"])

    async def own_medixcel(self) -> str:
        """The id of an account of a user of its own."""
        return await connected(self.client, userId=self.new("user").replace(" ", "-"))

    async def ringplan(self) -> "Texter":
        """A new user of RingPlan."""
        if "ringplan" not in self.accounts:
            texter = await self.own_ringplan()
            self.accounts["ringplan"] = texter.account, texter.email
        account, email = self.accounts["ringplan"]
        return Texter(self, account, email)

    async def own_ringplan(self) -> "Texter":
        """A user of a company of its own, who lets RingPlan write to their calendar."""
        email = f"{self.new('ada').replace(' ', '-')}@example.com"
        user = {"first_name": "Ada", "last_name": "Lane", "email": email, "company": email, "key": "any"}
        await self.request("POST", "/ringplan-login/api/user/register", user)
        await self.request("POST", "/ringplan/_sandbox/google", {"state": email, "granted": True})
        pair = await self.request("GET", f"/ringplan-login/show-token?email={email}")
        tokens = {"idToken": pair["id_token"], "refreshToken": pair["refresh_token"]}
        payload = await self.insist("connectAccount", "account { id }", provider="ringplan", **tokens)
        return Texter(self, payload["account"]["id"], email)

    async def insist(self, mutation: str, selection: str = "", /, **fields: object) -> Json:
        """The payload of a mutation that is retried as long as its error is retryable."""
        for _ in range(_MOST_TRIES):
            answer = await self.client.attempt(mutation, selection, **fields)
            assert "errors" not in answer, answer["errors"]
            payload: Json = answer["data"][mutation]
            if not any(error["retryable"] for error in payload["userErrors"]):
                break
        assert payload["userErrors"] == []
        return payload

    async def request(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> Any:
        """Send a request to the sandbox as another client, and return the JSON."""
        headers = {"authorization": token} if token else {}
        answer = await self.sandbox.request(method, path, json=body, headers=headers)
        return answer.raise_for_status().json()


@dataclass(frozen=True)
class Texter:
    """A user of RingPlan: `account` is the gateway's id."""

    world: World
    account: str
    email: str

    async def sees(self, path: str) -> Any:
        pair = await self.world.request("GET", f"/ringplan-login/show-token?email={self.email}")
        return await self.world.request("GET", f"/ringplan{path}", token=pair["id_token"])

    async def contact(self) -> str:
        person = {"firstName": "Ben", "lastName": "Moor", "number": self.world.number()}
        payload = await self.world.insist("createContact", "contact { id }", accountId=self.account, **person)
        return str(payload["contact"]["id"])

    async def own_number(self) -> str:
        (number,) = await self.sees("/texting/numbers")
        return str(number["number"])

    async def conversation(self) -> str:
        fields = {"contactId": await self.contact(), "fromNumber": await self.own_number()}
        payload = await self.world.insist("createConversation", "conversation { id }", **fields)
        return str(payload["conversation"]["id"])

    async def messages(self, conversation: str, text: str) -> list[Json]:
        """Those of a conversation that say this, as the upstream has them."""
        messages = await self.sees(f"/texting/conversations/{external_id(conversation)}/messages")
        return [message for message in messages if message["text"] == text]


def external_id(entity_id: str) -> str:
    """The upstream's id of what the gateway gave an id."""
    identity = Identity.parse(entity_id)
    assert identity is not None
    return identity.external_id


@dataclass(frozen=True, slots=True)
class Stage:
    """The servers, which several tests may share."""

    gateway: Served
    proxy: FaultProxy
    sandbox_url: str
    accounts: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[World]:
        """With connections of its own, and nothing left that is to go wrong."""
        self.proxy.clear()
        async with (
            self.gateway.client() as client,
            plain_http(base_url=self.sandbox_url, timeout=10) as sandbox,
            plain_http(base_url=f"{self.sandbox_url}/connect") as upstream,
        ):
            stand_in = StandIn(upstream)
            await stand_in.register(self.gateway.url)
            yield World(client, self.proxy, sandbox, stand_in, self.accounts)


@asynccontextmanager
async def stage(sandbox_url: str, folder: Path, store_url: str) -> AsyncIterator[Stage]:
    async with (
        fault_proxy(sandbox_url) as proxy,
        served(folder, configuration(proxy.url, store_url), now=utc_now) as gateway,
    ):
        yield Stage(gateway, proxy, sandbox_url)


def configuration(
    upstream_url: str,
    store_url: str,
    *,
    read: float = READ_SECONDS,
    total: float = TOTAL_SECONDS,
    lookup_lag: float = 0.5,
) -> str:
    """A gateway over both upstreams of a sandbox, with short time-outs."""
    timeouts = f"read_seconds = {read}, total_seconds = {total}"
    http = f"lookup_lag_seconds = {lookup_lag}\nhttp = {{ {timeouts}, retries = 0 }}"
    return f"""
        [store]
        url = "{store_url}"
        [providers.connect]
        plugin = "medixcel"
        base_url = "{upstream_url}/connect"
        client_key = "sandbox-client-key"
        {http}
        [providers.ringplan]
        api_url = "{upstream_url}/ringplan"
        login_url = "{upstream_url}/ringplan-login"
        register_key = "sandbox-register-key"
        {http}
    """
