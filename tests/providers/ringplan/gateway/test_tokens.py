"""R3: tokens are renewed by themselves, by one request at a time, and a refresh token is never spent twice."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests.testkit.client import Client, document_of
from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Person, RingPlan, connected, until
from tests.testkit.served import Served
from tests.testkit.server import serving
from tests.testkit.steps import begun, number_of
from tests.testkit.token import lasting_token
from tests.testkit.world import WorldBuilder

Json = dict[str, Any]

NUMBERS = "{ phoneNumbers { number } }"
NO_CACHE = {"cache-control": "no-cache"}
REFRESH = "/refresh-token"


async def all_create_contacts(clients: list[Client], account_id: str, how_many: int = 20) -> list[Json]:
    """So many requests at once, each of which needs a call of its own; their payloads."""
    document = document_of("createContact", "created")
    contacts = [
        {"accountId": account_id, "firstName": "Person", "lastName": str(index), "number": f"20255501{index:02}"}
        for index in range(how_many)
    ]
    asked = (clients[index % len(clients)].ask(document, input=contact) for index, contact in enumerate(contacts))
    return [answer["data"]["createContact"] for answer in await asyncio.gather(*asked)]


async def standing(client: Client, account_id: str) -> str:
    account = await client.data("query ($id: ID!) { account(id: $id) { status } }", id=account_id)
    return str(account["account"]["status"])


async def asked_to_refresh(ringplan: RingPlan) -> None:
    """Returns when a call for new tokens has arrived."""

    async def has_arrived() -> bool:
        return any(call["path"] == REFRESH for call in await ringplan.login_calls())

    await until(has_arrived)


async def refreshed(ringplan: RingPlan, before: int) -> None:
    """Returns when RingPlan has renewed tokens once more."""

    async def has_risen() -> bool:
        return bool((await ringplan.state())["refreshes"] > before)

    await until(has_risen)


async def test_twenty_requests_with_an_expired_token_are_one_renewal(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    await ringplan.tokens(expire_id_tokens=True)
    async with ringplan.counted() as counted:
        payloads = await all_create_contacts([ada], account_id)
    assert [payload["created"] for payload in payloads] == [True] * 20
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_a_token_that_is_about_to_expire_is_renewed_before_use(
    ada: Client, ahead: Ahead, ringplan: RingPlan, person: Person
) -> None:
    await ringplan.tokens(opaque=True)
    account_id = await connected(ada, await ringplan.logged_in(person.email))
    ahead.pass_by(hours=7, minutes=59, seconds=30)
    async with ringplan.counted() as counted:
        payloads = await all_create_contacts([ada], account_id)
    assert [payload["created"] for payload in payloads] == [True] * 20
    assert (counted.refreshes, counted.of("/texting/contacts")) == (1, 20)


async def test_tokens_are_renewed_repeatedly(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    async with ringplan.counted() as counted:
        for _ in range(3):
            await ringplan.tokens(expire_id_tokens=True)
            assert (await ada.data(NUMBERS, NO_CACHE))["phoneNumbers"]
            await ada.do("refreshAccount", accountId=account_id)
    assert (counted.refreshes, counted.reuses) == (6, 0)


async def test_two_processes_with_an_expired_token_are_one_renewal(
    ringplan: RingPlan, person: Person, builder: WorldBuilder, database_url: str
) -> None:
    with ExitStack() as running:
        clients = []
        for name in ("one", "two"):
            folder = builder.folder / name
            folder.mkdir()
            toml = replace(builder, folder=folder, store_url=database_url).toml
            process = running.enter_context(serving(folder, toml))
            clients.append(Client(process.url, lasting_token("ada")))
        account_id = await connected(clients[0], person)
        await ringplan.tokens(expire_id_tokens=True)
        async with ringplan.counted() as counted:
            payloads = await all_create_contacts(clients, account_id)
        for client in clients:
            await client.http.aclose()
    assert [payload["created"] for payload in payloads] == [True] * 20
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_a_process_killed_during_a_renewal_sends_no_refresh_token_twice(
    ringplan: RingPlan, person: Person, builder: WorldBuilder, database_url: str, ahead: Ahead
) -> None:
    """The response to the killed process is unknown, so the user has to connect the account again."""
    shared = replace(builder, store_url=database_url)
    with serving(shared.folder, shared.toml) as process:
        client = Client(process.url, lasting_token("ada"))
        account_id = await connected(client, person)
        await ringplan.tokens(expire_id_tokens=True)
        await ringplan.fail_login(path=REFRESH, delay=0.5)
        before = (await ringplan.state())["refreshes"]
        async with ringplan.counted() as counted:
            request = asyncio.create_task(client.ask(NUMBERS, NO_CACHE))
            await asked_to_refresh(ringplan)
            process.kill()
            assert isinstance((await asyncio.gather(request, return_exceptions=True))[0], Exception)
            await client.http.aclose()
            await refreshed(ringplan, before)
            ahead.pass_by(minutes=2)
            async with shared.served(now=ahead) as again, again.client(lasting_token("ada")) as survivor:
                await survivor.ask(NUMBERS, NO_CACHE)
                assert await standing(survivor, account_id) == "EXPIRED"
                assert await connected(survivor, await ringplan.logged_in(person.email)) == account_id
                assert await number_of(survivor, account_id)
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_a_process_stopped_during_a_refresh_stores_its_tokens(
    ringplan: RingPlan, person: Person, builder: WorldBuilder
) -> None:
    polling = replace(builder, providers={"ringplan": "poll_seconds = 0.2\npoll_always = true"})
    with serving(polling.folder, polling.toml) as process:
        async with Client(process.url, lasting_token("ada")) as client:
            account_id = await connected(client, person)
        async with ringplan.counted() as counted:
            await ringplan.fail_login(path=REFRESH, delay=1)
            await ringplan.tokens(expire_id_tokens=True)
            await asked_to_refresh(ringplan)
            assert await asyncio.to_thread(process.stop) == 0
        assert '"level":"error"' not in process.log.read_text()
    async with polling.served(now=Ahead()) as again, again.client(lasting_token("ada")) as client:
        assert await standing(client, account_id) == "CONNECTED"
        assert await number_of(client, account_id)
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_an_account_expires_when_both_tokens_are_invalid(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    conversation = await begun(ada, account_id)
    await ringplan.tokens(expire_id_tokens=True, expire_refresh_tokens=True)
    async with ada.subscribed("subscription { accountChanged { id status } }") as socket:
        async with ringplan.counted() as counted:
            for _ in range(2):
                [error] = await ada.refusals("sendMessage", conversationId=conversation, text="Hello")
                assert (error["code"], error["provider"], error["retryable"]) == ("NOT_AUTHORIZED", "ringplan", False)
        event = await socket.event()
    assert event["data"]["accountChanged"] == {"id": account_id, "status": "EXPIRED"}
    assert [call["path"] for call in counted.login] == [REFRESH]


@pytest.fixture
async def expired(ada: Client, ringplan: RingPlan, person: Person) -> str:
    """The id of an account of which something is known, and whose tokens turned out to be dead."""
    account_id = await connected(ada, person)
    await begun(ada, account_id)
    await ada.data("{ contacts { nodes { id } } conversations { nodes { messages { nodes { id } } } } }")
    await ringplan.tokens(expire_id_tokens=True, expire_refresh_tokens=True)
    await ada.refusals("refreshAccount", accountId=account_id)
    return account_id


@pytest.mark.parametrize(
    "query",
    [
        NUMBERS,
        "{ conversations { nodes { contact { firstName } messages { nodes { id } } } } }",
        "{ contacts { nodes { firstName conversations { nodes { id } } } } }",
        "{ accounts { nodes { phoneNumbers { number } contacts { nodes { firstName } } } } }",
        "{ messages { nodes { id } } }",
    ],
)
async def test_objects_of_an_expired_account_are_returned_as_stale(
    ada: Client, ahead: Ahead, expired: str, query: str
) -> None:
    known = await ada.data(query)
    ahead.pass_by(days=1)
    for _ in range(2):
        answer = await ada.ask(query)
        assert (answer.get("errors"), answer["data"]) == (None, known)
        [stale] = answer["extensions"]["stale"]
        assert (stale["provider"], stale["account"], stale["code"]) == ("ringplan", expired, "NOT_AUTHORIZED")
        assert stale["since"] is not None


async def test_a_list_of_an_expired_account_that_was_never_fetched_is_an_error(ada: Client, expired: str) -> None:
    query = "query ($id: ID!) { account(id: $id) { status meetings { nodes { id } } } }"
    for _ in range(2):
        answer = await ada.ask(query, id=expired)
        assert answer["data"]["account"]["meetings"] is None
        [error] = answer["errors"]
        assert (error["extensions"]["code"], error["path"]) == ("NOT_AUTHORIZED", ["account", "meetings"])


async def test_an_unavailable_login_host_spends_no_refresh_token(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    await ringplan.tokens(expire_id_tokens=True)
    await ringplan.fail_login(path=REFRESH, status=503)
    async with ringplan.counted() as counted:
        [payload] = await all_create_contacts([ada], account_id, how_many=1)
        assert [(error["code"], error["retryable"]) for error in payload["userErrors"]] == [("UNAVAILABLE", True)]
        assert await standing(ada, account_id) == "CONNECTED"
        [payload] = await all_create_contacts([ada], account_id, how_many=1)
    assert payload["created"]
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_a_lost_renewal_response_expires_the_account(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    await ringplan.tokens(expire_id_tokens=True)
    await ringplan.fail_login(path=REFRESH, cut=True)
    async with ringplan.counted() as counted:
        [payload] = await all_create_contacts([ada], account_id, how_many=1)
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_AUTHORIZED"]
        assert await standing(ada, account_id) == "EXPIRED"
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_a_lost_response_of_an_early_renewal_leaves_the_valid_token_in_use(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    await ringplan.fail_login(path=REFRESH, cut=True)
    async with ringplan.counted() as counted:
        for _ in range(2):
            [error] = await ada.refusals("refreshAccount", accountId=account_id)
            assert error["code"] in {"NOT_AUTHORIZED", "UNAVAILABLE"}
        [payload] = await all_create_contacts([ada], account_id, how_many=1)
        assert payload["created"]
        assert await standing(ada, account_id) == "CONNECTED"
        await ringplan.tokens(expire_id_tokens=True)
        await all_create_contacts([ada], account_id, how_many=1)
        assert await standing(ada, account_id) == "EXPIRED"
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_tokens_of_two_different_users_are_rejected_at_the_renewal(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    other = await ringplan.person()
    tokens = {"idToken": person.id_token, "refreshToken": other.refresh_token}
    account = (await ada.do("connectAccount", "account { id }", provider="ringplan", **tokens))["account"]
    [error] = await ada.refusals("refreshAccount", accountId=account["id"])
    assert (error["code"], error["message"]) == (
        "NOT_AUTHORIZED",
        "The account's tokens are dead: its user has to connect it again.",
    )
    assert await standing(ada, account["id"]) == "EXPIRED"


async def test_a_connection_during_the_expiry_of_old_tokens_preserves_the_new_ones(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    logged_in_again = await ringplan.logged_in(person.email)
    await ringplan.fail_login(path=REFRESH, delay=0.5, status=401)
    refreshing = asyncio.create_task(ada.attempt("refreshAccount", "account { id }", accountId=account_id))
    await asked_to_refresh(ringplan)
    assert await connected(ada, logged_in_again) == account_id
    await refreshing
    assert await standing(ada, account_id) == "CONNECTED"
    assert (await ada.data(NUMBERS, NO_CACHE))["phoneNumbers"]


async def test_no_token_is_in_the_log(ada: Client, gateway: Served, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    await ada.do("refreshAccount", accountId=account_id)
    await ringplan.tokens(expire_refresh_tokens=True)
    await ada.refusals("refreshAccount", accountId=account_id)
    log = str(gateway.log)
    assert "ringplan_call_refused" in log
    assert not [secret for secret in (person.id_token, person.refresh_token) if secret in log]
    assert "refresh_token=" not in log
