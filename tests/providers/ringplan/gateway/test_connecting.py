"""R1 and R2: users are registered, and connect with what the show-token page shows."""

from datetime import timedelta

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.served import Served
from tests.testkit.steps import begun, number_of

ACCOUNT = "account { id externalId userId service status connectedAt expiresAt }"
CAPABILITIES = """
    REGISTER_USER CONNECT_ACCOUNT REFRESH_ACCOUNT DISCONNECT_ACCOUNT LIST_MEETINGS SCHEDULE_MEETING START_MEETING
    PRIVATE_MEETING LIST_NUMBERS LIST_CONTACTS GET_CONTACT CREATE_CONTACT UPDATE_CONTACT LIST_CONVERSATIONS
    CREATE_CONVERSATION LIST_MESSAGES SEND_MESSAGE SEND_MEDIA RECEIVE_MESSAGES
"""
CONVERSATIONS = "{ conversations { nodes { id } } }"


async def standing(client: Client, account_id: str) -> str:
    account = await client.data("query ($id: ID!) { account(id: $id) { status } }", id=account_id)
    return str(account["account"]["status"])


async def test_a_user_is_registered_and_can_log_in(ada: Client, ringplan: RingPlan) -> None:
    user = {"firstName": "Grace", "lastName": "Moor", "email": "grace-1@example.com", "company": "Moor & Co"}
    async with ringplan.counted() as counted:
        payload = await ada.do("registerUser", "registered", provider="ringplan", **user)
    assert payload["registered"]
    [call] = counted.login
    assert '"key":"a made-up register key"' in call["body"]
    assert await connected(ada, await ringplan.logged_in("grace-1@example.com"))


async def test_a_password_is_sent_unchanged(ada: Client, ringplan: RingPlan) -> None:
    user = {"firstName": "Grace", "lastName": "Moor", "email": "grace-3@example.com", "company": "Moor & Co"}
    async with ringplan.counted() as counted:
        await ada.do("registerUser", provider="ringplan", **user, password="  two blanks and one ")
    [call] = counted.login
    assert '"pwd":"  two blanks and one "' in call["body"]


async def test_a_second_registration_is_a_conflict(ada: Client, ringplan: RingPlan) -> None:
    await ringplan.register("grace-2@example.com")
    user = {"firstName": "Grace", "lastName": "Moor", "email": "grace-2@example.com", "company": "Moor & Co"}
    [error] = await ada.refusals("registerUser", provider="ringplan", **user)
    assert (error["code"], error["message"]) == ("CONFLICT", "A user with this email exists already")


async def test_the_tokens_of_the_token_page_connect_an_account(ada: Client, person: Person) -> None:
    payload = await ada.do("connectAccount", f"{ACCOUNT} authorizationUrl", provider="ringplan", **person.tokens)
    account = payload["account"]
    assert payload["authorizationUrl"] is None
    assert (account["externalId"], account["userId"]) == (person.email, "ada")
    assert (account["service"], account["status"]) == ("JITSI", "CONNECTED")
    assert account["expiresAt"] > account["connectedAt"]


async def test_tokens_are_verified_by_one_call(ada: Client, ringplan: RingPlan, person: Person) -> None:
    async with ringplan.counted() as counted:
        await connected(ada, person)
    assert (counted.paths, counted.login) == (["GET /texting/numbers"], [])


async def test_an_opaque_token_connects(ada: Client, ringplan: RingPlan, person: Person) -> None:
    await ringplan.tokens(opaque=True)
    opaque = await ringplan.logged_in(person.email)
    payload = await ada.do("connectAccount", ACCOUNT, provider="ringplan", **opaque.tokens)
    account = payload["account"]
    assert (account["status"], account["externalId"]) == ("CONNECTED", None)
    assert account["expiresAt"] is not None
    assert await number_of(ada, account["id"])


@pytest.mark.parametrize(
    ("tokens", "path"),
    [
        ({}, ["input", "idToken"]),
        ({"idToken": "made-up"}, ["input", "refreshToken"]),
        ({"idToken": "two words", "refreshToken": "made-up"}, ["input", "idToken"]),
    ],
)
async def test_an_invalid_pair_of_tokens_is_refused_without_a_call(
    ada: Client, ringplan: RingPlan, tokens: dict[str, str], path: list[str]
) -> None:
    async with ringplan.counted() as counted:
        [error] = await ada.refusals("connectAccount", provider="ringplan", **tokens)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)
    assert (counted.api, counted.login) == ([], [])


