"""The reading calls of the upstreams, each as a query that makes the gateway call it.

R7 is missing: no query asks for one contact, and what looks for a lost change is tested where changes are.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from providers.medixcel.ist import IST
from tests.testkit.ringplan import Texter
from tests.testkit.world import World

Json = dict[str, Any]

_MEETINGS = "query ($filter: MeetingFilter) { meetings(filter: $filter) { nodes { id } } }"
_NOON = datetime(2031, 5, 6, 12, tzinfo=IST)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of which nothing is known yet, and whose answer is not empty. `path` leads to what the call brings."""

    account: str
    document: str
    path: tuple[str, ...]
    variables: Json = field(default_factory=dict)

    def brought(self, answer: Json) -> Any:
        found = answer["data"]
        for name in self.path:
            found = found and found[name]
        return found


@dataclass(frozen=True, slots=True)
class Read:
    """`line` is a pattern of the request's method and target; `is_kept` whether the result is stored."""

    name: str
    line: str
    prepare: Callable[[World], Awaitable[Asked]]
    is_kept: bool = True

    @property
    def provider(self) -> str:
        return "connect" if self.name.startswith("M") else "ringplan"


def _day_of(moment: datetime) -> Json:
    return {"from": moment.isoformat(), "to": (moment + timedelta(hours=1)).isoformat()}


def _naive(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


async def _listed_visit(world: World) -> Asked:
    """A meeting that was scheduled elsewhere, on a day that has not been fetched."""
    account = await world.new_visitor()
    seen = await world.client.data("query ($id: ID!) { account(id: $id) { externalId } }", id=account)
    await world.medixcel.schedule(seen["account"]["externalId"], f"{_NOON:%Y-%m-%d %H:%M:%S}")
    within = {"accountIds": [account], **_day_of(_NOON)}
    return Asked(account, _MEETINGS, ("meetings", "nodes"), {"filter": within})


async def _described_visit(world: World) -> Asked:
    listed = await _listed_visit(world)
    (meeting,) = listed.brought(await world.client.ask(listed.document, **listed.variables))
    document = "query ($id: ID!) { meeting(id: $id) { id title } }"
    return Asked(listed.account, document, ("meeting", "title"), {"id": meeting["id"]})


async def _numbers(world: World) -> Asked:
    account = (await world.new_texter()).account
    document = "query ($id: ID!) { phoneNumbers(accountId: $id) { number } }"
    return Asked(account, document, ("phoneNumbers",), {"id": account})


async def _contacts(world: World) -> Asked:
    texter = await world.new_texter()
    await _contact_elsewhere(texter)
    document = "query ($id: ID!) { contacts(filter: { accountIds: [$id] }) { nodes { number } } }"
    return Asked(texter.account, document, ("contacts", "nodes"), {"id": texter.account})


async def _conversations(world: World) -> Asked:
    texter = await world.new_texter()
    await _conversation_elsewhere(texter)
    document = "query ($id: ID!) { conversations(filter: { accountIds: [$id] }) { nodes { fromNumber } } }"
    return Asked(texter.account, document, ("conversations", "nodes"), {"id": texter.account})


async def _messages(world: World) -> Asked:
    texter = await world.new_texter()
    conversation = await _conversation_elsewhere(texter)
    await texter.says(f"/texting/conversations/{conversation}/messages", text="Hello")
    known = await world.client.data(
        "query ($id: ID!) { conversations(filter: { accountIds: [$id] }) { nodes { id } } }", id=texter.account
    )
    document = "query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } } }"
    path = ("conversation", "messages", "nodes")
    return Asked(texter.account, document, path, {"id": known["conversations"]["nodes"][0]["id"]})


async def _events(kind: str, world: World) -> Asked:
    texter = await world.new_texter()
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3) * (kind == "scheduled")
    end = start + timedelta(minutes=30) * (kind == "scheduled")
    event: Json = {
        "title_meet": "Review",
        "summary": "Review",
        "description": "",
        "start_time": _naive(start),
        "end_time": _naive(end),
        "time_zone": "UTC",
        "attendees": [],
    }
    await texter.says(f"/meet/calendar/event/{kind}", **event)
    within = _day_of(start - timedelta(minutes=10))
    return Asked(
        texter.account, _MEETINGS, ("meetings", "nodes"), {"filter": {"accountIds": [texter.account], **within}}
    )


async def _authorization(world: World) -> Asked:
    account = (await world.new_texter()).account
    document = "query ($id: ID!) { account(id: $id) { calendarAuthorizationUrl } }"
    return Asked(account, document, ("account", "calendarAuthorizationUrl"), {"id": account})


async def _contact_elsewhere(texter: Texter) -> str:
    """The id of a contact that the gateway has not seen."""
    contact = await texter.says("/texting/contacts", first_name="Ben", last_name="Moor", number="2025550123")
    return str(contact["id"])


async def _conversation_elsewhere(texter: Texter) -> str:
    (number,) = await texter.sees("/texting/numbers")
    contact = await _contact_elsewhere(texter)
    conversation = await texter.says("/texting/conversations", contact_id=contact, from_number=number["number"])
    return str(conversation["id"])


READS = (
    Read("M3", "POST /connect/get_meetings_of_client_for_date", _listed_visit),
    Read("M5", "POST /connect/get_meeting_details", _described_visit),
    Read("R4", "GET /ringplan/texting/numbers", _numbers),
    Read("R5", "GET /ringplan/texting/contacts", _contacts),
    Read("R9", "GET /ringplan/texting/conversations$", _conversations),
    Read("R11", "GET /ringplan/texting/conversations/.*/messages", _messages),
    Read("R15", "GET /ringplan/meet/calendar/events.*event_type=history", partial(_events, "history")),
    Read("R16", "GET /ringplan/meet/calendar/events.*event_type=scheduled", partial(_events, "scheduled")),
    Read("R18", "GET /ringplan/meet/app/calendar/get-auth-url", _authorization, is_kept=False),
)
