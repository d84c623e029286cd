"""Stores that earlier versions wrote: entities, ids, cursors, journal, API keys and events stay valid.

`stores/<migration>` holds a store, the embedded provider's file and the answers that the version gave, as made by
`tests.compatibility.make`: 0003 before the repairs, 0006 by the last version with the old layout.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from providers.domain.identity import Identity
from tests.testkit.client import Client, Json
from tests.testkit.served import served

STORES = sorted(each for each in Path(__file__).with_name("stores").iterdir() if each.is_dir())
CONFIGURATION = """
[store]
url = "sqlite:///{folder}/switchboard.db"
[auth]
mode = "required"
[providers.local]
path = "{folder}/local.db"
[providers.ringplan]
api_url = "http://127.0.0.1:{port}"
login_url = "http://127.0.0.1:{port}"
"""


@dataclass(frozen=True, slots=True)
class Old:
    """A gateway of today over a store of an earlier version, and the answers that version gave."""

    client: Client
    answers: Json


@pytest.fixture(params=STORES, ids=[each.name for each in STORES])
async def old(request: pytest.FixtureRequest, tmp_path: Path, free_port: int) -> AsyncIterator[Old]:
    made: Path = request.param
    for name in ("switchboard", "local"):
        copyfile(made / f"{name}.sqlite", tmp_path / f"{name}.db")
    copyfile(made / "key", tmp_path / "switchboard.db.key")
    answers = json.loads((made / "answers.json").read_text())
    soon = datetime.fromisoformat(answers["made_at"]) + timedelta(minutes=1)
    configuration = CONFIGURATION.format(folder=tmp_path, port=free_port)
    async with (
        served(tmp_path, configuration, now=lambda: soon) as gateway,
        gateway.client(answers["api_key"]) as client,
    ):
        yield Old(client, answers)


async def test_ids_lead_to_the_same_objects(old: Old) -> None:
    ids = [old.answers["account"], old.answers["contact"], old.answers["meeting"]["payload"]["meeting"]["id"]]
    texts = [each["payload"]["message"] for each in old.answers["texts"]]
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Message { text } } }"
    assert (await old.client.data(document, ids=ids))["nodes"] == [{"id": _short(each)} for each in ids]
    found = await old.client.data(document, ids=[each["id"] for each in texts])
    assert found["nodes"] == [*map(_with_short_id, texts)]


async def test_a_page_goes_on_from_an_old_cursor(old: Old) -> None:
    document = """query ($id: ID!, $after: String) {
        conversation(id: $id) { messages(first: 10, after: $after) { nodes { text } } } }"""
    conversation = old.answers["texts"][0]["input"]["conversationId"]
    cursor = old.answers["page"]["pageInfo"]["endCursor"]
    data = await old.client.data(document, id=conversation, after=cursor)
    assert [each["text"] for each in data["conversation"]["messages"]["nodes"]] == ["text 2", "text 1", "text 0"]


async def test_an_old_idempotency_key_replays_its_outcome(old: Old) -> None:
    meeting = old.answers["meeting"]
    replayed = await old.client.do("scheduleMeeting", "meeting { id title joinUrl }", **meeting["input"])
    assert replayed["meeting"] == _with_short_id(meeting["payload"]["meeting"])
    for text in old.answers["texts"]:
        replayed = await old.client.do("sendMessage", "message { id text }", **text["input"])
        assert replayed["message"] == _with_short_id(text["payload"]["message"])


async def test_an_old_idempotency_key_replays_its_outcome_for_the_id_of_today(old: Old) -> None:
    text = old.answers["texts"][0]
    sent = {**text["input"], "conversationId": _short(text["input"]["conversationId"])}
    replayed = await old.client.do("sendMessage", "message { id text }", **sent)
    assert replayed["message"] == _with_short_id(text["payload"]["message"])


async def test_an_old_write_whose_outcome_is_unknown_stays_so(old: Old) -> None:
    lost = old.answers["lost"]
    [error] = await old.client.refusals("scheduleMeeting", "meeting { id }", **lost["input"])
    assert error["code"] == "OUTCOME_UNKNOWN"


async def test_a_subscription_goes_on_from_an_old_cursor(old: Old) -> None:
    document = "subscription ($id: ID!, $after: String) { messageAdded(accountId: $id, after: $after) { text } }"
    variables = {"id": old.answers["account"], "after": old.answers["event_cursor"]}
    async with old.client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": document, "variables": variables})
        events = [await socket.event() for _ in old.answers["events_after"]]
    assert [each["data"]["messageAdded"]["text"] for each in events] == old.answers["events_after"]


def _short(id: str) -> str:
    """The form in which an id is issued today."""
    identity = Identity.parse(id)
    assert identity is not None
    return str(identity)


def _with_short_id(entity: Json) -> Json:
    return {**entity, "id": _short(entity["id"])}
