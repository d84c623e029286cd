"""Retries of a client: late effects, equal objects, and unavailable upstreams."""

import asyncio

import pytest

from tests.faults.fault import HANG_BEFORE, RESET_AFTER, RESET_BEFORE, status
from tests.testkit.client import Json
from tests.testkit.ringplan import Texter
from tests.testkit.steps import unused, unused_number
from tests.testkit.world import READ_SECONDS, World

_SEND = "POST /ringplan/texting/conversations/.*/messages"
_MESSAGE = "message { id text }"


@pytest.fixture
async def texter(world: World) -> Texter:
    return await world.texter()


@pytest.fixture
async def conversation(texter: Texter) -> str:
    return await texter.conversation()


def _text(world: World, conversation: str, text: str) -> Json:
    return {"conversationId": conversation, "text": text, "idempotencyKey": unused("key")}


async def _lost(world: World, mutation: str, fields: Json) -> None:
    """Asks, and gets no answer."""
    (error,) = await world.client.refusals(mutation, **fields)
    assert (error["code"], error["retryable"]) == ("OUTCOME_UNKNOWN", True)


async def test_without_an_idempotency_key_the_error_is_not_retryable(world: World, conversation: str) -> None:
    world.proxy.inject(RESET_AFTER, _SEND)
    (error,) = await world.client.refusals("sendMessage", conversationId=conversation, text=unused("Hello"))
    assert (error["code"], error["retryable"]) == ("OUTCOME_UNKNOWN", False)
    assert "Look before you send it again" in error["message"]


async def test_a_late_effect_of_a_silent_upstream_is_awaited(world: World) -> None:
    """It works when the gateway has long given up on it, and when the retry has looked in vain."""
    title, account = unused("Visit"), await world.visitor()
    await world.medixcel.fail("/set_up_meeting", delay=READ_SECONDS + 0.2)
    fields = {
        "accountId": account,
        "title": title,
        "startTime": "2031-05-06T14:00:00Z",
        "durationMinutes": 30,
        "participants": [{"email": "ben@example.com"}],
        "idempotencyKey": unused("key"),
    }
    await _lost(world, "scheduleMeeting", fields)

    await world.client.insist("scheduleMeeting", "meeting { id }", **fields)

    meetings = (await world.medixcel.state())["meetings"]
    assert [meeting["title"] for meeting in meetings].count(title) == 1


async def test_the_same_text_with_two_keys_is_two_messages(world: World, texter: Texter, conversation: str) -> None:
    """The first one arrives and is answered; the answer that gets lost is another's, of which nothing was done."""
    first, second = (_text(world, conversation, "Yes") for _ in range(2))
    made = await world.client.insist("sendMessage", _MESSAGE, **first)
    world.proxy.inject(RESET_BEFORE, _SEND)
    await _lost(world, "sendMessage", second)

    other = await world.client.insist("sendMessage", _MESSAGE, **second)

    assert other["message"]["id"] != made["message"]["id"]
    assert len(await texter.messages(conversation, "Yes")) == 2


@pytest.mark.parametrize("faults", [(RESET_AFTER, RESET_AFTER), (RESET_AFTER, RESET_BEFORE), (RESET_BEFORE,) * 2])
async def test_two_lost_texts_that_are_the_same_come_to_two_messages(
    world: World, texter: Texter, conversation: str, faults: tuple[object, ...]
) -> None:
    texts = [_text(world, conversation, "Yes") for _ in faults]
    for text, fault in zip(texts, faults, strict=True):
        world.proxy.inject(fault, _SEND)  # type: ignore[arg-type]
        await _lost(world, "sendMessage", text)

    made = await asyncio.gather(*(world.client.insist("sendMessage", _MESSAGE, **text) for text in texts * 3))

    assert len({payload["message"]["id"] for payload in made}) == 2
    assert made[:2] == made[2:4] == made[4:]
    assert len(await texter.messages(conversation, "Yes")) == 2


