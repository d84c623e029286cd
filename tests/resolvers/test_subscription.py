from typing import Any

import pytest

from gateway.graphql.execution.engine import OperationFailed
from providers.domain.changes import ChangeKind
from providers.domain.entities import Entity
from providers.domain.results import Event
from tests.resolvers import example
from tests.resolvers.asking import subscribe
from tests.resolvers.backend import Backend


def event(entity: Entity, cursor: str, change: ChangeKind = ChangeKind.CHANGED) -> Event[Any]:
    return Event(entity=entity, cursor=cursor, change=change)


async def received(backend: Backend, query: str, **variables: Any) -> list[Any]:
    return [result["data"] async for result in subscribe(backend.context(), query, **variables)]


async def test_messages_are_delivered_as_they_arrive() -> None:
    backend = Backend(events=[event(example.message(f"t-{n}"), cursor=f"c-{n}") for n in range(2)])

    data = await received(backend, "subscription { messageAdded { externalId } }")

    assert data == [{"messageAdded": {"externalId": "t-0"}}, {"messageAdded": {"externalId": "t-1"}}]
    assert backend.asked == [("messages", None, None, None)]


async def test_the_arguments_filter_the_events() -> None:
    backend = Backend(entities=[example.account(), example.conversation()])
    ids = {"v": example.conversation().id, "a": example.account().id}
    query = 'messageAdded(conversationId: $v, accountId: $a, after: "c-1") { id }'

    await received(backend, f"subscription($v: ID, $a: ID) {{ {query} }}", **ids)
    await received(backend, 'subscription($a: ID) { meetingChanged(accountId: $a, after: "c-2") { id } }', a=ids["a"])
    await received(backend, 'subscription { accountChanged(after: "c-3") { id } }')

    assert backend.asked == [
        ("messages", ("a-1", "v-1"), ("a-1",), "c-1"),
        ("meetings", ("a-1",), None, "c-2"),
        ("accounts", "c-3"),
    ]


async def test_the_accounts_of_a_subscription_are_looked_up_together() -> None:
    accounts = [example.account(f"a-{number}") for number in range(3)]
    backend = Backend(entities=accounts)

    await received(
        backend,
        "subscription($ids: [ID!]) { changes(accountIds: $ids) { cursor } }",
        ids=[each.id for each in accounts],
    )

    assert [(name, sorted(keys)) for name, keys in backend.batches] == [("account_by_key", ["a-0", "a-1", "a-2"])]


async def test_meetings_and_accounts_are_delivered_as_they_change() -> None:
    meetings = Backend(events=[event(example.meeting(), cursor="c-1")])
    accounts = Backend(events=[event(example.account(), cursor="c-1")])

    assert await received(meetings, "subscription { meetingChanged { status } }") == [
        {"meetingChanged": {"status": "SCHEDULED"}}
    ]
    assert await received(accounts, "subscription { accountChanged { status } }") == [
        {"accountChanged": {"status": "CONNECTED"}}
    ]


async def test_every_event_has_its_cursor_and_freshly_loaded_objects() -> None:
    backend = Backend(events=[event(example.message(), cursor=f"c-{n}") for n in range(3)])
    context = backend.context()

    seen = [
        (context.progress.event and context.progress.event.cursor, backend.forgotten)
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
async def test_an_unknown_id_is_not_found(argument: str, text: str) -> None:
    backend = Backend(entities=[example.account(), example.conversation()])
    query = f"subscription($id: ID) {{ messageAdded({argument}: $id) {{ id }} }}"

    with pytest.raises(OperationFailed) as failed:
        await anext(subscribe(backend.context(), query, id=text))

    [error] = failed.value.errors
    assert "NOT_FOUND" in str(error["extensions"])
    assert backend.asked == []


async def test_who_leaves_is_no_longer_listened_for() -> None:
    backend = Backend(events=[event(example.message(), cursor="c-1")] * 3)
    results = subscribe(backend.context(), "subscription { messageAdded { id } }")

    await anext(results)
    await results.aclose()

    assert backend.closed
