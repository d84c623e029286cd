"""One failing provider neither hides nor delays the data of the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.runtime.clock import utc_now
from tests.faults.fault import HANG_BEFORE, Fault, status
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.testkit.client import Client, Json
from tests.testkit.world import World, WorldBuilder

MEETINGS = "query ($filter: MeetingFilter) { meetings(filter: $filter) { nodes { provider { name } title } } }"
NO_CACHE = {"cache-control": "no-cache"}
IMPATIENT = "http = { read_seconds = 1, total_seconds = 2, retries = 0 }"
PATIENT = "http = { read_seconds = 30, total_seconds = 30 }"
DAY = {"from": "2031-05-06T00:00:00Z", "to": "2031-05-07T00:00:00Z"}
NEXT_DAY = {"from": "2031-05-07T00:00:00Z", "to": "2031-05-08T00:00:00Z"}
HOUR = {"from": "2031-05-06T06:00:00Z", "to": "2031-05-06T07:00:00Z"}
FOR_EVER = 10_000
_VISIT = {"title": "Visit", "durationMinutes": 30, "participants": [{"email": "ben@example.com", "firstName": "Ben"}]}
BROKEN = ("connect", "ringplan")


@dataclass(frozen=True, slots=True)
class Trio:
    """`accounts` has an account of each provider, by the provider's name."""

    world: World
    accounts: dict[str, str]

    @property
    def client(self) -> Client:
        return self.world.client

    def own(self, within: Json) -> Json:
        """A filter for the meetings of these accounts: the sandbox may have more."""
        return {"accountIds": [*self.accounts.values()], **within}

    async def schedule(self, within: Json) -> None:
        """Schedule a meeting with each of the providers."""
        for account in self.accounts.values():
            start = within["from"].replace("T00", "T12")
            await self.client.do("scheduleMeeting", "meeting { id }", accountId=account, startTime=start, **_VISIT)

    async def health(self) -> dict[str, str]:
        providers = (await self.client.data("{ providers { name health } }"))["providers"]
        return {each["name"]: each["health"] for each in providers}


@asynccontextmanager
async def trio(sandbox_url: str, folder: Path, store_url: str, keys: str) -> AsyncIterator[Trio]:
    """The embedded provider and the two upstreams, which have these keys and a proxy each."""
    async with fault_proxy(sandbox_url) as connect, fault_proxy(sandbox_url) as ringplan:
        builder = WorldBuilder(
            folder=folder,
            providers={"local": "", "connect": keys, "ringplan": keys},
            sandbox_url=sandbox_url,
            proxies={"connect": connect, "ringplan": ringplan},
            store_url=store_url,
        )
        async with builder.world(now=utc_now) as world:
            yield Trio(world, {name: await world.connected(name) for name in builder.providers})


@pytest.fixture
async def three(sandbox_url: str, tmp_path: Path, sqlite_url: str) -> AsyncIterator[Trio]:
    async with trio(sandbox_url, tmp_path, sqlite_url, IMPATIENT) as running:
        yield running


def _stopped(proxy: FaultProxy) -> AbstractAsyncContextManager[None]:
    return proxy.refusing()


@asynccontextmanager
async def _each_call(proxy: FaultProxy, fault: Fault) -> AsyncIterator[None]:
    proxy.inject(fault, times=FOR_EVER)
    yield
    proxy.clear()


def _hanging(proxy: FaultProxy) -> AbstractAsyncContextManager[None]:
    return _each_call(proxy, HANG_BEFORE)


def _failing(proxy: FaultProxy) -> AbstractAsyncContextManager[None]:
    return _each_call(proxy, status(500))


Breaking = Callable[[FaultProxy], AbstractAsyncContextManager[None]]

broken = pytest.mark.parametrize("broken", BROKEN)
ways = pytest.mark.parametrize("breaking", [_stopped, _hanging, _failing], ids=["stopped", "hanging", "failing"])


def _providers(answer: Json) -> set[str]:
    return {node["provider"]["name"] for node in answer["data"]["meetings"]["nodes"]}


def _stale(answer: Json) -> list[tuple[str, str, bool]]:
    entries = answer.get("extensions", {}).get("stale", [])
    return [(each["provider"], each["code"], each["since"] is not None) for each in entries]


@broken
@ways
async def test_a_failing_providers_stored_data_is_marked_stale(three: Trio, broken: str, breaking: Breaking) -> None:
    await three.schedule(DAY)
    known = await three.client.ask(MEETINGS, filter=three.own(DAY))
    assert (_providers(known), _stale(known)) == ({"local", "connect", "ringplan"}, [])
    async with breaking(three.world.proxies[broken]):
        answer = await three.client.ask(MEETINGS, NO_CACHE, filter=three.own(DAY))
    assert (answer["data"], _stale(answer)) == (known["data"], [(broken, "UNAVAILABLE", True)])
    again = await three.client.ask(MEETINGS, filter=NEXT_DAY)
    assert "errors" not in again


