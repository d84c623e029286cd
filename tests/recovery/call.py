"""The writing calls of the upstreams, each as a mutation that makes the gateway call it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.testkit.steps import external_id, unused, unused_number
from tests.testkit.world import World

Json = dict[str, Any]
Count = Callable[[], Awaitable[int]]

_START, _LATER = "2031-05-06T14:00:00Z", "2031-05-06T16:00:00Z"
_INVITED = [{"email": "ben@example.com", "firstName": "Ben"}]
_DAY = {"from": "2031-05-06T00:00:00Z", "to": "2031-05-07T00:00:00Z"}
_VISIT = {"startTime": _START, "durationMinutes": 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A mutation, and how often it took effect: at the upstream, and according to the gateway."""

    mutation: str
    fields: Json
    selection: str
    done: Count
    listed: Count


@dataclass(frozen=True, slots=True)
class Call:
    """`line` is a pattern of the request's method and target."""

    name: str
    line: str
    prepare: Callable[[World], Awaitable[Asked]]


async def _visit(mutation: str, world: World) -> Asked:
    title, account = unused("Visit"), await world.visitor()
    times = _VISIT if mutation == "scheduleMeeting" else {"durationMinutes": 30}

    async def done() -> int:
        return sum(meeting["title"] == title for meeting in await _meetings(world))

    return Asked(
        mutation=mutation,
        fields={"accountId": account, "title": title, "participants": _INVITED, **times},
        selection="meeting { id title }",
        done=done,
        listed=partial(_listed_meetings, world, account, title, mutation),
    )


async def _disconnection(world: World) -> Asked:
    account = await world.new_visitor()
    seen = await world.client.data("query ($id: ID!) { account(id: $id) { externalId } }", id=account)
    external_id = seen["account"]["externalId"]

    async def done() -> int:
        accounts = (await world.medixcel.state())["accounts"]
        return sum(each["disconnected"] for each in accounts if str(each["id"]) == external_id)

    async def listed() -> int:
        known = await world.client.data("query ($id: ID!) { account(id: $id) { status } }", id=account)
        return int(known["account"]["status"] == "DISCONNECTED")

    return Asked(
        mutation="disconnectAccount",
        fields={"accountId": account},
        selection="account { id status }",
        done=done,
        listed=listed,
    )


async def _cancellation(world: World) -> Asked:
    meeting, title = await _scheduled(world)

    async def done() -> int:
        return sum(each["cancelled"] for each in await _meetings(world) if each["title"] == title)

    async def listed() -> int:
        return int((await _meeting(world, meeting))["status"] == "CANCELLED")

    return Asked(
        mutation="cancelMeeting",
        fields={"meetingId": meeting},
        selection="meeting { id status }",
        done=done,
        listed=listed,
    )


async def _move(world: World) -> Asked:
    meeting, title = await _scheduled(world)

    async def done() -> int:
        moved = [each for each in await _meetings(world) if each["title"] == title and "T16:00" in each["start_time"]]
        return len(moved)

    async def listed() -> int:
        return int("T16:00" in (await _meeting(world, meeting))["startTime"])

    return Asked(
        mutation="rescheduleMeeting",
        fields={"meetingId": meeting, "startTime": _LATER},
        selection="meeting { id startTime }",
        done=done,
        listed=listed,
    )


async def _registration(world: World) -> Asked:
    email = f"{unused('new').replace(' ', '-')}@example.com"

    async def done() -> int:
        users: list[str] = (await world.ringplan.state())["users"]
        return users.count(email)

    person = {"firstName": "Ada", "lastName": "Lane", "email": email, "company": "Example Company"}
    return Asked(
        mutation="registerUser",
        fields={"provider": "ringplan", **person},
        selection="registered",
        done=done,
        listed=done,
    )


async def _contact(world: World) -> Asked:
    texter, number = await world.texter(), unused_number()

    async def done() -> int:
        return sum(contact["number"] == number for contact in await texter.sees("/texting/contacts"))

    return Asked(
        mutation="createContact",
        fields={"accountId": texter.account, "firstName": "Ben", "lastName": "Moor", "number": number},
        selection="created contact { id firstName }",
        done=done,
        listed=partial(_total, world, "contacts", number=number),
    )


async def _change(world: World) -> Asked:
    texter = await world.texter()
    contact = await texter.contact()

    async def done() -> int:
        seen = await texter.sees(f"/texting/contacts/{external_id(contact)}")
        return int(seen["first_name"] == "Bert")

    async def listed() -> int:
        known = await world.client.data("query ($id: ID!) { contact(id: $id) { firstName } }", id=contact)
        return int(known["contact"]["firstName"] == "Bert")

    return Asked(
        mutation="updateContact",
        fields={"contactId": contact, "firstName": "Bert"},
        selection="contact { id firstName }",
        done=done,
        listed=listed,
    )


