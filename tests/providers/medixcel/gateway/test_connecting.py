"""M1: from connectAccount by way of the service's page to a connected account."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import GOOGLE, ZOOM, Medixcel, asked_to_connect, browser, connected, consented, query_of
from tests.testkit.served import Served

KEY = "sandbox-client-key"
ACCOUNT = "query ($id: ID!) { account(id: $id) { status externalId service expiresAt connectedAt } }"
CHANGED = "subscription { accountChanged { id status } }"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A browser."""
    async with browser() as client:
        yield client


async def status(client: Client, account_id: str) -> str:
    account = (await client.data(ACCOUNT, id=account_id))["account"]
    return str(account["status"])


def refusals(gateway: Served) -> list[str]:
    """Return the names of the logged warnings."""
    return [event["event"] for event in gateway.log if event["log_level"] == "warning"]


async def test_an_account_is_pending_until_its_user_returns_from_the_service(
    ada: Client, http: httpx.AsyncClient
) -> None:
    asked = await asked_to_connect(ada)
    assert asked["account"] == {
        "id": asked["account"]["id"],
        "externalId": None,
        "userId": "ada",
        "service": "ZOOM",
        "status": "PENDING",
        "connectedAt": None,
        "expiresAt": None,
    }
    page = await http.get(await consented(http, asked["authorizationUrl"]))
    assert (page.status_code, "The account is connected." in page.text) == (200, True)
    account = (await ada.data(ACCOUNT, id=asked["account"]["id"]))["account"]
    assert (account["status"], account["externalId"], account["service"]) == ("CONNECTED", "35", "ZOOM")
    assert account["expiresAt"] > account["connectedAt"]


async def test_google_is_connected_in_the_same_way_as_zoom(ada: Client, medixcel: Medixcel) -> None:
    await connected(ada, service="GOOGLE_MEET")
    [account] = (await medixcel.state())["accounts"]
    assert (account["user_id"], account["connection_type"]) == ("ada", GOOGLE)


async def test_the_client_key_appears_only_in_the_redirect_to_the_service(
    ada: Client, gateway: Served, http: httpx.AsyncClient
) -> None:
    asked = await asked_to_connect(ada)
    sent_on = await http.get(asked["authorizationUrl"])
    assert query_of(sent_on.headers["location"])["client_key"] == KEY
    assert sent_on.headers["referrer-policy"] == "no-referrer"
    assert sent_on.headers["cache-control"] == "no-store"
    assert KEY not in sent_on.text + str(asked) + str(gateway.log)


async def test_the_cookie_is_restricted_to_the_connect_pages_and_hidden_from_scripts(
    ada: Client, http: httpx.AsyncClient
) -> None:
    asked = await asked_to_connect(ada)
    cookie = (await http.get(asked["authorizationUrl"])).headers["set-cookie"].lower()
    assert "path=/connect/connect;" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_the_change_is_published_to_subscribers(ada: Client) -> None:
    async with ada.subscribed(CHANGED) as socket:
        account_id = await connected(ada)
        events = [(await socket.event())["data"]["accountChanged"] for _ in range(2)]
    assert events == [{"id": account_id, "status": "PENDING"}, {"id": account_id, "status": "CONNECTED"}]


async def test_the_same_browser_may_start_again(ada: Client, http: httpx.AsyncClient) -> None:
    asked = await asked_to_connect(ada)
    await http.get(asked["authorizationUrl"])
    assert (await http.get(await consented(http, asked["authorizationUrl"]))).status_code == 200
    assert await status(ada, asked["account"]["id"]) == "CONNECTED"


async def test_a_head_request_does_not_use_the_ticket(ada: Client, http: httpx.AsyncClient) -> None:
    asked = await asked_to_connect(ada)
    async with browser() as preview:
        assert (await preview.head(asked["authorizationUrl"])).status_code == 405
    assert (await http.get(await consented(http, asked["authorizationUrl"]))).status_code == 200


async def test_the_browser_goes_back_to_the_return_url(ada: Client, http: httpx.AsyncClient) -> None:
    asked = await asked_to_connect(ada, returnUrl="https://app.example.com/calls/new?tab=2")
    back = await http.get(await consented(http, asked["authorizationUrl"]))
    assert back.status_code == 303
    assert back.headers["location"].startswith("https://app.example.com/calls/new?tab=2&")
    assert query_of(back.headers["location"]) == {
        "tab": "2",
        "status": "success",
        "account": asked["account"]["id"],
    }


async def test_a_return_url_that_the_operator_does_not_allow_is_refused(ada: Client) -> None:
    [error] = await ada.refusals(
        "connectAccount", provider="connect", service="ZOOM", returnUrl="https://evil.example.com/calls"
    )
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "returnUrl"])


