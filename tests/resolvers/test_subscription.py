from typing import Any

import pytest

from gateway.graphql.execution.engine import OperationFailed
from providers.domain.results import Event
from tests.resolvers import example
from tests.resolvers.asking import subscribe
from tests.resolvers.world import World


async def received(world: World, query: str, **variables: Any) -> list[Any]:
    return [result["data"] async for result in subscribe(world.context(), query, **variables)]


async def test_messages_are_delivered_as_they_arrive() -> None:
    world = World(events=[Event(entity=example.message(f"t-{n}"), cursor=f"c-{n}") for n in range(2)])

    data = await received(world, "subscription { messageAdded { externalId } }")

    assert data == [{"messageAdded": {"externalId": "t-0"}}, {"messageAdded": {"externalId": "t-1"}}]
    assert world.asked == [("messages", None, None, None)]


async def test_the_arguments_filter_the_events() -> None:
    world = World(entities=[example.account(), example.conversation()])
    ids = {"v": example.conversation().id, "a": example.account().id}
    query = 'messageAdded(conversationId: $v, accountId: $a, after: "c-1") { id }'

    await received(world, f"subscription($v: ID, $a: ID) {{ {query} }}", **ids)
    await received(world, 'subscription($a: ID) { meetingChanged(accountId: $a, after: "c-2") { id } }', a=ids["a"])
    await received(world, 'subscription { accountChanged(after: "c-3") { id } }')

    assert world.asked == [
        ("messages", ("a-1", "v-1"), "a-1", "c-1"),
        ("meetings", "a-1", "c-2"),
        ("accounts", "c-3"),
    ]


async def test_meetings_and_accounts_are_delivered_as_they_change() -> None:
    meetings = World(events=[Event(entity=example.meeting(), cursor="c-1")])
    accounts = World(events=[Event(entity=example.account(), cursor="c-1")])

    assert await received(meetings, "subscription { meetingChanged { status } }") == [
        {"meetingChanged": {"status": "SCHEDULED"}}
    ]
    assert await received(accounts, "subscription { accountChanged { status } }") == [
        {"accountChanged": {"status": "CONNECTED"}}
    ]


async def test_every_event_has_its_cursor_and_freshly_loaded_objects() -> None:
    world = World(events=[Event(entity=example.message(), cursor=f"c-{n}") for n in range(3)])
    context = world.context()

    seen = [
        (context.progress.cursor, world.forgotten)
        async for _result in subscribe(context, "subscription { messageAdded { id } }")
    ]

    assert seen == [("c-0", 1), ("c-1", 2), ("c-2", 3)]


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("accountId", "garbage"),
        ("accountId", example.account("a-404").id),
        ("accountId", example.conversation().id),
        ("conversationId", "garbage"),
        ("conversationId", example.conversation("v-404").id),
        ("conversationId", example.account().id),
    ],
)
async def test_an_id_of_nothing_is_not_found(argument: str, text: str) -> None:
    world = World(entities=[example.account(), example.conversation()])
    query = f"subscription($id: ID) {{ messageAdded({argument}: $id) {{ id }} }}"

    with pytest.raises(OperationFailed) as failed:
        await anext(subscribe(world.context(), query, id=text))

    [error] = failed.value.errors
    assert "NOT_FOUND" in str(error["extensions"])
    assert world.asked == []


async def test_who_leaves_is_no_longer_listened_for() -> None:
    world = World(events=[Event(entity=example.message(), cursor="c-1")] * 3)
    results = subscribe(world.context(), "subscription { messageAdded { id } }")

    await anext(results)
    await results.aclose()

    assert world.closed
