"""A client that repeats a mutation with the same key until it is acknowledged.

It never gives up: the caller bounds the time.
"""

import asyncio
from dataclasses import dataclass
from random import Random

import httpx

from tests.chaos.tally import Intent, Tally
from tests.testkit.client import Client

_FIRST_PAUSE = 0.05
_MAX_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Writer:
    client: Client
    tally: Tally
    random: Random

    async def insist(self, intent: Intent) -> None:
        """Until it is done; AssertionError where the gateway does not know what happens to it."""
        key, pause = f"{self.random.getrandbits(64):x}", _FIRST_PAUSE
        while not await self.ask(intent, idempotencyKey=key):
            await asyncio.sleep(self.random.uniform(0, pause))
            pause = min(2 * pause, _MAX_PAUSE)

    async def ask(self, intent: Intent, **key: str) -> bool:
        """Whether it is acknowledged."""
        kind = intent.kind
        try:
            fields = {**kind.fields(intent.number), **key}
            answer = await self.client.attempt(kind.mutation, f"{kind.entity} {{ id }}", **fields)
        except (httpx.TransportError, ValueError, AttributeError):  # the last is anyio's, of a socket that is gone
            self.tally.responses["nothing: the gateway is gone"] += 1
            return False
        assert "errors" not in answer, answer["errors"]
        payload = answer["data"][kind.mutation]
        if payload["userErrors"]:
            self.tally.responses[payload["userErrors"][0]["code"]] += 1
            return False
        self.tally.responses["done"] += 1
        self.tally.acknowledged[intent] = payload[kind.entity]["id"]
        return True