async def test_nothing_is_sent_while_the_upstream_is_unavailable(
    world: World, texter: Texter, conversation: str
) -> None:
    text = _text(world, conversation, "Hello")
    world.proxy.inject(RESET_BEFORE, _SEND)
    await _lost(world, "sendMessage", text)
    world.proxy.inject(status(500), "GET .*/messages", times=9)

    await _lost(world, "sendMessage", text)

    assert len(world.proxy.lines(_SEND)) == 1
    world.proxy.clear()
    await world.client.insist("sendMessage", _MESSAGE, **text)
    assert len(await texter.messages(conversation, "Hello")) == 1


async def test_without_a_key_an_intent_is_sent_once(world: World, texter: Texter, conversation: str) -> None:
    world.proxy.inject(HANG_BEFORE, _SEND)
    (error,) = await world.client.refusals("sendMessage", conversationId=conversation, text="Hello")
    assert error["code"] == "OUTCOME_UNKNOWN"

    await world.client.insist("sendMessage", _MESSAGE, conversationId=conversation, text="Hello")

    assert len(world.proxy.lines(_SEND)) == 2
    assert len(await texter.messages(conversation, "Hello")) == 1


async def test_a_recovered_contact_is_reported_as_created(world: World, texter: Texter) -> None:
    person = {"accountId": texter.account, "firstName": "Ben", "lastName": "Moor", "number": unused_number()}
    fields = {**person, "idempotencyKey": unused("key")}
    world.proxy.inject(RESET_AFTER, "POST /ringplan/texting/contacts")
    await _lost(world, "createContact", fields)

    assert (await world.client.insist("createContact", "created", **fields))["created"]


async def test_a_lost_text_that_could_not_be_sent_is_refused_once_it_is_found(world: World, texter: Texter) -> None:
    """RingPlan takes texts to such a number, and says that they have failed."""
    person = {"accountId": texter.account, "firstName": "No", "lastName": "Body", "number": "2025550199"}
    contact = (await world.client.insist("createContact", "contact { id }", **person))["contact"]
    begun = {"contactId": contact["id"], "fromNumber": await texter.own_number()}
    talk = (await world.client.insist("createConversation", "conversation { id }", **begun))["conversation"]
    text = _text(world, talk["id"], "Hello")
    world.proxy.inject(RESET_AFTER, _SEND)
    await _lost(world, "sendMessage", text)

    (error,) = await world.client.refusals("sendMessage", **text)

    assert error["code"] == "REJECTED"
    assert len(await texter.messages(talk["id"], "Hello")) == 1


async def test_a_repeated_registration_of_an_existing_user_succeeds(world: World) -> None:
    email = f"{unused('new').replace(' ', '-')}@example.com"
    person = {"firstName": "Ada", "lastName": "Lane", "email": email, "company": "Example Company"}
    fields = {"provider": "ringplan", **person}
    world.proxy.inject(RESET_AFTER, "POST /ringplan-login/api/user/register")
    await _lost(world, "registerUser", {**fields, "idempotencyKey": "one"})

    assert (await world.client.insist("registerUser", "registered", **fields, idempotencyKey="one"))["registered"]
    (error,) = await world.client.refusals("registerUser", **fields, idempotencyKey="two")
    assert error["code"] == "CONFLICT"


async def test_other_input_under_the_key_of_a_lost_write_is_a_mismatch(world: World, conversation: str) -> None:
    text = _text(world, conversation, "Hello")
    world.proxy.inject(RESET_AFTER, _SEND)
    await _lost(world, "sendMessage", text)

    (error,) = await world.client.refusals("sendMessage", **{**text, "text": "Bye"})

    assert error["code"] == "IDEMPOTENCY_MISMATCH"


async def test_a_retry_waits_for_a_running_recovery(world: World, texter: Texter, conversation: str) -> None:
    text = _text(world, conversation, "Hello")
    world.proxy.inject(RESET_BEFORE, _SEND)
    await _lost(world, "sendMessage", text)

    made = await asyncio.gather(*(world.client.insist("sendMessage", _MESSAGE, **text) for _ in range(5)))

    assert made == [made[0]] * 5
    assert len(await texter.messages(conversation, "Hello")) == 1
