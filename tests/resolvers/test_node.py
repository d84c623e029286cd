import pytest

from providers.domain.entities import Entity
from providers.domain.identity import Identity
from tests.resolvers import example
from tests.resolvers.asking import answer, errors
from tests.resolvers.backend import Backend

EVERYTHING: list[Entity] = [
    example.account(),
    example.meeting(),
    example.phone_number(),
    example.contact(),
    example.conversation(),
    example.message(),
]

UNKNOWN = {
    "malformed": "!!",
    "another gateway's": "TWVldGluZzox",
    "of no type": Identity("Unicorn", "a-1", "m-1").long_form,
    "of nothing": str(Identity("Meeting", "a-1", "m-404")),
    "an account's with something behind it": str(Identity("Account", "a-1", "m-1")),
    "not ASCII": "ü",
}


@pytest.mark.parametrize("entity", EVERYTHING, ids=lambda entity: type(entity).__name__)
async def test_every_object_is_found_by_its_id(entity: Entity) -> None:
    found = await answer(
        Backend(entities=EVERYTHING), "query($id: ID!) { node(id: $id) { __typename id } }", id=entity.id
    )

    assert found["node"] == {"__typename": type(entity).__name__, "id": entity.id}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
async def test_an_unknown_id_is_null(text: str) -> None:
    found = await answer(Backend(entities=EVERYTHING), "query($id: ID!) { node(id: $id) { id } }", id=text)

    assert found["node"] is None


async def test_nodes_come_in_the_order_of_the_ids_with_gaps() -> None:
    backend = Backend(entities=[example.meeting("m-1"), example.meeting("m-2")])
    ids = [example.meeting("m-2").id, "nothing", example.contact().id, example.meeting("m-1").id]

    found = await answer(backend, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)

    assert found["nodes"] == [{"id": ids[0]}, None, None, {"id": ids[3]}]
    assert [name for name, _keys in backend.batches] == ["meeting_by_id", "contact_by_id"]


async def test_more_than_a_hundred_nodes_are_refused() -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    assert (await answer(Backend(), query, ids=["x"] * 100))["nodes"] == [None] * 100
    [error] = await errors(Backend(), query, ids=["x"] * 101)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("ids:")


@pytest.mark.parametrize("getter", ["account", "meeting", "contact", "conversation", "message"])
async def test_a_typed_getter_returns_objects_of_its_own_type_only(getter: str) -> None:
    backend = Backend(entities=EVERYTHING)
    query = f"query($id: ID!) {{ {getter}(id: $id) {{ __typename }} }}"

    found = [await answer(backend, query, id=entity.id) for entity in EVERYTHING]

    expected = [getter.capitalize() if type(e).__name__ == getter.capitalize() else None for e in EVERYTHING]
    assert [one[getter] and one[getter]["__typename"] for one in found] == expected
