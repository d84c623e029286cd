"""While a provider fails, what is known is shown and said to be old."""

from datetime import timedelta

import pytest

from providers.domain.errors import NotAuthorized, RateLimited, Unavailable
from tests.gateway.reads.lists import MEETINGS, NO_CACHE, lists
from tests.testkit.client import Client, Json
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import Paper
from tests.testkit.steps import DAY, key_of, known_conversation

DOWN = Unavailable("It is down.", provider="paper")


def stale_in(answer: Json) -> list[Json]:
    """The entries of `extensions.stale` in a response without errors."""
    assert "errors" not in answer
    entries: list[Json] = answer.get("extensions", {}).get("stale", [])
    return entries


@pytest.fixture(autouse=True)
def conversation(paper: Paper, account: str) -> None:
    known_conversation(paper, account)


async def _schedule(client: Client, account: str, title: str = "Review") -> None:
    meeting = {"title": title, "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
    await client.do("scheduleMeeting", accountId=account, **meeting)


@pytest.fixture
def stale(account: str) -> Json:
    return {"provider": "paper", "account": account, "since": NOON.isoformat(), "code": "UNAVAILABLE"}


@lists
async def test_stored_data_is_served_as_stale(
    client: Client, paper: Paper, clock: Clock, stale: Json, document: str, call: str, seconds: int
) -> None:
    fresh = await client.ask(document)
    assert stale_in(fresh) == []
    paper.failures[call] = DOWN
    clock.pass_by(timedelta(days=3))

    answer = await client.ask(document)

    assert answer["data"] == fresh["data"]
    assert stale_in(answer) == [stale]


@lists
async def test_no_cache_falls_back_to_stored_data(
    client: Client, paper: Paper, stale: Json, document: str, call: str, seconds: int
) -> None:
    fresh = await client.ask(document)
    paper.failures[call] = DOWN

    answer = await client.ask(document, NO_CACHE)

    assert answer["data"] == fresh["data"]
    assert stale_in(answer) == [stale]


@lists
async def test_missing_data_is_an_error_that_names_the_provider(
    client: Client, paper: Paper, document: str, call: str, seconds: int
) -> None:
    paper.failures[call] = RateLimited("Slowly.", provider="paper", retry_after=2.5)

    answer = await client.ask(document)

    assert list(answer["data"].values()) == [None]
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "RATE_LIMITED",
        "provider": "paper",
        "retryable": True,
        "retryAfterSeconds": 3,
    }


@lists
async def test_it_never_empties_the_rest(
    client: Client,
    paper: Paper,
    account: str,
    other_account: str,
    document: str,
    call: str,
    seconds: int,
) -> None:
    known_conversation(paper, other_account, "w")
    paper.broken_accounts[key_of(other_account)] = DOWN
    if call == "list_messages":
        del paper.broken_accounts[key_of(other_account)]
        await client.data("{ conversations { totalCount } }")
        paper.broken_accounts[key_of(other_account)] = DOWN

    answer = await client.ask(document)

    unknown = {"provider": "paper", "account": other_account, "since": None, "code": "UNAVAILABLE"}
    assert stale_in(answer) == [unknown]


async def test_the_next_request_retries_the_fetch(client: Client, paper: Paper) -> None:
    paper.failures["list_contacts"] = DOWN
    await client.ask("{ contacts { totalCount } }")
    del paper.failures["list_contacts"]

    answer = await client.ask("{ contacts { totalCount } }")

    assert answer["data"] == {"contacts": {"totalCount": 0}}
    assert stale_in(answer) == []


async def test_the_embedded_provider_answers_beside_it(client: Client, paper: Paper, account: str) -> None:
    local = await client.do("connectAccount", "account { id }", provider="local")
    await _schedule(client, local["account"]["id"])
    paper.failures["list_meetings"] = DOWN

    answer = await client.ask(MEETINGS, filter=DAY)

    assert answer["data"] == {"meetings": {"nodes": [{"title": "Review"}]}}
    assert [each["account"] for each in answer["extensions"]["stale"]] == [account]


async def test_fields_below_are_null_with_an_error_each(client: Client, paper: Paper) -> None:
    await client.data("{ conversations { totalCount } }")
    paper.failures["list_messages"] = DOWN

    answer = await client.ask("{ conversations { nodes { fromNumber messages { totalCount } lastMessage { id } } } }")

    (node,) = answer["data"]["conversations"]["nodes"]
    assert (node["messages"], node["lastMessage"]) == (None, None)
    assert node["fromNumber"]
    assert [error["extensions"]["provider"] for error in answer["errors"]] == ["paper", "paper"]


async def test_an_account_with_invalid_tokens_is_served_as_stale(
    client: Client, paper: Paper, clock: Clock, account: str, stale: Json
) -> None:
    await _schedule(client, account)
    fresh = await client.ask(MEETINGS, filter=DAY)
    paper.broken_accounts[key_of(account)] = NotAuthorized("Connect again.", provider="paper")
    clock.pass_by(timedelta(minutes=1))

    answer = await client.ask(MEETINGS, filter=DAY)

    assert answer["data"] == fresh["data"]
    assert stale_in(answer) == [{**stale, "code": "NOT_AUTHORIZED"}]


async def test_a_browsers_websocket_forces_nothing(client: Client, paper: Paper) -> None:
    """Browsers send the header with every handshake (WHATWG WebSockets, "establish a WebSocket connection")."""
    document = "{ contacts { nodes { id } } }"
    await client.data(document)
    before = paper.calls["list_contacts"]

    async with client.websocket(headers=NO_CACHE) as socket:
        await socket.say(id="1", type="subscribe", payload={"query": document})
        assert "errors" not in await socket.event()

    assert paper.calls["list_contacts"] == before
