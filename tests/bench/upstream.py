"""`python -m tests.bench.upstream`: what a call of an upstream costs us, next to httpx's own transport in the same run.

RingPlan's R4 is asked of the sandbox process, 40 calls at once, from one core.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import uvloop

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
from tests.testkit.plain_http import plain_http
from tests.testkit.server import serving

MAX_CONCURRENCY = 40
CALLS = 2_000
ROUNDS = 3

Call = Callable[[], Awaitable[object]]

_ACCOUNT = Account(key="ada", provider="ringplan", user_id="ada", status=AccountStatus.CONNECTED)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), command="sandbox") as sandbox:
        os.sched_setaffinity(sandbox.process.pid, {1 % (os.cpu_count() or 1)})
        inherited = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {0})
        try:
            uvloop.run(_compare(sandbox.url, Path(folder)))
        finally:
            os.sched_setaffinity(0, inherited)


async def _compare(sandbox: str, folder: Path) -> None:
    credentials = await _registered(sandbox)
    async with AsyncExitStack() as open_things:
        client = HttpClient("ringplan", Traffic(concurrency=MAX_CONCURRENCY))
        open_things.push_async_callback(client.aclose)
        plain = await open_things.enter_async_context(plain_http())
        in_memory = _provider(sandbox, client, MemoryTokens({_ACCOUNT.key: credentials}))
        in_store = _provider(sandbox, client, await _kept(credentials, folder, open_things))
        url, headers = f"{sandbox}/ringplan/texting/numbers", {"authorization": credentials["id_token"]}
        print(f"{'A call of an upstream, 40 at once':60}{'CPU ms':>9}")
        for name, call in {
            "httpx with its own transport": lambda: plain.get(url, headers=headers),
            "HttpClient.call": lambda: client.call("GET", url, headers=headers),
            "RingPlan's plug-in, R4, tokens in memory": lambda: in_memory.list_numbers(_ACCOUNT),
            "RingPlan's plug-in, R4, tokens in an SQLite store": lambda: in_store.list_numbers(_ACCOUNT),
        }.items():
            print(f"{name:60}{await _cpu_milliseconds(call):9.3f}")


async def _cpu_milliseconds(call: Call) -> float:
    """Of this process, all its threads, for a call: the best of some rounds."""
    await _round(call, MAX_CONCURRENCY * 5)
    return min([await _round(call, CALLS) for _ in range(ROUNDS)])


async def _round(call: Call, calls: int) -> float:
    async def one_after_the_other() -> None:
        for _ in range(calls // MAX_CONCURRENCY):
            await call()

    before = os.times()
    await asyncio.gather(*(one_after_the_other() for _ in range(MAX_CONCURRENCY)))
    after = os.times()
    return (after.user + after.system - before.user - before.system) * 1000 / calls


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


if __name__ == "__main__":
    main()
