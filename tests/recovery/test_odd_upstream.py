"""Upstreams whose clocks are off, and whose lists lag: what was asked for once is done once."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from tests.faults.fault import RESET_AFTER, RESET_BEFORE
from tests.faults.odd_upstream import OddUpstream, odd_sandbox
from tests.faults.proxy import fault_proxy
from tests.recovery.call import CALLS, Call
from tests.testkit.client import Json
from tests.testkit.clock import Ahead
from tests.testkit.steps import external_id, unused
from tests.testkit.world import World, WorldBuilder, impatient

_SEND = "POST /ringplan/texting/conversations/.*/messages"
_START = "POST /ringplan/meet/calendar/event/history"
_MAKING = [call for call in CALLS if re.match(r"(M2|R6|R10|R12$|R13|R17$)", call.name)]
_OFF = timedelta(minutes=5)


@asynccontextmanager
async def entered(folder: Path, store_url: str, odd: OddUpstream, now: Ahead, lag: float) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(odd_sandbox(odd))
        proxy = await stack.enter_async_context(fault_proxy(sandbox.url))
        builder = WorldBuilder.behind(
            proxy, impatient(lookup_lag=lag), folder=folder, sandbox_url=sandbox.true_url, store_url=store_url
        )
        yield await stack.enter_async_context(builder.world(now=now))


class TestClocks:
    """Five minutes ahead of the gateway's, or behind it."""

    @pytest.fixture(params=[_OFF, -_OFF], ids=["ahead", "behind"])
    def clock(self, request: pytest.FixtureRequest) -> Ahead:
        return Ahead(request.param)

    @pytest.fixture(params=[True, False], ids=["with a Date", "without a Date"])
    async def world(
        self, request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str, clock: Ahead
    ) -> AsyncIterator[World]:
        odd = OddUpstream(clock, has_date=request.param)
        async with entered(tmp_path, sqlite_url, odd, Ahead(), lag=0.5) as world:
            yield world

    @pytest.mark.parametrize("call", _MAKING, ids=lambda call: call.name)
    async def test_a_lost_write_is_found_with_any_clock_skew(
        self, world: World, clock: Ahead, call: Call, request: pytest.FixtureRequest
    ) -> None:
        if call.line == _START and clock.by < timedelta() and "without a Date" in request.node.name:
            await _starts_at_the_second_call(world)
            return
        asked, key = await call.prepare(world), unused("key")
        world.proxy.inject(RESET_AFTER, call.line)
        (error,) = await world.client.refusals(asked.mutation, **asked.fields, idempotencyKey=key)
        assert error["code"] == "OUTCOME_UNKNOWN"

        fields = {**asked.fields, "idempotencyKey": key}
        made = [await world.client.insist(asked.mutation, asked.selection, **fields) for _ in range(2)]

        assert made[0] == made[1]
        assert (await asked.done(), len(world.proxy.lines(call.line))) == (1, 1)

    async def test_an_equal_text_of_some_minutes_ago_is_not_mistaken_for_the_lost_one(
        self, world: World, clock: Ahead, request: pytest.FixtureRequest
    ) -> None:
        """It was sent from elsewhere. Without a Date header only its age distinguishes it."""
        minutes = 11 if "without a Date" in request.node.name else 3
        texter = await world.texter()
        conversation = await texter.conversation()
        clock.pass_by(minutes=-minutes)
        await texter.says(f"/texting/conversations/{external_id(conversation)}/messages", text="Yes")
        clock.pass_by(minutes=minutes)
        world.proxy.inject(RESET_BEFORE, _SEND)
        text = {"conversationId": conversation, "text": "Yes", "idempotencyKey": "one"}
        await world.client.refusals("sendMessage", **text)

        await world.client.insist("sendMessage", **text)

        assert len(await texter.messages(conversation, "Yes")) == 2