async def test_unknown_tokens_connect_nothing(ada: Client) -> None:
    tokens = {"idToken": "made-up-id-token", "refreshToken": "made-up-refresh-token"}
    [error] = await ada.refusals("connectAccount", provider="ringplan", **tokens)
    assert (error["code"], error["provider"]) == ("NOT_AUTHORIZED", "ringplan")
    assert (await ada.data("{ accounts { totalCount } }"))["accounts"]["totalCount"] == 0


async def test_a_pair_with_an_expired_id_token_is_renewed(ada: Client, ringplan: RingPlan, person: Person) -> None:
    await ringplan.tokens(expire_id_tokens=True)
    async with ringplan.counted() as counted:
        account_id = await connected(ada, person)
        assert await number_of(ada, account_id)
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_the_same_user_with_the_same_address_stays_the_same_account(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    conversation = await begun(ada, account_id)
    assert await connected(ada, await ringplan.logged_in(person.email)) == account_id
    nodes = (await ada.data(CONVERSATIONS))["conversations"]["nodes"]
    assert nodes == [{"id": conversation}]


async def test_another_address_and_another_user_are_other_accounts(
    ada: Client, ben: Client, ringplan: RingPlan, person: Person
) -> None:
    first = await connected(ada, person)
    other_address = await connected(ada, await ringplan.person())
    other_user = await connected(ben, await ringplan.logged_in(person.email))
    assert len({first, other_address, other_user}) == 3
    accounts = await ben.data("{ accounts { nodes { id } } }")
    assert accounts["accounts"]["nodes"] == [{"id": other_user}]


async def test_disconnecting_deletes_the_tokens_without_a_call(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    conversation = await begun(ada, account_id)
    async with ringplan.counted() as counted:
        for _ in range(2):
            payload = await ada.do("disconnectAccount", "account { status }", accountId=account_id)
            assert payload["account"]["status"] == "DISCONNECTED"
        [error] = await ada.refusals("sendMessage", conversationId=conversation, text="Hello")
    assert error["code"] == "NOT_AUTHORIZED"
    assert (counted.api, counted.login) == ([], [])


async def test_a_reconnected_user_has_the_same_account(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    await ada.do("disconnectAccount", accountId=account_id)
    assert await connected(ada, await ringplan.logged_in(person.email)) == account_id
    assert await standing(ada, account_id) == "CONNECTED"


async def test_refresh_account_extends_the_expiry(
    ada: Client, ahead: Ahead, ringplan: RingPlan, person: Person
) -> None:
    await ringplan.tokens(opaque=True)
    account_id = await connected(ada, await ringplan.logged_in(person.email))
    before = await ada.data("query ($id: ID!) { account(id: $id) { expiresAt } }", id=account_id)
    ahead.pass_by(hours=1)
    async with ringplan.counted() as counted:
        payload = await ada.do("refreshAccount", "account { status expiresAt }", accountId=account_id)
    assert (counted.refreshes, counted.reuses) == (1, 0)
    assert payload["account"]["status"] == "CONNECTED"
    assert payload["account"]["expiresAt"] > before["account"]["expiresAt"]


async def test_an_account_whose_tokens_were_not_refreshed_is_expired(ada: Client, ahead: Ahead, person: Person) -> None:
    account_id = await connected(ada, person)
    ahead.by = timedelta(hours=337)
    assert await standing(ada, account_id) == "EXPIRED"
    [error] = await ada.refusals("refreshAccount", accountId=account_id)
    assert error["code"] == "NOT_AUTHORIZED"


async def test_the_provider_lists_its_capabilities(ada: Client) -> None:
    [provider] = (await ada.data("{ providers { name plugin services capabilities } }"))["providers"]
    assert (provider["name"], provider["plugin"], provider["services"]) == ("ringplan", "ringplan", ["JITSI"])
    assert provider["capabilities"] == CAPABILITIES.split()


async def test_accounts_of_others_are_hidden(ada: Client, ben: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    assert (await ben.data("query ($id: ID!) { node(id: $id) { id } }", id=account_id))["node"] is None
    for mutation in ("refreshAccount", "disconnectAccount"):
        [error] = await ben.refusals(mutation, accountId=account_id)
        assert error["code"] == "NOT_FOUND"


async def test_the_log_has_ringplans_message_without_tokens(ada: Client, gateway: Served, person: Person) -> None:
    await ada.refusals("connectAccount", provider="ringplan", idToken=person.id_token[:-4], refreshToken="made-up")
    [refused, *_] = [event for event in gateway.log if event["event"] == "ringplan_call_refused"]
    assert (refused["status"], refused["title"]) == (401, "Unauthorized")
    assert refused["detail"] == "Provided authorization is not valid"
    assert person.id_token[:-4] not in str(gateway.log)
