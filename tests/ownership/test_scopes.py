"""What a scope is for, of everything that can be asked. The questions are about what is the viewer's own."""

import json
from typing import Any

import pytest

from providers.domain.changes import ChangedType
from providers.domain.entities import AccountStatus
from providers.domain.errors import Forbidden
from providers.domain.viewer import Viewer
from tests.ownership.asking import MUTATIONS, QUERIES, SUBSCRIPTIONS, Asking
from tests.ownership.question import Question
from tests.ownership.world import Person, person_with, settle

FOR_EVERYBODY = {"viewer", "providers", "provider"}
READING = [each for each in [*QUERIES, *SUBSCRIPTIONS] if each.name not in FOR_EVERYBODY]


@pytest.fixture
async def person(asking: Asking) -> Person:
    somebody = person_with(AccountStatus.CONNECTED)
    await settle(asking.process, asking.paper, [somebody])
    return somebody


def named(question: Question) -> str:
    return question.name


@pytest.mark.parametrize("scopes", [frozenset[str](), frozenset({"write"})], ids=["none", "write"])
async def test_nothing_is_read_without_the_scope_read(asking: Asking, person: Person, scopes: frozenset[str]) -> None:
    viewer = Viewer(person.user_id, scopes)
    for question in READING:
        for each in person.ids:
            answer = await asking.ask(viewer, question, each)
            assert person.mark not in answer.readable, question.name
            assert answer.calls == 0, question.name


async def test_nothing_is_listened_to_without_the_scope_read(asking: Asking) -> None:
    events = asking.operations.context(Viewer("somebody", frozenset({"write"})), force=False).events
    for told in (
        events.messages(None, None, None),
        events.meetings(None, None, None),
        events.accounts(None),
        events.contacts(None, None),
        events.conversations(None, None),
        events.changes(None, frozenset(ChangedType), None),
    ):
        with pytest.raises(Forbidden):
            await anext(told)


@pytest.mark.parametrize("question", [each for each in QUERIES if each.place == ("id",)], ids=named)
async def test_whoever_may_not_read_is_told_so(asking: Asking, person: Person, question: Question) -> None:
    own = {
        "account(id)": person.accounts[0].id,
        "meeting(id)": person.meetings[0].id,
        "contact(id)": person.contacts[0].id,
        "conversation(id)": person.conversations[0].id,
        "message(id)": person.messages[0].id,
        "node(id)": person.meetings[0].id,
    }
    answer = await asking.ask(Viewer(person.user_id, frozenset({"write"})), question, own[question.name])
    assert [error["extensions"]["code"] for error in json.loads(answer.told)["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("question", MUTATIONS, ids=named)
async def test_nothing_is_changed_without_the_scope_write(asking: Asking, person: Person, question: Question) -> None:
    for each in [*person.ids, person.user_id]:
        answer = await asking.ask(Viewer(person.user_id, frozenset({"read"})), question, each)
        assert _codes(answer.told) == ["FORBIDDEN"]
        assert answer.calls == 0


async def test_an_account_of_somebody_else_is_connected_by_an_admin_alone(asking: Asking, person: Person) -> None:
    (connect,) = (each for each in MUTATIONS if each.name == "connectAccount(input.userId)")
    viewer = Viewer("somebody else", frozenset({"read", "write"}))
    assert _codes((await asking.ask(viewer, connect, person.user_id)).told) == ["FORBIDDEN"]
    admin = Viewer("somebody else", frozenset({"admin"}))
    assert _codes((await asking.ask(admin, connect, person.user_id)).told) == []


def _codes(told: str) -> list[Any]:
    answer = json.loads(told)
    (payload,) = answer["data"].values()
    return [error["code"] for error in payload["userErrors"]]
