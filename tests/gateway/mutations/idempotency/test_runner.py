"""Writes are done once, however often they are requested."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from providers.domain.entities import MessageStatus
from providers.domain.errors import OutcomeUnknown, RateLimited, Rejected, Unavailable
from tests.testkit.client import Client, Json, document_of
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper, PaperProvider
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served, served
from tests.testkit.steps import connected, key_of, known_conversation
from tests.testkit.token import REQUIRED, token_of
from tests.testkit.world import WorldBuilder

MEETING = "meeting { id title startTime status } "
LOOKUP_LAG_SECONDS = PaperProvider.lookup_lag.total_seconds()
SECRET_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def _meeting(account: str, **fields: object) -> dict[str, Any]:
    usual = {"title": "Review", "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30, "idempotencyKey": "one"}
    return {"accountId": account, **usual, **fields}


@pytest.fixture
async def account(client: Client) -> str:
    return await connected(client)


async def test_a_success_is_replayed(client: Client, paper: Paper, account: str) -> None:
    first = await client.do("scheduleMeeting", MEETING, **_meeting(account))
    second = await client.do("scheduleMeeting", MEETING, **_meeting(account))

    assert second == first
    assert paper.calls["schedule_meeting"] == 1


async def test_without_a_key_every_request_is_an_intent_of_its_own(client: Client, paper: Paper, account: str) -> None:
    first, second = [
        await client.do("scheduleMeeting", MEETING, **_meeting(account, idempotencyKey=None)) for _ in range(2)
    ]

    assert first["meeting"]["id"] != second["meeting"]["id"]
    assert paper.calls["schedule_meeting"] == 2


async def test_a_success_is_replayed_even_if_its_input_is_no_longer_valid(
    client: Client, clock: Clock, account: str
) -> None:
    first = await client.do("scheduleMeeting", MEETING, **_meeting(account))
    clock.pass_by(timedelta(days=6))

    second = await client.do("scheduleMeeting", MEETING, **_meeting(account))

    assert second["meeting"] == {**first["meeting"], "status": "ENDED"}


async def test_a_success_is_replayed_after_its_account_was_disconnected(client: Client, account: str) -> None:
    first = await client.do("scheduleMeeting", MEETING, **_meeting(account))
    await client.do("disconnectAccount", accountId=account)

    assert await client.do("scheduleMeeting", MEETING, **_meeting(account)) == first


async def test_the_same_key_with_other_input_is_a_mismatch(client: Client, paper: Paper, account: str) -> None:
    await client.do("scheduleMeeting", MEETING, **_meeting(account))

    (error,) = await client.refusals("scheduleMeeting", MEETING, **_meeting(account, title="Retrospective"))

    assert (error["code"], error["path"]) == ("IDEMPOTENCY_MISMATCH", ["input", "idempotencyKey"])
    assert not error["retryable"]
    assert paper.calls["schedule_meeting"] == 1


async def test_a_key_belongs_to_its_mutation(client: Client, account: str) -> None:
    scheduled = await client.do("scheduleMeeting", MEETING, **_meeting(account))

    started = await client.do("startMeeting", MEETING, accountId=account, title="Now", idempotencyKey="one")

    assert started["meeting"]["id"] != scheduled["meeting"]["id"]


async def test_a_second_request_waits_for_the_first(client: Client, paper: Paper, account: str) -> None:
    paper.gates["schedule_meeting"] = asyncio.Event()
    first = asyncio.create_task(client.do("scheduleMeeting", MEETING, **_meeting(account)))
    await paper.until_asked("schedule_meeting", 1)
    others = [asyncio.create_task(client.do("scheduleMeeting", MEETING, **_meeting(account))) for _ in range(5)]
    await client.data("{ viewer { userId } }")
    assert not any(each.done() for each in others)

    paper.gates["schedule_meeting"].set()

    assert [await each for each in others] == [await first] * 5
    assert paper.calls["schedule_meeting"] == 1


async def test_a_second_request_runs_if_the_first_one_failed(client: Client, paper: Paper, account: str) -> None:
    paper.gates["schedule_meeting"] = asyncio.Event()
    paper.failures["schedule_meeting"] = Rejected("No.", provider="paper")
    requests = [asyncio.create_task(client.refusals("scheduleMeeting", **_meeting(account))) for _ in range(3)]
    await paper.until_asked("schedule_meeting", 1)

    paper.gates["schedule_meeting"].set()

    assert [(await each)[0]["code"] for each in requests] == ["REJECTED"] * 3
    assert paper.calls["schedule_meeting"] == 3


@pytest.mark.parametrize(
    "error",
    [
        Rejected("It has no room.", provider="paper"),
        RateLimited("Slowly.", provider="paper", retry_after=3),
        Unavailable("It is down.", provider="paper"),
    ],
    ids=lambda error: error.code.value,
)
async def test_a_definite_failure_frees_the_key(client: Client, paper: Paper, account: str, error: Rejected) -> None:
    paper.failures["schedule_meeting"] = error
    (reported,) = await client.refusals("scheduleMeeting", MEETING, **_meeting(account))
    assert (reported["code"], reported["provider"]) == (error.code.value, "paper")
    assert (reported["retryable"], reported["retryAfterSeconds"]) == (error.retryable, error.retry_after)
    del paper.failures["schedule_meeting"]

    await client.do("scheduleMeeting", MEETING, **_meeting(account))
    await client.do("scheduleMeeting", MEETING, **_meeting(account))

    assert len(paper.meetings[key_of(account)]) == 1


@pytest.mark.parametrize("seconds", [None, 7], ids=["an upstream that answers nonsense", "an upstream that is silent"])
async def test_every_unknown_outcome_says_when_a_retry_finds_out(
    client: Client, paper: Paper, account: str, seconds: float | None
) -> None:
    paper.failures["schedule_meeting"] = OutcomeUnknown("It was lost.", provider="paper", retry_after=seconds)

    (reported,) = await client.refusals("scheduleMeeting", MEETING, **_meeting(account))

    assert (reported["code"], reported["retryable"]) == ("OUTCOME_UNKNOWN", True)
    assert reported["retryAfterSeconds"] == (seconds or 0) + LOOKUP_LAG_SECONDS


async def test_a_failure_frees_the_key_for_other_input(client: Client, paper: Paper, account: str) -> None:
    paper.failures["schedule_meeting"] = Rejected("No.", provider="paper")
    await client.refusals("scheduleMeeting", **_meeting(account))
    del paper.failures["schedule_meeting"]

    await client.do("scheduleMeeting", MEETING, **_meeting(account, title="Retrospective"))


async def test_invalid_input_leaves_the_key_free(client: Client, account: str) -> None:
    await client.refusals("scheduleMeeting", **_meeting(account, title=""))

    await client.do("scheduleMeeting", MEETING, **_meeting(account))


async def test_a_write_with_an_unknown_outcome_is_not_sent_again(client: Client, paper: Paper, account: str) -> None:
    paper.unanswered.add("schedule_meeting")

    for _ in range(2):
        (error,) = await client.refusals("scheduleMeeting", MEETING, **_meeting(account))
        assert error["code"] == "OUTCOME_UNKNOWN"
        assert error["retryable"]

    assert paper.calls["schedule_meeting"] == 1


async def test_a_write_that_raised_an_unexpected_error_is_not_sent_again(
    gateway: Served, client: Client, paper: Paper, account: str
) -> None:
    paper.failures["schedule_meeting"] = ZeroDivisionError("a secret detail")  # type: ignore[assignment]
    answer = await client.attempt("scheduleMeeting", MEETING, **_meeting(account))
    (error,) = answer["errors"]
    assert set(error["extensions"]) == {"code", "reference"}
    assert "secret" not in str(answer)
    assert error["extensions"]["reference"] in [entry.get("reference") for entry in gateway.log]

    (unknown,) = await client.refusals("scheduleMeeting", MEETING, **_meeting(account))

    assert unknown["code"] == "OUTCOME_UNKNOWN"


async def test_a_client_that_disconnects_does_not_stop_a_write(client: Client, paper: Paper, account: str) -> None:
    paper.gates["schedule_meeting"] = asyncio.Event()
    request = asyncio.create_task(_post(client, _meeting(account)))
    await paper.until_asked("schedule_meeting", 1)
    request.cancel()
    await asyncio.wait([request])

    paper.gates["schedule_meeting"].set()
    payload = await client.do("scheduleMeeting", MEETING, **_meeting(account))

    assert payload["meeting"]["title"] == "Review"
    assert paper.calls["schedule_meeting"] == 1


async def test_a_message_that_was_not_sent_is_stored_and_reported(client: Client, paper: Paper, account: str) -> None:
    conversation = known_conversation(paper, account)
    data = await client.data("{ conversations { nodes { id } } }")
    text = {"conversationId": data["conversations"]["nodes"][0]["id"], "text": "Hello", "idempotencyKey": "one"}
    paper.status = MessageStatus.FAILED

    (error,) = await client.refusals("sendMessage", "message { id }", **text)

    assert (error["code"], error["provider"]) == ("REJECTED", "paper")
    data = await client.data("{ messages { nodes { text status } } }")
    assert data["messages"]["nodes"] == [{"text": "Hello", "status": "FAILED"}]

    paper.status = MessageStatus.SENT
    await client.do("sendMessage", "message { id }", **text)
    assert [each.status for each in paper.messages[conversation.external_id]] == [
        MessageStatus.SENT,
        MessageStatus.FAILED,
    ]


async def test_every_mutation_is_replayed(client: Client) -> None:
    """At the embedded provider, which can do all of them."""
    other = await client.do("connectAccount", "account { phoneNumbers { number } }", provider="local")
    number = other["account"]["phoneNumbers"][0]["number"]

    async def twice(mutation: str, selection: str, **fields: object) -> Json:
        first = await client.do(mutation, selection, **fields, idempotencyKey="one")
        assert await client.do(mutation, selection, **fields, idempotencyKey="one") == first
        return first

    account = (await twice("connectAccount", "account { id status phoneNumbers { number } }", provider="local"))[
        "account"
    ]
    review = {"title": "Review", "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
    meeting = (await twice("scheduleMeeting", MEETING, accountId=account["id"], **review))["meeting"]
    await twice("startMeeting", MEETING, accountId=account["id"], title="Now")
    await twice("rescheduleMeeting", MEETING, meetingId=meeting["id"], startTime="2030-05-06T15:00:00Z")
    await twice("cancelMeeting", MEETING, meetingId=meeting["id"])
    person = {"firstName": "Bob", "lastName": "Baker", "number": number}
    contact = (await twice("createContact", "created contact { id firstName }", accountId=account["id"], **person))[
        "contact"
    ]
    await twice("updateContact", "contact { id firstName }", contactId=contact["id"], firstName="Rob")
    own = account["phoneNumbers"][0]["number"]
    conversation = await twice("createConversation", "conversation { id }", contactId=contact["id"], fromNumber=own)
    await twice("sendMessage", "message { id }", conversationId=conversation["conversation"]["id"], text="Hello")
    await twice("disconnectAccount", "account { id status }", accountId=account["id"])

    data = await client.data("{ accounts { totalCount } messages(filter: {direction: OUTBOUND}) { totalCount } }")
    assert data == {"accounts": {"totalCount": 2}, "messages": {"totalCount": 1}}


async def test_keys_of_different_users_are_independent(
    tmp_path: Path, sqlite_url: str, paper: Paper, paper_name: str
) -> None:
    configuration = f'[store]\nurl = "{sqlite_url}"\n{REQUIRED}[providers.paper]\nupstream = "{paper_name}"'
    async with AsyncExitStack() as exit_stack:
        gateway = await exit_stack.enter_async_context(served(tmp_path, configuration))
        users = [gateway.client(token_of(name)) for name in ("ada", "bob")]
        meetings = []
        for user in users:
            await exit_stack.enter_async_context(user)
            account = await connected(user)
            meetings.append(await user.do("scheduleMeeting", MEETING, **_meeting(account)))

    assert meetings[0]["meeting"]["id"] != meetings[1]["meeting"]["id"]
    assert paper.calls["schedule_meeting"] == 2


class TestTwoProcesses:
    """Two gateways on one store, before one upstream."""

    @pytest.fixture
    async def pair(
        self, tmp_path: Path, database_url: str, clock: Clock, paper_name: str
    ) -> AsyncIterator[tuple[Client, Client]]:
        builder = WorldBuilder(
            folder=tmp_path, providers={"paper": f'upstream = "{paper_name}"'}, store_url=database_url
        )
        async with AsyncExitStack() as exit_stack:
            one, two = [await exit_stack.enter_async_context(builder.served(clock=clock)) for _ in range(2)]
            yield (
                await exit_stack.enter_async_context(one.client()),
                await exit_stack.enter_async_context(two.client()),
            )

    async def test_the_same_key_at_once_makes_one_meeting(self, pair: tuple[Client, Client], paper: Paper) -> None:
        account = await connected(pair[0])

        made = await asyncio.gather(
            *(client.do("scheduleMeeting", MEETING, **_meeting(account)) for client in pair * 5)
        )

        assert made == [made[0]] * 10
        assert paper.calls["schedule_meeting"] == 1

    async def test_the_second_waits_for_the_first(self, pair: tuple[Client, Client], paper: Paper) -> None:
        account = await connected(pair[0])
        paper.gates["schedule_meeting"] = asyncio.Event()
        first = asyncio.create_task(pair[0].do("scheduleMeeting", MEETING, **_meeting(account)))
        await paper.until_asked("schedule_meeting", 1)
        second = asyncio.create_task(pair[1].do("scheduleMeeting", MEETING, **_meeting(account)))
        await pair[1].data("{ viewer { userId } }")
        assert not second.done()

        paper.gates["schedule_meeting"].set()

        assert await second == await first

    async def test_the_write_of_a_process_that_died_has_an_unknown_outcome(
        self, pair: tuple[Client, Client], paper: Paper, clock: Clock
    ) -> None:
        """The first process stands in for a dead one: it does not answer before its lease ends."""
        account = await connected(pair[0])
        paper.gates["schedule_meeting"] = asyncio.Event()
        first = asyncio.create_task(pair[0].do("scheduleMeeting", MEETING, **_meeting(account)))
        await paper.until_asked("schedule_meeting", 1)
        clock.pass_by(timedelta(minutes=1))

        (error,) = await pair[1].refusals("scheduleMeeting", MEETING, **_meeting(account))

        assert error["code"] == "OUTCOME_UNKNOWN"
        assert paper.calls["schedule_meeting"] == 1
        paper.gates["schedule_meeting"].set()
        done = await first
        assert await pair[1].do("scheduleMeeting", MEETING, **_meeting(account)) == done


async def _post(client: Client, fields: Json) -> None:
    """A request on a connection of its own, which closes when it is cancelled."""
    async with plain_http(base_url=client.url) as http:
        payload = {"query": document_of("scheduleMeeting"), "variables": {"input": fields}}
        await http.post("/graphql", json=payload)