@pytest.mark.parametrize("service", [{}, {"service": "JITSI"}])
async def test_connecting_needs_a_service(ada: Client, medixcel: Medixcel, service: dict[str, str]) -> None:
    [error] = await ada.refusals("connectAccount", provider="connect", **service)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "service"])


async def test_a_refusal_removes_the_pending_account(ada: Client, gateway: Served, http: httpx.AsyncClient) -> None:
    asked = await asked_to_connect(ada)
    page = await http.get(await consented(http, asked["authorizationUrl"], "decline"))
    assert (page.status_code, "Not connected" in page.text) == (400, True)
    assert await status(ada, asked["account"]["id"]) == "DISCONNECTED"
    assert refusals(gateway) == ["account_connection_declined"]


async def test_a_refusal_redirects_to_the_return_url(ada: Client, http: httpx.AsyncClient) -> None:
    asked = await asked_to_connect(ada, returnUrl="https://app.example.com/calls")
    back = await http.get(await consented(http, asked["authorizationUrl"], "decline"))
    assert query_of(back.headers["location"]) == {"status": "error", "account": asked["account"]["id"]}


async def test_connecting_again_returns_the_same_account(ada: Client, ahead: Ahead) -> None:
    first = await connected(ada)
    before = (await ada.data(ACCOUNT, id=first))["account"]
    ahead.pass_by(days=1)
    second = await connected(ada)
    after = (await ada.data(ACCOUNT, id=first))["account"]
    assert (after["status"], await status(ada, second)) == ("CONNECTED", "DISCONNECTED")
    assert after["connectedAt"] > before["connectedAt"]


async def test_an_expired_account_is_connected_again(ada: Client, ahead: Ahead) -> None:
    account_id = await connected(ada)
    ahead.pass_by(days=200)
    assert await status(ada, account_id) == "EXPIRED"
    ahead.by *= 0
    await connected(ada)
    assert await status(ada, account_id) == "CONNECTED"


class TestNobodyElse:
    """A callback counts once, in the browser that was sent, for the user and service that it was sent for."""

    @pytest.fixture
    async def asked(self, ada: Client) -> dict[str, str]:
        asked = await asked_to_connect(ada)
        return {"id": asked["account"]["id"], "url": asked["authorizationUrl"]}

    @pytest.fixture(autouse=True)
    async def nothing_is_connected(self, ada: Client, gateway: Served, asked: dict[str, str]) -> AsyncIterator[None]:
        """Afterwards; and the operator is warned."""
        yield
        assert await status(ada, asked["id"]) == "PENDING"
        assert "account_connection_refused" in refusals(gateway)
        assert KEY not in str(gateway.log)

    def is_refused(self, answer: httpx.Response) -> bool:
        return answer.status_code == 400 and "This did not work" in answer.text and KEY not in answer.text

    async def test_a_callback_without_a_pending_connection_is_refused(
        self, gateway: Served, http: httpx.AsyncClient
    ) -> None:
        forged = "status=success&iAccountId=35&expires_on=2036-12-21+22:25:30&connection_type=1&user_id=ada"
        assert self.is_refused(await http.get(f"{gateway.url}/connect/connect/callback?{forged}"))

    async def test_a_callback_in_another_browser_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient
    ) -> None:
        callback = await consented(http, asked["url"])
        async with browser() as other:
            assert self.is_refused(await other.get(callback))

    async def test_a_callback_with_a_forged_cookie_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient
    ) -> None:
        callback = await consented(http, asked["url"])
        [cookie] = http.cookies.jar
        ticket = str(cookie.value).partition(".")[0]
        async with browser() as other:
            headers = {"cookie": f"{cookie.name}={ticket}.made-up"}
            assert self.is_refused(await other.get(callback, headers=headers))

    async def test_a_callback_with_a_control_character_in_its_cookie_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient
    ) -> None:
        callback = await consented(http, asked["url"])
        [cookie] = http.cookies.jar
        ticket, _, nonce = str(cookie.value).partition(".")
        async with browser() as other:
            headers = {"cookie": f'{cookie.name}="{ticket}\\000.{nonce}"'}
            assert self.is_refused(await other.get(callback, headers=headers))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("user_id", "ben"),
            ("user_id", "ada\0"),
            ("connection_type", "2"),
            ("connection_type", "3"),
            ("iAccountId", ""),
            ("iAccountId", "../35"),
            ("expires_on", ""),
            ("expires_on", "soon"),
            ("status", ""),
        ],
    )
    async def test_a_callback_with_wrong_or_missing_parameters_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient, name: str, value: str
    ) -> None:
        callback = httpx.URL(await consented(http, asked["url"]))
        assert self.is_refused(await http.get(callback.copy_set_param(name, value)))

    async def test_a_callback_with_an_error_for_another_user_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient
    ) -> None:
        callback = httpx.URL(await consented(http, asked["url"], "decline"))
        assert self.is_refused(await http.get(callback.copy_set_param("user_id", "ben")))

    async def test_a_callback_after_the_ticket_expired_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient, ahead: Ahead
    ) -> None:
        callback = await consented(http, asked["url"])
        ahead.pass_by(minutes=15, seconds=1)
        assert self.is_refused(await http.get(callback))

    async def test_a_start_after_the_ticket_expired_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient, ahead: Ahead
    ) -> None:
        ahead.pass_by(minutes=15, seconds=1)
        assert self.is_refused(await http.get(asked["url"]))

    async def test_only_one_of_two_browsers_can_start_a_connection(
        self, asked: dict[str, str], http: httpx.AsyncClient
    ) -> None:
        await http.get(asked["url"])
        async with browser() as other:
            assert self.is_refused(await other.get(asked["url"]))

    async def test_a_forged_ticket_is_refused(self, gateway: Served, http: httpx.AsyncClient) -> None:
        assert self.is_refused(await http.get(f"{gateway.url}/connect/connect/start?ticket=made-up"))

    async def test_an_unknown_provider_has_no_connect_pages(
        self, asked: dict[str, str], http: httpx.AsyncClient
    ) -> None:
        url = asked["url"].replace("/connect/connect/", "/connect/other/")
        assert self.is_refused(await http.get(url))

    async def test_a_callback_for_an_account_of_another_user_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient, ben: Client
    ) -> None:
        bens = (await ben.data(ACCOUNT, id=await connected(ben)))["account"]["externalId"]
        callback = httpx.URL(await consented(http, asked["url"]))
        assert self.is_refused(await http.get(callback.copy_set_param("iAccountId", bens)))

    async def test_a_callback_for_an_account_of_another_service_is_refused(
        self, asked: dict[str, str], http: httpx.AsyncClient, ada: Client
    ) -> None:
        google = (await ada.data(ACCOUNT, id=await connected(ada, service="GOOGLE_MEET")))["account"]["externalId"]
        callback = httpx.URL(await consented(http, asked["url"]))
        assert self.is_refused(await http.get(callback.copy_set_param("iAccountId", google)))


