"""Ids of nothing: unknown, malformed, of another type."""

from collections.abc import Callable

import pytest

from providers.domain.identity import Identity
from tests.bad_input.target import Target, iso

_GETTERS = ("account", "meeting", "contact", "conversation", "message")

_MUTATIONS: list[tuple[str, str, dict[str, object]]] = [
    ("refreshAccount", "accountId", {}),
    ("disconnectAccount", "accountId", {}),
    ("scheduleMeeting", "accountId", {"title": "Review", "startTime": iso(hours=1), "durationMinutes": 30}),
    ("startMeeting", "accountId", {"title": "Review"}),
    ("rescheduleMeeting", "meetingId", {"startTime": iso(hours=1)}),
    ("cancelMeeting", "meetingId", {}),
    ("createContact", "accountId", {"firstName": "Bob", "lastName": "Baker", "number": "+12025550142"}),
    ("updateContact", "contactId", {"firstName": "Rob"}),
    ("createConversation", "contactId", {"fromNumber": "+12025550142"}),
    ("sendMessage", "conversationId", {"text": "Hello"}),
]


def _scope(target: Target) -> str:
    identity = Identity.parse(target.ada)
    assert identity is not None
    return identity.scope


_STRANGE: dict[str, Callable[[Target], str]] = {
    "empty": lambda _: "",
    "no base64": lambda _: "?!",
    "no identity": lambda _: "SGVsbG8",
    "of no kind": lambda _: Identity("Nothing", "x", "y").long_form,
    "unknown account": lambda _: str(Identity("Account", "0" * 32)),
    "unknown meeting": lambda _: str(Identity("Meeting", "0" * 32, "0")),
    "with a NUL": lambda target: str(Identity("Account", f"{_scope(target)}\0")),
    "padded": lambda target: f"{target.contact}==",
    "very long": lambda _: str(Identity("Meeting", "x" * 100_000, "y")),
    "a phone number's": lambda target: str(Identity("PhoneNumber", _scope(target), "1")),
}


_strange = pytest.mark.parametrize("strange", _STRANGE.values(), ids=_STRANGE)


@_strange
@pytest.mark.parametrize("getter", _GETTERS)
async def test_a_query_for_an_id_of_nothing_is_null(
    target: Target, getter: str, strange: Callable[[Target], str]
) -> None:
    data = await target.client.data(f"query ($id: ID!) {{ {getter}(id: $id) {{ id }} }}", id=strange(target))

    assert data == {getter: None}


@pytest.mark.parametrize("getter", _GETTERS)
async def test_a_query_for_an_id_of_another_type_is_null(target: Target, getter: str) -> None:
    others = [getattr(target, each if each != "account" else "ada") for each in _GETTERS if each != getter]
    for other in others:
        data = await target.client.data(f"query ($id: ID!) {{ {getter}(id: $id) {{ id }} }}", id=other)
        assert data == {getter: None}


async def test_an_unknown_node_is_null_at_its_position(target: Target) -> None:
    nothing = [strange(target) for name, strange in _STRANGE.items() if name != "a phone number's"]
    document = "query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } }"

    data = await target.client.data(document, ids=[target.contact, *nothing, target.meeting], id=nothing[0])

    assert data["node"] is None
    assert data["nodes"] == [{"id": target.contact}, *(None for _ in nothing), {"id": target.meeting}]


@_strange
@pytest.mark.parametrize(("mutation", "field", "rest"), _MUTATIONS, ids=[name for name, _, _ in _MUTATIONS])
async def test_a_mutation_of_nothing_is_not_found(
    target: Target, mutation: str, field: str, rest: dict[str, object], strange: Callable[[Target], str]
) -> None:
    refusals = await target.refusals(mutation, **{field: strange(target)}, **rest)

    assert refusals == [("NOT_FOUND", ["input", field])]


@pytest.mark.parametrize(("mutation", "field", "rest"), _MUTATIONS, ids=[name for name, _, _ in _MUTATIONS])
async def test_a_mutation_of_another_type_is_not_found(
    target: Target, mutation: str, field: str, rest: dict[str, object]
) -> None:
    for kind in ("ada", "meeting", "contact", "conversation", "message"):
        if field != {"ada": "accountId"}.get(kind, f"{kind}Id"):
            refusals = await target.refusals(mutation, **{field: getattr(target, kind)}, **rest)
            assert refusals == [("NOT_FOUND", ["input", field])]


async def test_a_provider_that_is_not_configured_is_not_found(target: Target) -> None:
    assert await target.refusals("connectAccount", provider="unknown") == [("NOT_FOUND", ["input", "provider"])]


@pytest.mark.parametrize("field", ["accountIds", "conversationIds"])
async def test_a_filter_by_ids_of_nothing_matches_nothing(target: Target, field: str) -> None:
    document = f"query ($ids: [ID!]) {{ messages(filter: {{{field}: $ids}}) {{ totalCount nodes {{ id }} }} }}"

    data = await target.client.data(document, ids=["", "?!", target.meeting])

    assert data == {"messages": {"totalCount": 0, "nodes": []}}


@pytest.mark.parametrize("argument", ["accountId", "conversationId"])
async def test_a_subscription_to_nothing_is_refused(target: Target, argument: str) -> None:
    async with target.client.websocket() as socket:
        document = f'subscription {{ messageAdded({argument}: "nothing") {{ id }} }}'
        await socket.say(id="1", type="subscribe", payload={"query": document})
        message = await socket.hear()

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"
