"""Objects that the runs create: each has a label and has to exist exactly once."""

import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.testkit.ringplan import Texter
from tests.testkit.steps import external_id
from tests.testkit.world import World

Json = dict[str, Any]
Labels = Counter[str]

_FIRST_START = datetime(2031, 5, 6, tzinfo=UTC)
_INVITED = [{"email": "ben@example.com"}]
_ALL = "per_page=100000"


@dataclass(frozen=True, slots=True)
class Kind:
    """`fields` are the mutation's for an object's number; `there` counts the labels that the upstream has."""

    name: str
    mutation: str
    entity: str
    label: Callable[[int], str]
    fields: Callable[[int], Json]
    there: Callable[[], Awaitable[Labels]]


async def kinds(world: World, local_file: Path) -> list[Kind]:
    """One of each call that makes something new, with accounts that are connected for it."""
    texter, visits = await world.new_texter(), await world.new_visitor()
    local = await world.connected("local")
    conversation = await texter.conversation()
    return [
        _scheduled("M2 scheduling", visits, lambda: _visits(world)),
        _started("M2 starting", visits, lambda: _visits(world)),
        _contact(texter),
        _message(texter, conversation),
        _started("R13", texter.account, lambda: _events(texter, "history")),
        _scheduled("R17", texter.account, lambda: _events(texter, "scheduled")),
        _scheduled("local", local, lambda: _local_meetings(local_file)),
    ]


def _scheduled(name: str, account: str, there: Callable[[], Awaitable[Labels]]) -> Kind:
    def fields(number: int) -> Json:
        start = _FIRST_START + timedelta(minutes=number)
        meeting = {"title": label(number), "startTime": start.isoformat(), "durationMinutes": 30}
        return {"accountId": account, "participants": _INVITED, **meeting}

    label = _labels(name)
    return Kind(name, "scheduleMeeting", "meeting", label, fields, there)


def _started(name: str, account: str, there: Callable[[], Awaitable[Labels]]) -> Kind:
    def fields(number: int) -> Json:
        meeting = {"title": label(number), "durationMinutes": 15 + number % 60}
        return {"accountId": account, "participants": _INVITED, **meeting}

    label = _labels(name)
    return Kind(name, "startMeeting", "meeting", label, fields, there)


def _contact(texter: Texter) -> Kind:
    """Its label is its telephone number, a fictional one."""

    def label(number: int) -> str:
        area, line = divmod(number, 100)
        return f"{300 + area}55501{line:02}"

    def fields(number: int) -> Json:
        return {"accountId": texter.account, "firstName": "Ben", "lastName": "Moor", "number": label(number)}

    async def there() -> Labels:
        return Counter(each["number"] for each in await texter.sees("/texting/contacts") if each["number"] >= "3")

    return Kind("R6", "createContact", "contact", label, fields, there)


def _message(texter: Texter, conversation: str) -> Kind:
    def fields(number: int) -> Json:
        return {"conversationId": conversation, "text": label(number)}

    async def there() -> Labels:
        path = f"/texting/conversations/{external_id(conversation)}/messages?{_ALL}"
        return Counter(each["text"] for each in await texter.sees(path))

    label = _labels("R12")
    return Kind("R12", "sendMessage", "message", label, fields, there)


def _labels(name: str) -> Callable[[int], str]:
    return lambda number: f"{name} {number}"


async def _visits(world: World) -> Labels:
    return Counter(each["title"] for each in (await world.medixcel.state())["meetings"])


async def _events(texter: Texter, event_type: str) -> Labels:
    events = await texter.sees(f"/meet/calendar/events?event_type={event_type}&{_ALL}")
    return Counter(each["event"]["title_meet"] for each in events)


async def _local_meetings(file: Path) -> Labels:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return Counter(title for (title,) in connection.execute("SELECT title FROM meeting"))
