"""A new user's tour: sandbox, printed configuration, pasted tokens, texts in both directions, a joined meeting."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.server import serving

EMAIL = "grace@example.com"
PASSWORD = "correct horse battery"
ARRIVALS = "subscription { messageAdded { text direction conversation { contact { firstName } } } }"


async def test_the_tour_from_the_sandbox_to_a_meeting_in_tokyo(tmp_path: Path) -> None:
    with serving(tmp_path, command="sandbox") as sandbox:
        pasted = sandbox.printed.rpartition("# Sandbox on ")[0]
        settings = f'{pasted}poll_seconds = 0.5\n[log]\nlevel = "debug"\n'
        with serving(tmp_path, settings) as gateway:
            async with Client(gateway.url) as client, plain_http(base_url=sandbox.url) as browser:
                tour = Tour(client, browser)
                await tour.connect()
                await tour.text()
                await tour.meet()
                await tour.renew()
        logged = gateway.log.read_text() + sandbox.log.read_text()
    assert "ringplan_call_refused" in logged
    assert [secret for secret in tour.secrets if secret in logged] == []
    assert "refresh_token=" not in logged


class Tour:
    """The steps of the tour. `secrets` must not appear in a log."""

    def __init__(self, client: Client, browser: httpx.AsyncClient) -> None:
        self.secrets = [PASSWORD]
        self._client = client
        self._browser = browser
        self._account_id = ""

    async def connect(self) -> None:
        user = {"firstName": "Grace", "lastName": "Moor", "email": EMAIL, "company": "Moor & Co"}
        await self._client.do("registerUser", "registered", provider="ringplan", **user)
        shown = (await self._browser.get("/ringplan-login/show-token", params={"email": EMAIL})).json()
        self.secrets += [shown["id_token"], shown["refresh_token"]]
        tokens = {"idToken": shown["id_token"], "refreshToken": shown["refresh_token"]}
        payload = await self._client.do("connectAccount", "account { id status }", provider="ringplan", **tokens)
        assert payload["account"]["status"] == "CONNECTED"
        self._account_id = payload["account"]["id"]

    async def text(self) -> None:
        """A text that is sent, and the answer, through a subscription."""
        ben = {"accountId": self._account_id, "firstName": "Ben", "lastName": "Moor", "number": "(202) 555-0123"}
        contact = (await self._client.do("createContact", "contact { id }", **ben))["contact"]
        [number] = (await self._client.data("{ phoneNumbers { number } }"))["phoneNumbers"]
        made = await self._client.do(
            "createConversation",
            "conversation { id externalId }",
            contactId=contact["id"],
            fromNumber=number["number"],
        )
        conversation = made["conversation"]
        async with self._client.subscribed(ARRIVALS) as socket:
            await self._client.do("sendMessage", conversationId=conversation["id"], text="Are you there?")
            form = {"conversation_id": conversation["externalId"], "text": "Here I am"}
            assert (await self._browser.post("/ringplan/_sandbox/inbound", data=form)).status_code == 201
            async with asyncio.timeout(10):
                events = [(await socket.event())["data"]["messageAdded"] for _ in range(2)]
        contact = {"contact": {"firstName": "Ben"}}
        assert events == [
            {"text": "Are you there?", "direction": "OUTBOUND", "conversation": contact},
            {"text": "Here I am", "direction": "INBOUND", "conversation": contact},
        ]

    async def meet(self) -> None:
        """A private meeting, once the user has let RingPlan into their calendar."""
        start = (datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=1)).replace(hour=9, minute=0, second=0)
        meeting = {
            "accountId": self._account_id,
            "title": "Check-up",
            "startTime": start.isoformat(),
            "durationMinutes": 30,
            "timeZone": "Asia/Tokyo",
            "password": PASSWORD,
        }
        [error] = await self._client.refusals("scheduleMeeting", **meeting)
        assert error["code"] == "NOT_AUTHORIZED"
        form = {"state": EMAIL, "granted": "true"}
        (await self._browser.post(error["authorizationUrl"], data=form)).raise_for_status()
        selection = "meeting { hostUrl timeZone startTime isPrivate }"
        made = (await self._client.do("scheduleMeeting", selection, **meeting))["meeting"]
        assert (made["timeZone"], made["isPrivate"]) == ("Asia/Tokyo", True)
        self.secrets += [made["hostUrl"], made["hostUrl"].partition("jwt=")[2]]
        assert "You are the moderator." in (await self._browser.get(made["hostUrl"])).text

    async def renew(self) -> None:
        """Once by hand, and then in vain."""
        await self._client.do("refreshAccount", accountId=self._account_id)
        await self._browser.post("/ringplan/_sandbox/tokens", json={"expire_refresh_tokens": True})
        [error] = await self._client.refusals("refreshAccount", accountId=self._account_id)
        assert error["code"] == "NOT_AUTHORIZED"
        calls = (await self._browser.get("/ringplan-login/_sandbox/calls")).json()["calls"]
        spent = [call["query"].removeprefix("refresh_token=") for call in calls if "refresh_token=" in call["query"]]
        assert len(spent) == 2
        self.secrets += spent
