"""Calls of an upstream: what one costs the gateway, layer by layer, next to a bare call of pyreqwest in the same run.

RingPlan's R4 is asked of the sandbox process, 40 calls at once, from this process.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from pyreqwest.client import ClientBuilder

from gateway.accounts.credentials import AccountTokens
from gateway.events.hub import Hub
from gateway.events.recorder import Recorder
from gateway.storage import Cipher, Store
from providers.api.provider import Core, TokenStore
from providers.domain.entities import Account, AccountStatus
from providers.http import HttpClient, Traffic
from providers.ringplan import RingPlanProvider
from providers.ringplan.settings import RingPlanSettings
from providers.ringplan.tokens import Credentials, credentials_of
from providers.testing.core import MemoryTokens, Published
from tests.bench.figures import Figure, Group
from tests.bench.load import Effort
from tests.testkit.plain_http import plain_http
from tests.testkit.server import serving

MAX_CONCURRENCY = 40

Call = Callable[[], Awaitable[object]]

_ACCOUNT = Account(key="ada", provider="ringplan", user_id="ada", status=AccountStatus.CONNECTED)


async def measure_upstream(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the CPU time of a call by each layer."""
    async with AsyncExitStack() as open_things:
        sandbox = open_things.enter_context(serving(folder, command="sandbox")).url
        credentials = await _registered(sandbox)
        client = HttpClient("ringplan", Traffic(concurrency=MAX_CONCURRENCY))
        open_things.push_async_callback(client.aclose)
        plain = await open_things.enter_async_context(plain_http())
        bare = await open_things.enter_async_context(ClientBuilder().build())
        in_memory = _provider(sandbox, client, MemoryTokens({_ACCOUNT.key: credentials}))
        in_store = _provider(sandbox, client, await _kept(credentials, folder, open_things))
        url, headers = f"{sandbox}/ringplan/texting/numbers", {"authorization": credentials["id_token"]}

        async def bare_call() -> object:
            return await (await bare.get(url).headers(headers).build().send()).bytes()

        calls: dict[str, Call] = {
            "httpx with its own transport": lambda: plain.get(url, headers=headers),
            "HttpClient.call": lambda: client.call("GET", url, headers=headers),
            "RingPlan's plug-in, R4, tokens in memory": lambda: in_memory.list_numbers(_ACCOUNT),
            "RingPlan's plug-in, R4, tokens in an SQLite store": lambda: in_store.list_numbers(_ACCOUNT),
        }
        floor = await _cpu_milliseconds(bare_call, effort)
        figures = [
            Figure(name=name, unit="CPU ms", product=await _cpu_milliseconds(call, effort), floor=floor)
            for name, call in calls.items()
        ]
    yield Group("A call of an upstream, 40 at once", "pyreqwest", figures)


async def _cpu_milliseconds(call: Call, effort: Effort) -> float:
    """Return the CPU time of this process, all its threads, for a call: the best of some rounds."""
    await _round(call, 0)
    return min([await _round(call, effort.seconds) for _ in range(effort.rounds)])


async def _round(call: Call, seconds: float) -> float:
    deadline, begun = time.monotonic() + seconds, time.process_time()

    async def one_after_the_other() -> int:
        count = 0
        while count == 0 or time.monotonic() < deadline:
            await call()
            count += 1
        return count

    calls = sum(await asyncio.gather(*(one_after_the_other() for _ in range(MAX_CONCURRENCY))))
    return (time.process_time() - begun) / calls * 1000


async def _registered(sandbox: str) -> Credentials:
    login = f"{sandbox}/ringplan-login"
    user = {"first_name": "Ada", "last_name": "Moor", "email": "ada@example.com", "company": "Bench", "key": "any"}
    async with plain_http() as http:
        (await http.post(f"{login}/api/user/register", json=user)).raise_for_status()
        shown = (await http.get(f"{login}/show-token?email=ada@example.com")).raise_for_status().json()
    return credentials_of(shown["id_token"], shown["refresh_token"], datetime.now(UTC))


async def _kept(credentials: Credentials, folder: Path, open_things: AsyncExitStack) -> TokenStore:
    store = await Store.open(f"sqlite:///{folder}/store.db", Cipher((os.urandom(32),)), _now)
    open_things.push_async_callback(store.aclose)
    async with store.write() as transaction:
        await store.accounts.put(transaction, _ACCOUNT)
        await store.credentials.put(transaction, _ACCOUNT.key, credentials)
    return AccountTokens(store, Recorder(store, Hub(store), _now), _now)


def _provider(sandbox: str, client: HttpClient, tokens: TokenStore) -> RingPlanProvider:
    settings = {"plugin": "ringplan", "api_url": f"{sandbox}/ringplan", "login_url": f"{sandbox}/ringplan-login"}
    core = Core(name="ringplan", http=client, tokens=tokens, now=_now, publish=Published(), callback_url="")
    return RingPlanProvider(RingPlanSettings.model_validate(settings), core)


def _now() -> datetime:
    return datetime.now(UTC)
