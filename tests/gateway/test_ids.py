"""Ids: short where clients read them, and accepted in the long form of earlier versions wherever they are sent."""

from collections.abc import AsyncIterator

import pytest

from providers.domain.identity import Identity
from tests.bad_input.target import Target, furnished, iso
from tests.testkit.world import WorldBuilder

MAX_LENGTH = 48
OBJECTS = ("ada", "meeting", "contact", "conversation", "message")
_EVERY_ID = """{
    accounts { nodes { id phoneNumbers { id } } } meetings { nodes { id } } contacts { nodes { id } }
    conversations { nodes { id } } messages { nodes { id } } }"""


@pytest.fixture(scope="module")
async def target(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    builder = WorldBuilder(folder=tmp_path_factory.mktemp("ids"), providers={"local": ""})
    async with builder.world() as world:
        yield await furnished(world, builder.folder)


def long_form(id: str) -> str:
    identity = Identity.parse(id)
    assert identity is not None
    assert identity.long_form != id
    return identity.long_form


async def test_every_id_that_is_issued_is_short(target: Target) -> None:
    assert max(map(len, _ids(await target.client.data(_EVERY_ID)))) <= MAX_LENGTH


@pytest.mark.parametrize("kind", OBJECTS)
async def test_a_query_finds_an_object_by_either_form_of_its_id(target: Target, kind: str) -> None:
    short, getter = getattr(target, kind), "account" if kind == "ada" else kind
    document = f"query ($id: ID!, $both: [ID!]!) {{ one: {getter}(id: $id) {{ id }} nodes(ids: $both) {{ id }} }}"
    data = await target.client.data(document, id=long_form(short), both=[short, long_form(short)])
    assert data == {"one": {"id": short}, "nodes": [{"id": short}, {"id": short}]}


@pytest.mark.parametrize(
    ("field", "argument", "kind"),
    [
        ("meetings", "accountIds", "ada"),
        ("contacts", "accountIds", "ada"),
        ("conversations", "accountIds", "ada"),
        ("conversations", "contactIds", "contact"),
        ("messages", "accountIds", "ada"),
        ("messages", "conversationIds", "conversation"),
    ],
)
async def test_a_filter_matches_by_either_form_of_an_id(target: Target, field: str, argument: str, kind: str) -> None:
    document = f"query ($ids: [ID!]) {{ {field}(filter: {{ {argument}: $ids }}) {{ totalCount nodes {{ id }} }} }}"
    short = getattr(target, kind)
    found = await target.client.data(document, ids=[short])
    assert found[field]["totalCount"] > 0
    assert await target.client.data(document, ids=[long_form(short)]) == found


async def test_the_numbers_of_an_account_are_found_by_either_form_of_its_id(target: Target) -> None:
    document = "query ($id: ID) { phoneNumbers(accountId: $id) { number } }"
    for account in (target.ada, long_form(target.ada)):
        assert (await target.client.data(document, id=account))["phoneNumbers"] == [{"number": target.ada_number}]


async def test_a_mutation_finds_its_object_by_either_form_and_a_retry_with_the_other_replays_it(target: Target) -> None:
    contact = {"firstName": "Robert", "idempotencyKey": "renamed"}
    times = {"startTime": iso(hours=5), "idempotencyKey": "moved"}
    text = {"text": "Once", "idempotencyKey": "once"}
    for mutation, field, kind, rest in (
        ("updateContact", "contactId", "contact", contact),
        ("rescheduleMeeting", "meetingId", "meeting", times),
        ("sendMessage", "conversationId", "message", text),
    ):
        short = target.conversation if kind == "message" else getattr(target, kind)
        first = await target.client.do(mutation, f"{kind} {{ id }}", **{field: long_form(short)}, **rest)
        assert await target.client.do(mutation, f"{kind} {{ id }}", **{field: short}, **rest) == first
        assert len(first[kind]["id"]) <= MAX_LENGTH


async def test_a_subscription_listens_to_an_object_by_either_form_of_its_id(target: Target) -> None:
    document = "subscription ($id: ID, $of: ID) { messageAdded(conversationId: $id, accountId: $of) { id text } }"
    for conversation, account in (
        (long_form(target.conversation), long_form(target.ada)),
        (target.conversation, target.ada),
    ):
        async with target.client.subscribed(document, id=conversation, of=account) as socket:
            sent = await target.client.do("sendMessage", "message { id }", conversationId=conversation, text="Heard")
            event = await socket.event()
        assert event["data"]["messageAdded"] == {"id": sent["message"]["id"], "text": "Heard"}


def _ids(data: object) -> list[str]:
    if isinstance(data, list):
        return [found for each in data for found in _ids(each)]
    if not isinstance(data, dict):
        return []
    return [found for name, value in data.items() for found in ([value] if name == "id" else _ids(value))]
