"""M5: one meeting, and what lists lack."""

from tests.providers.medixcel.gateway.meetings import MEETING, MINUTE, START, ist, listed, meeting, scheduled, utc
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel

M3, M5 = "get_meetings_of_client_for_date", "get_meeting_details"
NODE = "query ($id: ID!) { node(id: $id) { ... on Meeting { startTime title } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Meeting { title startTime } } }"
DETAILS = """
  uid title description timeZone hostUrl room password organizerEmail calendarUrl createdAt
  participants { email firstName lastName userId response } dialIns { number pin regionCode }
"""


async def test_a_fresh_meeting_costs_nothing_and_an_old_one_a_call(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    meeting_id = (await scheduled(ada, account_id))["id"]
    async with medixcel.counted() as fresh:
        await meeting(ada, meeting_id, DETAILS)
    ahead.pass_by(seconds=31)
    async with medixcel.counted() as old:
        await meeting(ada, meeting_id, DETAILS)
        await meeting(ada, meeting_id, DETAILS)
    assert (fresh.paths, old.paths) == ([], [M5])


async def test_a_change_at_the_service_is_visible_by_id(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    created = await scheduled(ada, account_id, "id externalId")
    moved = START + 20 * MINUTE
    await medixcel.call(
        "reschedule_meeting", meeting_id=created["externalId"], start_time=ist(moved), duration_in_minutes="30"
    )
    ahead.pass_by(seconds=31)
    assert await ada.data(NODE, id=created["id"]) == {"node": {"startTime": utc(moved), "title": "Review"}}


async def test_stale_meetings_are_fetched_eight_at_a_time(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    ids = [(await scheduled(ada, account_id, title=f"Review {number}"))["id"] for number in range(20)]
    ahead.pass_by(seconds=31)
    await medixcel.fail(f"/{M5}", delay=0.02, times=20)
    async with medixcel.counted() as asked:
        found = (await ada.data(NODES, ids=ids))["nodes"]
    assert [each["title"] for each in found] == [f"Review {number}" for number in range(20)]
    assert (asked.of(M5), asked.peak) == (20, 8)


async def test_a_listed_meeting_has_the_same_details_as_a_scheduled_one(
    ada: Client, account_id: str, medixcel: Medixcel
) -> None:
    """Participants are the exception: the service does not return those of Zoom meetings."""
    await medixcel.schedule("35", ist(START), "Review")
    ours = await scheduled(ada, account_id, f"id {DETAILS}")
    [theirs] = [each for each in await listed(ada, f"id {DETAILS}") if each["id"] != ours["id"]]
    assert theirs["title"] == ours["title"]
    assert theirs["timeZone"] == "Asia/Kolkata"
    assert theirs["organizerEmail"] == ours["organizerEmail"]
    assert [each["number"] for each in theirs["dialIns"]] == [each["number"] for each in ours["dialIns"]]
    assert theirs["participants"] == []
    assert all(theirs[name] for name in ("uid", "hostUrl", "room", "password", "createdAt"))
    assert (theirs["calendarUrl"], theirs["description"]) == (None, None)


async def test_fields_that_the_service_lacks_are_stored_by_the_gateway(
    ada: Client, account_id: str, medixcel: Medixcel, ahead: Ahead
) -> None:
    selection = "id description timeZone participants { userId }"
    created = await scheduled(ada, account_id, selection, description="Bring the letter", timeZone="Europe/Berlin")
    for _ in range(2):
        ahead.pass_by(seconds=31)
        await listed(ada)
        assert await meeting(ada, created["id"], selection) == created


async def test_an_unknown_id_is_null(ada: Client, account_id: str, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        for meeting_id in ("", "45", account_id):
            assert await ada.data(MEETING % "id", id=meeting_id) == {"meeting": None}
    assert asked.paths == []