class TestStarts:
    """A meeting that starts now, by RingPlan's clock."""

    @pytest.mark.parametrize("seconds", [-1, 0, 1, -300, 300])
    async def test_an_instant_meeting_starts_in_the_upstreams_past_and_is_shown_at_the_requested_time(
        self, tmp_path: Path, sqlite_url: str, seconds: int
    ) -> None:
        clock = Ahead(timedelta(seconds=seconds))
        async with entered(tmp_path, sqlite_url, OddUpstream(clock), Ahead(), lag=0.5) as world:
            texter = await world.texter()
            before = datetime.now(UTC).replace(microsecond=0)
            fields = {"accountId": texter.account, "title": "now", "durationMinutes": 20}
            made = await world.client.insist("startMeeting", "meeting { id startTime endTime }", **fields)
            sent = await _sent_start(world)
            listed = await _listed(world, texter.account)

        assert timedelta(seconds=31) <= clock() - clock.by + timedelta(seconds=seconds) - sent <= timedelta(seconds=58)
        shown = datetime.fromisoformat(made["meeting"]["startTime"])
        assert before <= shown <= datetime.now(UTC)
        assert listed == [made["meeting"]]

    async def test_a_clock_that_is_first_heard_of_in_a_refusal_is_followed(
        self, tmp_path: Path, sqlite_url: str
    ) -> None:
        odd = OddUpstream(Ahead(-_OFF))
        async with entered(tmp_path, sqlite_url, odd, Ahead(), lag=0.5) as world:
            texter = await world.texter()
            builder = WorldBuilder.behind(
                world.proxy, impatient(), folder=tmp_path, sandbox_url="", store_url=sqlite_url
            )
            async with builder.served(now=Ahead()) as restarted, restarted.client() as client:
                await client.do("startMeeting", accountId=texter.account, title="now")

            assert len(world.proxy.lines(_START)) == 2


class TestListsThatLag:
    """The list shows a message 600 s late; the operator says that it may lag for 900 s."""

    @pytest.fixture
    def clock(self) -> Ahead:
        """Everybody's."""
        return Ahead()

    @pytest.fixture
    async def world(self, tmp_path: Path, sqlite_url: str, clock: Ahead) -> AsyncIterator[World]:
        odd = OddUpstream(clock, has_date=False, lag=timedelta(seconds=600))
        async with entered(tmp_path, sqlite_url, odd, clock, lag=900) as world:
            yield world

    @pytest.fixture
    async def text(self, world: World) -> Json:
        conversation = await (await world.texter()).conversation()
        return {"conversationId": conversation, "text": "Hello", "idempotencyKey": "one"}

    async def test_one_key_sends_one_text(self, world: World, clock: Ahead, text: Json) -> None:
        world.proxy.inject(RESET_AFTER, _SEND)
        await world.client.refusals("sendMessage", **text)

        for seconds in (10, 300):
            clock.pass_by(seconds=seconds)
            (error,) = await world.client.refusals("sendMessage", **text)
            assert (error["code"], error["retryable"]) == ("OUTCOME_UNKNOWN", True)
            assert 500 < error["retryAfterSeconds"] <= 900
        clock.pass_by(seconds=300)
        made = [await world.client.do("sendMessage", "message { id }", **text) for _ in range(2)]

        assert made[0] == made[1]
        assert len(world.proxy.lines(_SEND)) == 1

    async def test_a_text_that_was_not_sent_is_sent_when_the_list_can_lag_no_more(
        self, world: World, clock: Ahead, text: Json
    ) -> None:
        world.proxy.inject(RESET_BEFORE, _SEND)
        await world.client.refusals("sendMessage", **text)
        (error,) = await world.client.refusals("sendMessage", **text)
        clock.pass_by(seconds=error["retryAfterSeconds"])

        await world.client.do("sendMessage", **text)

        texter = await world.texter()
        assert len(await texter.messages(text["conversationId"], "Hello")) == 1


async def _starts_at_the_second_call(world: World) -> None:
    """Without a Date nothing says by how much RingPlan's clock is behind: the first start is rejected, and known."""
    texter = await world.texter()
    made = await world.client.do(
        "startMeeting", "meeting { id startTime endTime }", accountId=texter.account, title="now"
    )
    assert len(world.proxy.lines(_START)) == 2
    assert await _listed(world, texter.account) == [made["meeting"]]


async def _sent_start(world: World) -> datetime:
    (call,) = [each for each in world.proxy.calls if re.match(_START, each.line)]
    return datetime.fromisoformat(orjson.loads(call.body)["start_time"]).replace(tzinfo=UTC)


async def _listed(world: World, account: str) -> list[Json]:
    """The object in the upstream's list."""
    now = datetime.now(UTC)
    around = {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
    document = "query ($filter: MeetingFilter) { meetings(filter: $filter) { nodes { id startTime endTime } } }"
    wanted = {"accountIds": [account], **around}
    data = await world.client.data(document, {"cache-control": "no-cache"}, filter=wanted)
    nodes: list[Json] = data["meetings"]["nodes"]
    return nodes