async def test_a_callback_is_accepted_once(ada: Client, gateway: Served, http: httpx.AsyncClient) -> None:
    asked = await asked_to_connect(ada)
    callback = await consented(http, asked["authorizationUrl"])
    assert (await http.get(callback)).status_code == 200
    replayed = httpx.URL(callback).copy_set_param("iAccountId", "36")
    assert (await http.get(replayed)).status_code == 400
    assert (await ada.data(ACCOUNT, id=asked["account"]["id"]))["account"]["externalId"] == "35"
    assert refusals(gateway) == ["account_connection_refused"]


async def test_a_callback_does_not_connect_an_account_that_was_disconnected_in_between(
    ada: Client, http: httpx.AsyncClient
) -> None:
    asked = await asked_to_connect(ada)
    callback = await consented(http, asked["authorizationUrl"])
    await ada.do("disconnectAccount", accountId=asked["account"]["id"])
    assert (await http.get(callback)).status_code == 400
    assert await status(ada, asked["account"]["id"]) == "DISCONNECTED"


async def test_only_admins_connect_accounts_of_other_users(ada: Client, admin: Client, medixcel: Medixcel) -> None:
    [error] = await ada.refusals("connectAccount", provider="connect", service="ZOOM", userId="ben")
    assert error["code"] == "FORBIDDEN"
    account_id = await connected(admin, userId="ben")
    assert (await admin.data(ACCOUNT, id=account_id))["account"]["status"] == "CONNECTED"
    [account] = (await medixcel.state())["accounts"]
    assert (account["user_id"], account["connection_type"]) == ("ben", ZOOM)


async def test_disconnecting_disconnects_at_the_service(ada: Client, medixcel: Medixcel) -> None:
    account_id = await connected(ada)
    async with medixcel.counted() as asked:
        for _ in range(2):
            payload = await ada.do("disconnectAccount", "account { status }", accountId=account_id)
            assert payload["account"] == {"status": "DISCONNECTED"}
    assert asked.paths == ["disconnect_user_account"]
    assert [account["disconnected"] for account in (await medixcel.state())["accounts"]] == [True]


async def test_an_account_that_the_service_disconnected_is_disconnected_here(ada: Client, medixcel: Medixcel) -> None:
    account_id = await connected(ada)
    await medixcel.call("disconnect_user_account", account_id="35")
    await ada.do("disconnectAccount", accountId=account_id)
    assert await status(ada, account_id) == "DISCONNECTED"
