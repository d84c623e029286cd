"""Meetings that a subscription with a filter is sent: those that match it, and once more those that leave it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.storage import Cipher, Store
from tests.testkit.client import Client, Json, Socket
from tests.testkit.clock import Clock
from tests.testkit.statements import send
from tests.testkit.steps import connected

MEETINGS = """subscription ($filter: MeetingFilter, $a: ID, $some: [ID!], $after: String) {
    meetingChanged(filter: $filter, accountId: $a, accountIds: $some, after: $after) { title status startTime } }"""
DAY = {"from": "2030-05-06T00:00:00Z", "to": "2030-05-07T00:00:00Z"}


async def scheduled(client: Client, account: str, title: str, time: str = "2030-05-06T14:00:00Z") -> str:
    meeting = {"title": title, "startTime": time, "durationMinutes": 30}
    payload = await client.do("scheduleMeeting", "meeting { id }", accountId=account, **meeting)
    return str(payload["meeting"]["id"])


async def moved(client: Client, meeting: str, time: str) -> None:
    await client.do("rescheduleMeeting", meetingId=meeting, startTime=time)


async def heard(socket: Socket, count: int) -> list[Json]:
    return [(await socket.event())["data"]["meetingChanged"] for _ in range(count)]


async def start_of(socket: Socket) -> str:
    """The hour of the next meeting."""
    (event,) = await heard(socket, 1)
    return str(event["startTime"])[:13]


async def titles(socket: Socket, count: int) -> list[str]:
    return [each["title"] for each in await heard(socket, count)]


async def test_a_meeting_that_leaves_the_filter_is_sent_once_more(client: Client, account: str) -> None:
    async with client.subscribed(MEETINGS, filter=DAY) as socket:
        meeting = await scheduled(client, account, "Review")
        starts = [await start_of(socket)]
        await moved(client, meeting, "2030-05-08T14:00:00Z")
        starts.append(await start_of(socket))
        await moved(client, meeting, "2030-05-09T14:00:00Z")
        await scheduled(client, account, "Another day", "2030-05-08T14:00:00Z")
        await moved(client, meeting, "2030-05-06T16:00:00Z")
        starts.append(await start_of(socket))

        assert starts == ["2030-05-06T14", "2030-05-08T14", "2030-05-06T16"]


async def test_a_cancelled_meeting_leaves_a_filter_without_statuses(client: Client, account: str) -> None:
    async with client.subscribed(MEETINGS, filter=DAY) as socket, client.subscribed(MEETINGS) as unfiltered:
        meeting = await scheduled(client, account, "Review")
        await client.do("cancelMeeting", meetingId=meeting)
        await client.do("cancelMeeting", meetingId=meeting)
        await scheduled(client, account, "Next")

        expected = [("Review", "SCHEDULED"), ("Review", "CANCELLED"), ("Next", "SCHEDULED")]
        for one in (socket, unfiltered):
            assert [(each["title"], each["status"]) for each in await heard(one, 3)] == expected


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ["Review", "Lunch"]),
        ({"text": "VIEW"}, ["Review"]),
        ({"kinds": ["INSTANT"]}, ["Now"]),
        ({"statuses": ["IN_PROGRESS"], **DAY}, ["Now"]),
        ({"providers": ["local"]}, []),
        ({"userIds": ["another"]}, []),
        ({"accountIds": []}, []),
        ({"from": "2030-05-06T15:00:00Z", "to": "2030-05-07T00:00:00Z"}, ["Lunch"]),
    ],
)
async def test_a_filter_means_what_it_means_in_a_list(
    client: Client, account: str, filter: Json, expected: Sequence[str]
) -> None:
    async with client.subscribed(MEETINGS, filter=filter) as socket:
        await scheduled(client, account, "Review")
        await scheduled(client, account, "Lunch", "2030-05-06T15:00:00Z")
        await client.do("startMeeting", accountId=account, title="Now")
        await scheduled(client, account, "Too late", "2031-05-06T14:00:00Z")
        document = "query ($f: MeetingFilter) { meetings(filter: $f) { nodes { title } } }"
        listed = [each["title"] for each in (await client.data(document, f=filter))["meetings"]["nodes"]]

        found = await titles(socket, len(listed))
        assert sorted(found) == sorted(listed)
        assert {*found} >= {*expected}
        await socket.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})
        assert (await socket.hear())["id"] == "2"


async def test_the_window_of_a_filter_without_bounds_moves_with_the_day(
    client: Client, clock: Clock, account: str
) -> None:
    async with client.subscribed(MEETINGS, filter={}) as socket:
        await scheduled(client, account, "In 40 days", "2030-06-15T14:00:00Z")
        await scheduled(client, account, "Today")
        assert await titles(socket, 1) == ["Today"]
        clock.pass_by(timedelta(days=20))
        meeting = await scheduled(client, account, "In 20 days", "2030-06-15T14:00:00Z")
        await client.do("cancelMeeting", meetingId=meeting)
        assert await titles(socket, 2) == ["In 20 days"] * 2


async def test_the_accounts_of_the_filter_and_of_the_subscription_both_hold(client: Client, account: str) -> None:
    other = await connected(client)
    async with (
        client.subscribed(MEETINGS, filter={"accountIds": [account]}, some=[account, other]) as of_one,
        client.subscribed(MEETINGS, filter={"accountIds": [account]}, a=other) as of_none,
    ):
        for each in (other, account):
            await scheduled(client, each, each)
        assert await titles(of_one, 1) == [account]
        await of_none.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})
        assert (await of_none.hear())["id"] == "2"


async def test_an_invalid_filter_is_refused_by_the_name_of_its_field(client: Client) -> None:
    async with client.websocket() as socket:
        variables = {"filter": {"from": "2030-05-07T00:00:00Z", "to": "2030-05-06T00:00:00Z"}}
        await socket.say(id="1", type="subscribe", payload={"query": MEETINGS, "variables": variables})
        error = (await socket.hear())["payload"][0]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["filter", "to"]}


async def test_a_change_that_an_earlier_version_announced_may_have_been_one_out_of_the_filter(
    client: Client, account: str, sqlite_url: str, clock: Clock
) -> None:
    """Processes of that version write entries without what they changed: during an upgrade, both run."""
    await scheduled(client, account, "Another day", "2030-05-08T14:00:00Z")
    cursor = (await client.data("{ feedCursor }"))["feedCursor"]
    store = await Store.open(sqlite_url, Cipher([bytes(32)]), clock)
    async with store.write() as transaction:
        await send(
            transaction,
            "INSERT INTO feed (at, kind, user_id, account_key, scope, external_id)"
            " SELECT at, kind, user_id, account_key, scope, external_id FROM feed WHERE kind = 'meeting' RETURNING seq",
        )
    await store.aclose()
    async with client.websocket() as socket, client.websocket() as all_changes:
        variables = {"filter": DAY, "after": cursor}
        await socket.say(id="1", type="subscribe", payload={"query": MEETINGS, "variables": variables})
        assert await titles(socket, 1) == ["Another day"]
        query = "subscription ($after: String) { changes(after: $after) { kind } }"
        await all_changes.say(id="1", type="subscribe", payload={"query": query, "variables": variables})
        assert (await all_changes.event())["data"] == {"changes": {"kind": "CHANGED"}}
