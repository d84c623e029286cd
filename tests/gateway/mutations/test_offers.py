"""The schema offers a viewer (viewerActions, canSend) exactly those changes that mutations accept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import NOON, Clock
from tests.testkit.served import Served, served
from tests.testkit.steps import conversation_with, met, number_of
from tests.testkit.token import REQUIRED, lasting_token

OFFERS = """query ($meeting: ID!, $conversation: ID!) {
    meeting(id: $meeting) { viewerActions }
    conversation(id: $conversation) { canSend cannotSendReason }
}"""
LATER = (NOON + timedelta(days=1)).isoformat()
BOTH = ["RESCHEDULE", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Offers:
    """A gateway with a meeting of an hour from now on and a conversation, both Ada's."""

    gateway: Served
    account: str
    meeting: str
    conversation: str

    async def assert_are(self, actions: list[str], reason: str | None, viewer: str = "ada", scope: str = "") -> None:
        """A viewer is offered these, and each mutation is refused if it is not."""
        async with self.gateway.client(lasting_token(viewer, scope or "read write")) as client:
            data = await client.data(OFFERS, meeting=self.meeting, conversation=self.conversation)
            assert data["meeting"]["viewerActions"] == actions
            assert data["conversation"] == {"canSend": reason is None, "cannotSendReason": reason}
            assert await _codes(client, "sendMessage", conversationId=self.conversation, text="Hello") == (
                [] if reason is None else [reason]
            )
            moved = await _codes(client, "rescheduleMeeting", meetingId=self.meeting, startTime=LATER)
            assert (moved == []) == ("RESCHEDULE" in actions), moved
            cancelled = await _codes(client, "cancelMeeting", meetingId=self.meeting)
            assert (cancelled == []) == ("CANCEL" in actions), cancelled


async def _codes(client: Client, mutation: str, **input: str) -> list[str]:
    answer = await client.attempt(mutation, **input)
    assert "errors" not in answer
    return [error["code"] for error in answer["data"][mutation]["userErrors"]]


@asynccontextmanager
async def gateway_over(folder: Path, clock: Clock, provider: str = "local") -> AsyncIterator[Served]:
    settings = f'[store]\nurl = "sqlite:///{folder}/store.db"\n[providers.{provider}]\nplugin = "local"'
    async with served(folder, f'{REQUIRED}\n{settings}\npath = "{folder}/local.db"', clock=clock) as gateway:
        yield gateway


async def begun(gateway: Served) -> Offers:
    async with gateway.client(lasting_token("ada")) as ada:
        payloads = [await ada.do("connectAccount", "account { id }", provider="local") for _ in range(2)]
        account, other = (str(each["account"]["id"]) for each in payloads)
        meeting = await ada.do("startMeeting", "meeting { id }", accountId=account, title="Review", durationMinutes=60)
        contact = await met(ada, account, await number_of(ada, other))
        conversation = await conversation_with(ada, account, contact)
    return Offers(gateway, account, meeting["meeting"]["id"], conversation)


@pytest.fixture
async def offers(tmp_path: Path, clock: Clock) -> AsyncIterator[Offers]:
    async with gateway_over(tmp_path, clock) as gateway:
        yield await begun(gateway)


@pytest.mark.parametrize(("viewer", "scope"), [("ada", "read write"), ("root", "admin")])
async def test_an_owner_and_an_admin_are_offered_everything(offers: Offers, viewer: str, scope: str) -> None:
    await offers.assert_are(BOTH, None, viewer, scope)


async def test_a_viewer_without_the_scope_write_is_offered_nothing(offers: Offers) -> None:
    await offers.assert_are([], "FORBIDDEN", scope="read")


async def test_nothing_is_offered_while_the_account_is_disconnected(offers: Offers) -> None:
    async with offers.gateway.client(lasting_token("ada")) as ada:
        await ada.do("disconnectAccount", accountId=offers.account)

    await offers.assert_are([], "NOT_AUTHORIZED")


async def test_a_meeting_that_has_ended_can_not_be_changed(offers: Offers, clock: Clock) -> None:
    clock.pass_by(timedelta(hours=1))

    await offers.assert_are([], None)


async def test_a_cancelled_meeting_is_offered_no_action_and_cancelled_again_in_vain(offers: Offers) -> None:
    async with offers.gateway.client(lasting_token("ada")) as ada:
        cancelled = await ada.do("cancelMeeting", "meeting { viewerActions }", meetingId=offers.meeting)
        assert cancelled["meeting"] == {"viewerActions": []}
        assert await _codes(ada, "rescheduleMeeting", meetingId=offers.meeting, startTime=LATER) == ["CONFLICT"]
        assert await _codes(ada, "cancelMeeting", meetingId=offers.meeting) == []


async def test_nothing_is_offered_by_a_provider_that_is_no_longer_configured(tmp_path: Path, clock: Clock) -> None:
    async with gateway_over(tmp_path, clock) as gateway:
        offers = await begun(gateway)
    async with gateway_over(tmp_path, clock, provider="other") as gateway:
        left = Offers(gateway, offers.account, offers.meeting, offers.conversation)
        await left.assert_are([], "NOT_SUPPORTED")
