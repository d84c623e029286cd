import pytest

from providers.domain.entities import Entity
from providers.domain.identity import Identity
from providers.domain.pages import PageRequest
from tests.resolvers import example
from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend, page_of

CONVERSATIONS = """
{
  conversations {
    nodes {
      id fromNumber account { id } contact { id number }
      lastMessage { text }
      messages(first: 5) { nodes { id text from to conversation { id } } }
    }
  }
}
"""


def twenty_conversations() -> Backend:
    numbers = range(20)
    conversations = [example.conversation(f"v-{n}", f"c-{n}") for n in numbers]
    return Backend(
        entities=[
            example.account(),
            *conversations,
            *(example.contact(f"c-{n}") for n in numbers),
            *(example.message(f"t-{n}", f"v-{n}") for n in numbers),
        ],
        page=page_of(conversations),
    )


async def test_each_level_of_a_response_is_loaded_in_one_batch() -> None:
    backend = twenty_conversations()

    found = await answer(backend, CONVERSATIONS)

    batches = {name: len(keys) for name, keys in backend.batches}
    assert len(backend.batches) == len(batches)
    assert batches == {
        "account_by_key": 1,
        "contact_by_id": 20,
        "last_message_by_conversation": 20,
        "messages_by_conversation": 20,
        "conversation_by_id": 20,
    }
    third = found["conversations"]["nodes"][3]
    assert third["contact"]["id"] == str(Identity("Contact", "a-1", "c-3"))
    assert third["messages"]["nodes"][0]["conversation"]["id"] == third["id"]


async def test_equal_pages_of_many_parents_are_equal_requests() -> None:
    backend = twenty_conversations()

    await answer(backend, "{ conversations { nodes { messages(first: 5) { nodes { id } } } } }")

    [(_name, keys)] = backend.batches
    assert {request for _conversation, request in keys} == {PageRequest(limit=5)}


async def test_a_null_key_loads_nothing() -> None:
    backend = Backend(page=page_of([example.conversation(contact_external_id=None)]))

    found = await answer(backend, "{ conversations { nodes { contact { id } } } }")

    assert found["conversations"]["nodes"] == [{"contact": None}]
    assert backend.batches == []


@pytest.mark.parametrize(
    ("listing", "entity", "selection", "expected"),
    [
        ("contacts", example.contact(), "account { id }", {"account": {"id": example.account().id}}),
        ("conversations", example.conversation(), "lastMessage { id }", {"lastMessage": {"id": example.message().id}}),
        ("messages", example.message(), "conversation { id }", {"conversation": {"id": example.conversation().id}}),
        ("meetings", example.meeting(), "account { id }", {"account": {"id": example.account().id}}),
        ("meetings", example.meeting(account_key=None), "account { id }", {"account": None}),
        ("accounts", example.account(), "phoneNumbers { id }", {"phoneNumbers": [{"id": example.phone_number().id}]}),
        (
            "accounts",
            example.account(),
            "calendarAuthorizationUrl",
            {"calendarAuthorizationUrl": "https://example.com/calendar"},
        ),
        (
            "contacts",
            example.contact(),
            "conversations { nodes { id } }",
            {"conversations": {"nodes": [{"id": example.conversation().id}]}},
        ),
    ],
)
async def test_a_loaded_field_is_the_value_for_the_entitys_key(
    listing: str, entity: object, selection: str, expected: object
) -> None:
    entities: list[Entity] = [
        example.account(),
        example.phone_number(),
        example.contact(),
        example.conversation(),
        example.message(),
    ]
    backend = Backend(entities=entities, page=page_of([entity]), calendar_url="https://example.com/calendar")

    found = await answer(backend, f"{{ {listing} {{ nodes {{ {selection} }} }} }}")

    assert found[listing]["nodes"] == [expected]
