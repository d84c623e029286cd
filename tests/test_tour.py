"""A newcomer's tour, against a real server process: over HTTP, a WebSocket and server-sent events."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from tests.testkit.client import Client, Json
from tests.testkit.server import Server, serving

MEETING = "meeting { id title status startTime durationMinutes joinUrl icalendar participants { email } }"


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    number: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("tour")) as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    async with Client(server.url) as connected:
        yield connected


@pytest.fixture
def start() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)


async def connect(client: Client) -> Account:
    payload = await client.do("connectAccount", "account { id status phoneNumbers { number } }", provider="local")
    assert payload["account"]["status"] == "CONNECTED"
    return Account(payload["account"]["id"], payload["account"]["phoneNumbers"][0]["number"])


async def schedule(client: Client, account: Account, start: datetime) -> Json:
    meeting = {
        "title": "Design review",
        "startTime": start.isoformat(),
        "durationMinutes": 45,
        "timeZone": "Europe/Berlin",
        "participants": [{"email": "grace@example.com", "firstName": "Grace"}],
    }
    payload = await client.do("scheduleMeeting", MEETING, accountId=account.id, **meeting)
    return dict(payload["meeting"])


async def conversation_between(client: Client, sender: Account, receiver: Account) -> str:
    person = {"firstName": "Grace", "lastName": "Hopper", "number": receiver.number}
    contact = await client.do("createContact", "created contact { id }", accountId=sender.id, **person)
    assert contact["created"]
    numbers = {"contactId": contact["contact"]["id"], "fromNumber": sender.number}
    payload = await client.do("createConversation", "conversation { id }", **numbers)
    return str(payload["conversation"]["id"])


async def test_a_meeting_is_scheduled_listed_and_can_be_joined(client: Client, start: datetime) -> None:
    account = await connect(client)
    meeting = await schedule(client, account, start)

    data = await client.data(
        "query ($id: ID!) { account(id: $id) { meetings { nodes { id title status joinUrl } totalCount } } }",
        id=account.id,
    )

    assert data["account"]["meetings"] == {
        "totalCount": 1,
        "nodes": [{**{key: meeting[key] for key in ("id", "title", "joinUrl")}, "status": "SCHEDULED"}],
    }
    assert meeting["joinUrl"].startswith("https://meet.jit.si/")


async def test_the_invitation_is_a_calendar_entry_in_the_users_zone(client: Client, start: datetime) -> None:
    meeting = await schedule(client, await connect(client), start)

    calendar = icalendar.Calendar.from_ical(meeting["icalendar"])

    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert event.decoded("DTSTART") == start
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["SUMMARY"] == "Design review"
    assert event["ATTENDEE"] == "mailto:grace@example.com"
    assert meeting["joinUrl"] in event.to_ical().decode().replace("\r\n ", "")


async def test_a_message_arrives_through_a_websocket_and_through_server_sent_events(client: Client) -> None:
    ada, grace = await connect(client), await connect(client)
    conversation = await conversation_between(client, ada, grace)
    arriving = "subscription ($id: ID) { messageAdded(accountId: $id) { text from to direction conversation { id } } }"

    async with (
        client.subscribed(arriving, id=grace.id) as socket,
        client.stream(arriving, id=grace.id) as events,
    ):
        sent = await client.do("sendMessage", "message { text status }", conversationId=conversation, text="On my way")
        over_websocket, over_events = await socket.event(), await anext(events)

    assert sent["message"] == {"text": "On my way", "status": "DELIVERED"}
    arrived = over_websocket["data"]["messageAdded"]
    own_conversation = arrived.pop("conversation")
    assert arrived == {"text": "On my way", "from": ada.number, "to": grace.number, "direction": "INBOUND"}
    assert own_conversation["id"] != conversation
    assert over_events["data"]["messageAdded"] == {**arrived, "conversation": own_conversation}


async def test_an_answer_goes_back_to_where_the_message_came_from(client: Client) -> None:
    ada, grace = await connect(client), await connect(client)
    conversation = await conversation_between(client, ada, grace)
    await client.do("sendMessage", conversationId=conversation, text="Are you there?")
    data = await client.data(
        "query ($id: ID!) { account(id: $id) { conversations { nodes { id contact { number } } } } }", id=grace.id
    )
    (own,) = data["account"]["conversations"]["nodes"]
    assert own["contact"]["number"] == ada.number

    await client.do("sendMessage", conversationId=own["id"], text="I am.")

    data = await client.data(
        "query ($id: ID!) { conversation(id: $id) { messages { nodes { text direction } } lastMessage { text } } }",
        id=conversation,
    )
    assert data["conversation"] == {
        "lastMessage": {"text": "I am."},
        "messages": {
            "nodes": [{"text": "I am.", "direction": "INBOUND"}, {"text": "Are you there?", "direction": "OUTBOUND"}]
        },
    }


async def test_a_meeting_that_is_moved_and_cancelled_is_published_each_time(client: Client, start: datetime) -> None:
    account = await connect(client)
    changes = "subscription ($id: ID) { meetingChanged(accountId: $id) { id status startTime durationMinutes } }"

    async with client.subscribed(changes, id=account.id) as socket:
        meeting = await schedule(client, account, start)
        later = start + timedelta(days=1)
        moved = await client.do("rescheduleMeeting", MEETING, meetingId=meeting["id"], startTime=later.isoformat())
        cancelled = await client.do("cancelMeeting", MEETING, meetingId=meeting["id"])
        events = [(await socket.event())["data"]["meetingChanged"] for _ in range(3)]

    assert [each["id"] for each in events] == [meeting["id"]] * 3
    assert datetime.fromisoformat(moved["meeting"]["startTime"]) == later
    assert (moved["meeting"]["durationMinutes"], moved["meeting"]["joinUrl"]) == (45, meeting["joinUrl"])
    assert events[-1]["status"] == cancelled["meeting"]["status"] == "CANCELLED"
    invitations = [icalendar.Calendar.from_ical(each["icalendar"]) for each in (meeting, moved["meeting"])]
    last = icalendar.Calendar.from_ical(cancelled["meeting"]["icalendar"])
    assert last["METHOD"] == "CANCEL"
    events = [each.walk("VEVENT")[0] for each in [*invitations, last]]
    assert len({event["UID"] for event in events}) == 1
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]


async def test_an_instant_meeting_is_in_progress(client: Client) -> None:
    account = await connect(client)

    payload = await client.do("startMeeting", "meeting { kind status joinUrl }", accountId=account.id, title="Now")

    assert payload["meeting"]["kind"] == "INSTANT"
    assert payload["meeting"]["status"] == "IN_PROGRESS"


async def test_an_account_is_published_when_it_is_connected_and_disconnected(client: Client) -> None:
    async with client.subscribed("subscription { accountChanged { id status } }") as socket:
        account = await connect(client)
        payload = await client.do("disconnectAccount", "account { status }", accountId=account.id)
        events = [(await socket.event())["data"]["accountChanged"] for _ in range(2)]

    assert payload["account"]["status"] == "DISCONNECTED"
    assert events[-1] == {"id": account.id, "status": "DISCONNECTED"}
    (error,) = await client.refusals("startMeeting", accountId=account.id, title="Now")
    assert error["code"] == "NOT_AUTHORIZED"


async def test_a_subscription_goes_on_where_it_was_left(client: Client) -> None:
    ada, grace = await connect(client), await connect(client)
    conversation = await conversation_between(client, ada, grace)
    arriving = "subscription ($id: ID, $after: String) { messageAdded(accountId: $id, after: $after) { text } }"
    async with client.subscribed(arriving, id=grace.id) as socket:
        await client.do("sendMessage", conversationId=conversation, text="one")
        cursor = (await socket.event())["extensions"]["cursor"]
    for text in ("two", "three"):
        await client.do("sendMessage", conversationId=conversation, text=text)

    async with client.websocket() as socket:
        payload = {"query": arriving, "variables": {"id": grace.id, "after": cursor}}
        await socket.say(id="1", type="subscribe", payload=payload)
        missed = [await socket.event() for _ in range(2)]

    assert [event["data"]["messageAdded"]["text"] for event in missed] == ["two", "three"]


async def test_graphiql_loads(client: Client) -> None:
    response = await client.http.get("/graphql", headers={"accept": "text/html"})

    assert response.status_code == 200
    assert "graphiql" in response.text.lower()


async def test_nothing_is_written_down_that_could_open_a_door(server: Server, client: Client, start: datetime) -> None:
    account = await connect(client)
    secrets = ["a made-up bearer token", "a made-up idempotency key", "grace.hopper@example.com", "Top secret review"]
    await client.ask("{ viewer { userId } }", {"authorization": f"Bearer {secrets[0]}"})
    meeting = {"title": secrets[3], "startTime": start.isoformat(), "durationMinutes": 5, "idempotencyKey": secrets[1]}
    people = [{"email": secrets[2]}]
    payload = await client.do("scheduleMeeting", MEETING, accountId=account.id, **meeting, participants=people)

    log = server.log.read_text()

    assert [each for each in [*secrets, payload["meeting"]["joinUrl"]] if each in log] == []
    assert "request_id" in log
