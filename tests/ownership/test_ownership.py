from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from providers.domain.changes import ChangedType
from providers.domain.entities import AccountStatus, Entity
from providers.domain.identity import Identity
from providers.domain.results import Event
from providers.domain.viewer import Viewer
from tests.ownership.asking import MUTATIONS, QUERIES, READ_AND_WRITE, SUBSCRIPTIONS, Answer, Asking
from tests.ownership.question import Question
from tests.ownership.world import HOST_ONLY, Person, made_up, people, person_with, settle

in_random_worlds = settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@in_random_worlds
@given(everybody=people())
async def test_nobody_is_told_a_byte_of_what_is_anothers(asking: Asking, everybody: list[Person]) -> None:
    await settle(asking.process, asking.paper, everybody)
    for person in everybody:
        viewer = Viewer(person.user_id, READ_AND_WRITE)
        others = [each for each in everybody if each is not person]
        for question in [*QUERIES, *SUBSCRIPTIONS, *MUTATIONS]:
            await _assert_tells_nothing(asking, viewer, question, others)


async def _assert_tells_nothing(asking: Asking, viewer: Viewer, question: Question, others: list[Person]) -> None:
    marks = [other.mark for other in others]
    if question.place is None:
        answer = await asking.ask(viewer, question)
        assert not any(mark in answer.readable for mark in marks), question.name
        return
    expected: dict[str, Answer] = {}
    for foreign, never in _foreign(question, others):
        kind = _kind(never)
        if kind not in expected:
            await asking.ask(viewer, question, never)
            expected[kind] = await asking.ask(viewer, question, never)
        answer = await asking.ask(viewer, question, foreign)
        assert answer == expected[kind], question.name
        assert not any(mark in answer.readable for mark in marks), question.name


def _kind(known: str) -> str:
    identity = Identity.parse(known)
    return identity.kind if identity is not None else "user"


def _foreign(question: Question, others: list[Person]) -> list[tuple[str, str]]:
    """Ids of others, each with one of the same kind that never was."""
    assert question.place is not None
    if question.place[-1] in {"userId", "userIds"}:
        return [(other.user_id, "user who never was") for other in others]
    return [(known, made_up(known)) for other in others for known in other.ids]


async def _settled(asking: Asking, count: int = 1) -> list[Person]:
    everybody = [person_with(AccountStatus.CONNECTED) for _ in range(count)]
    await settle(asking.process, asking.paper, everybody)
    return everybody


@pytest.mark.parametrize(
    "question",
    [each for each in QUERIES if each.place and each.name != "accounts(filter.userIds)"],
    ids=lambda each: each.name,
)
async def test_everybody_is_told_what_is_their_own(asking: Asking, question: Question) -> None:
    """Without this, a gateway that tells nothing would pass."""
    assert question.place is not None
    (person,) = await _settled(asking)
    viewer = Viewer(person.user_id, READ_AND_WRITE)
    own = [person.user_id] if question.place[-1] == "userIds" else person.ids
    answers = [await asking.ask(viewer, question, each) for each in own]
    assert any(person.mark in answer.readable for answer in answers)
    assert any(answer.statements for answer in answers)


async def test_a_replay_of_everything_is_a_replay_of_ones_own(asking: Asking) -> None:
    person, other = await _settled(asking, 2)
    viewer = Viewer(person.user_id, READ_AND_WRITE)
    first = asking.process.cursors.write(0)
    events = asking.operations.context(viewer, force=False).events
    followed: list[tuple[Sequence[Entity], AsyncGenerator[Event[Any], None]]] = [
        (person.messages, events.messages(None, None, first)),
        (person.meetings, events.meetings(None, None, first)),
        (person.accounts, events.accounts(first)),
        (person.contacts, events.contacts(None, first)),
        ([*person.conversations, *person.conversations], events.conversations(None, first)),
        (person.everything, events.changes(None, frozenset(ChangedType), first)),
    ]
    await settle(asking.process, asking.paper, [other, person])
    for own, told in followed:
        found = [(await anext(told)).entity.id for _ in range(2 * len(own))]
        assert sorted(found) == sorted([each.id for each in own] * 2)
        await told.aclose()


@pytest.mark.parametrize("scopes", [READ_AND_WRITE, frozenset({"admin"})], ids=["own", "admin"])
async def test_host_links_and_passwords_are_for_the_account_s_user_and_for_admin(
    asking: Asking, scopes: frozenset[str]
) -> None:
    (person,) = await _settled(asking)
    viewer = Viewer("admin" if "admin" in scopes else person.user_id, scopes)
    answers = [await asking.ask(viewer, each, *person.ids) for each in QUERIES if each.name == "nodes(ids)"]
    assert person.mark in answers[0].readable
    assert f"https://meet.example.com/{HOST_ONLY}/{person.mark}" in answers[0].told
    assert f"{HOST_ONLY} {person.mark}" in answers[0].told