async def _conversation(world: World) -> Asked:
    texter = await world.texter()
    contact = await texter.contact()

    async def done() -> int:
        conversations = await texter.sees("/texting/conversations")
        return sum(each["contact_id"] == external_id(contact) for each in conversations)

    return Asked(
        mutation="createConversation",
        fields={"contactId": contact, "fromNumber": await texter.own_number()},
        selection="conversation { id }",
        done=done,
        listed=partial(_total, world, "conversations", contactIds=[contact]),
    )


async def _message(media: tuple[str, ...], world: World) -> Asked:
    texter, text = await world.texter(), unused("Hello")
    conversation = await texter.conversation()

    async def done() -> int:
        return len(await texter.messages(conversation, text))

    return Asked(
        mutation="sendMessage",
        fields={"conversationId": conversation, "text": text, "mediaUrls": [*media]},
        selection="message { id text }",
        done=done,
        listed=partial(_total, world, "messages", conversationIds=[conversation], text=text),
    )


async def _event(mutation: str, password: str | None, world: World) -> Asked:
    texter, title = await world.texter(), unused("Review")
    kind = "scheduled" if mutation == "scheduleMeeting" else "history"
    times = _VISIT if mutation == "scheduleMeeting" else {}

    async def done() -> int:
        events = await texter.sees(f"/meet/calendar/events?event_type={kind}&per_page=1000")
        return sum(event["event"]["title_meet"] == title for event in events)

    return Asked(
        mutation=mutation,
        fields={"accountId": texter.account, "title": title, "password": password, **times},
        selection="meeting { id title isPrivate }",
        done=done,
        listed=partial(_listed_meetings, world, texter.account, title, mutation),
    )


async def _scheduled(world: World) -> tuple[str, str]:
    """The id and the title of a meeting of its own."""
    asked = await _visit("scheduleMeeting", world)
    payload = await world.client.insist(asked.mutation, asked.selection, **asked.fields)
    return payload["meeting"]["id"], payload["meeting"]["title"]


async def _meetings(world: World) -> list[Json]:
    """Medixcel's."""
    meetings: list[Json] = (await world.medixcel.state())["meetings"]
    return meetings


async def _meeting(world: World, meeting_id: str) -> Json:
    known = await world.client.data("query ($id: ID!) { meeting(id: $id) { status startTime } }", id=meeting_id)
    meeting: Json = known["meeting"]
    return meeting


async def _listed_meetings(world: World, account: str, title: str, mutation: str) -> int:
    """On the day of those that are scheduled, or around now."""
    if mutation == "scheduleMeeting":
        return await _total(world, "meetings", accountIds=[account], text=title, **_DAY)
    now = datetime.now(UTC)
    around = {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
    return await _total(world, "meetings", accountIds=[account], text=title, **around)


async def _total(world: World, noun: str, **wanted: object) -> int:
    kind = f"{noun[0].upper()}{noun[1:-1]}Filter"
    # Not `totalCount`, which is null while a fetch of the list has failed.
    document = f"query ($filter: {kind}) {{ {noun}(filter: $filter, first: 100) {{ nodes {{ id }} }} }}"
    data = await world.client.data(document, filter=wanted)
    return len(data[noun]["nodes"])


CALLS = (
    Call("M2 scheduling", "POST /connect/set_up_meeting", partial(_visit, "scheduleMeeting")),
    Call("M2 starting", "POST /connect/set_up_meeting", partial(_visit, "startMeeting")),
    Call("M4", "POST /connect/disconnect_user_account", _disconnection),
    Call("M6", "POST /connect/cancel_meeting", _cancellation),
    Call("M7", "POST /connect/reschedule_meeting", _move),
    Call("R1", "POST /ringplan-login/api/user/register", _registration),
    Call("R6", "POST /ringplan/texting/contacts", _contact),
    Call("R8", "PUT /ringplan/texting/contacts/", _change),
    Call("R10", "POST /ringplan/texting/conversations$", _conversation),
    Call("R12", "POST /ringplan/texting/conversations/.*/messages", partial(_message, ())),
    Call("R12 with media", "POST /ringplan/.*/messages", partial(_message, ("https://example.com/cat.png",))),
    Call("R13", "POST /ringplan/meet/calendar/event/history", partial(_event, "startMeeting", None)),
    Call("R14", "POST /ringplan/meet/calendar/event/history", partial(_event, "startMeeting", "secret")),
    Call("R17", "POST /ringplan/meet/calendar/event/scheduled", partial(_event, "scheduleMeeting", None)),
    Call("R17 private", "POST /ringplan/meet/calendar/event/scheduled", partial(_event, "scheduleMeeting", "secret")),
)