@broken
@ways
async def test_a_failing_providers_missing_data_is_left_out(three: Trio, broken: str, breaking: Breaking) -> None:
    async with breaking(three.world.proxies[broken]):
        answer = await three.client.ask(MEETINGS, filter=NEXT_DAY)
    assert "errors" not in answer
    assert _stale(answer) == [(broken, "UNAVAILABLE", False)]


async def test_a_field_of_a_failing_provider_is_null_with_an_error_that_names_it(
    three: Trio,
) -> None:
    document = "{ accounts { nodes { provider { name } contacts { totalCount } phoneNumbers { number } } } }"
    async with three.world.proxies["ringplan"].refusing():
        answer = await three.client.ask(document)
    by_provider = {node.pop("provider")["name"]: node for node in answer["data"]["accounts"]["nodes"]}
    assert by_provider["ringplan"] == {"contacts": None, "phoneNumbers": None}
    assert by_provider["local"]["contacts"] == {"totalCount": 0}
    assert by_provider["connect"]["contacts"] == {"totalCount": 0}
    errors = [(error["extensions"]["code"], error["extensions"]["provider"]) for error in answer["errors"]]
    assert errors == [("UNAVAILABLE", "ringplan")] * 2


async def test_health_reports_the_state_of_a_provider(three: Trio) -> None:
    within = {"accountIds": [three.accounts["connect"]], **HOUR}
    assert set((await three.health()).values()) == {"AVAILABLE"}
    async with _failing(three.world.proxies["connect"]):
        await three.client.ask(MEETINGS, filter=within)
        assert (await three.health())["connect"] == "DEGRADED"
        for _ in range(4):
            await three.client.ask(MEETINGS, filter=within)
        assert await three.health() == {"local": "AVAILABLE", "connect": "UNAVAILABLE", "ringplan": "AVAILABLE"}
        metrics = (await three.client.http.get("/metrics")).text
    host = three.world.proxies["connect"].url.removeprefix("http://")
    assert f'circuit_state{{host="{host}",provider="connect",state="open"}} 1.0' in metrics
    assert f'request_duration_seconds_count{{host="{host}",outcome="5xx",provider="connect"}} 6.0' in metrics


async def test_an_open_circuit_makes_no_calls(three: Trio) -> None:
    await three.schedule(DAY)
    known = await three.client.ask(MEETINGS, filter=three.own(DAY))
    async with _failing(three.world.proxies["connect"]):
        for _ in range(5):
            await three.client.ask(MEETINGS, NO_CACHE, filter=three.own(DAY))
        before = len(three.world.proxies["connect"].calls)
        answers = [await three.client.ask(MEETINGS, NO_CACHE, filter=three.own(DAY)) for _ in range(5)]
        assert len(three.world.proxies["connect"].calls) == before
    assert [answer["data"] for answer in answers] == [known["data"]] * 5


async def test_200_readers_of_missing_data_share_one_call(three: Trio) -> None:
    account = three.accounts["ringplan"]
    document = "query ($id: ID!) { contacts(filter: { accountIds: [$id] }) { totalCount } }"
    answers = await asyncio.gather(*(three.client.data(document, id=account) for _ in range(200)))
    assert answers == [{"contacts": {"totalCount": 0}}] * 200
    assert len(three.world.proxies["ringplan"].lines("GET /ringplan/texting/contacts")) == 1


async def test_readers_of_different_accounts_share_no_call(three: Trio) -> None:
    accounts = [three.accounts["ringplan"], await three.world.connected("ringplan")]
    document = "query ($id: ID!) { contacts(filter: { accountIds: [$id] }) { totalCount } }"
    await asyncio.gather(*(three.client.data(document, id=each) for each in accounts * 10))
    assert len(three.world.proxies["ringplan"].lines("GET /ringplan/texting/contacts")) == 2


async def test_queries_of_other_providers_do_not_wait_for_a_hanging_one(
    sandbox_url: str, tmp_path: Path, sqlite_url: str
) -> None:
    async with trio(sandbox_url, tmp_path, sqlite_url, PATIENT) as three:
        proxy = three.world.proxies["ringplan"]
        proxy.inject(HANG_BEFORE, times=FOR_EVER)
        days = [{"from": f"2031-06-{day:02}T00:00:00Z", "to": f"2031-06-{day:02}T01:00:00Z"} for day in range(1, 29)]
        hanging = [asyncio.create_task(three.client.ask(MEETINGS, filter=day)) for day in days]
        await proxy.until_called("/ringplan/meet", times=8)
        for day in days:
            others = {**day, "accountIds": [three.accounts["local"], three.accounts["connect"]]}
            answer = await three.client.ask(MEETINGS, filter=others)
            assert "errors" not in answer
            assert _stale(answer) == []
        assert not any(task.done() for task in hanging)
        proxy.clear()
        async with proxy.refusing():
            answers = await asyncio.gather(*hanging)
    assert all(_stale(answer) == [("ringplan", "UNAVAILABLE", False)] for answer in answers)
