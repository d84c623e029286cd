"""Whose meetings are seen: the service knows the client's users and nothing of the gateway's viewers."""

from typing import Any

import pytest

from providers.domain.identity import Identity
from tests.providers.medixcel.gateway.meetings import HOUR, LATER, MEETING, START, ist, listed, meeting, scheduled, utc
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import GOOGLE, ZOOM, Medixcel, connected

Json = dict[str, Any]

OF_ACCOUNT = """
  query ($id: ID!, $filter: MeetingFilter) { account(id: $id) { meetings(filter: $filter) { nodes { externalId } } } }
"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


async def of_everybody(client: Client, **wanted: object) -> list[tuple[str, str | None]]:
    """Meetings by external id, with the account that they belong to."""
    found = await listed(client, "externalId account { id }", **wanted)
    return [(each["externalId"], each["account"] and each["account"]["id"]) for each in found]


async def test_a_viewer_sees_their_own_meetings_only(ada: Client, ben: Client, medixcel: Medixcel) -> None:
    adas, bens = await connected(ada), await connected(ben)
    first, second = await medixcel.schedule("35", ist(START)), await medixcel.schedule("36", ist(START))
    assert await of_everybody(ada) == [(first, adas)]
    assert await of_everybody(ben) == [(second, bens)]


@pytest.mark.parametrize("wanted", [{"userIds": ["ben"]}, {"userIds": ["ada", "ben"]}, {}])
async def test_a_filter_for_other_users_returns_and_requests_nothing_of_theirs(
    ada: Client, ben: Client, medixcel: Medixcel, wanted: Json
) -> None:
    await connected(ada)
    await connected(ben)
    await medixcel.schedule("36", ist(START))
    async with medixcel.counted() as asked:
        assert await listed(ada, **wanted) == []
    assert {call["user_id"] for call in asked.fields} <= {"ada"}


async def test_another_users_account_shows_no_meetings(ada: Client, ben: Client, medixcel: Medixcel) -> None:
    await connected(ada)
    bens = await connected(ben)
    await medixcel.schedule("36", ist(START))
    assert await listed(ada, accountIds=[bens]) == []
    assert (await ada.data(OF_ACCOUNT, id=bens))["account"] is None


async def test_users_without_an_account_are_not_read(ada: Client, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        assert await listed(ada) == []
    assert asked.paths == []


async def test_an_admin_sees_the_meetings_of_all_users(ada: Client, admin: Client, medixcel: Medixcel) -> None:
    adas = await connected(ada)
    elsewhere = await medixcel.connect("cem")
    first, second = await medixcel.schedule("35", ist(START)), await medixcel.schedule(elsewhere, ist(START + HOUR))
    async with medixcel.counted() as asked:
        assert await of_everybody(admin) == [(first, adas), (second, None)]
    assert ["user_id" in call for call in asked.fields] == [False, False]


async def test_an_admin_may_request_the_meetings_of_any_users(ada: Client, admin: Client, medixcel: Medixcel) -> None:
    await connected(ada)
    await medixcel.schedule("35", ist(START))
    meeting_id = await medixcel.schedule(await medixcel.connect("cem"), ist(START))
    async with medixcel.counted() as asked:
        assert await of_everybody(admin, userIds=["cem", "dee"]) == [(meeting_id, None)]
    assert sorted(call["user_id"] for call in asked.fields) == ["cem", "cem", "dee", "dee"]


async def test_a_query_of_too_many_users_and_days_is_refused(admin: Client, medixcel: Medixcel) -> None:
    within = {"from": "2030-01-01T00:00:00Z", "to": "2030-12-31T00:00:00Z", "userIds": ["ada", "ben", "cem"]}
    query = "query ($within: MeetingFilter) { meetings(filter: $within) { totalCount } }"
    async with medixcel.counted() as asked:
        answer = await admin.ask(query, within=within)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "filter: 3 users over 365 days exceed the limit of 1000 days of users."
    assert asked.paths == []


async def test_an_empty_list_of_users_costs_no_call(admin: Client, medixcel: Medixcel) -> None:
    async with medixcel.counted() as asked:
        assert await listed(admin, userIds=[]) == []
    assert asked.paths == []


@pytest.mark.parametrize("unfit", ["ada\0", "ada\n", "ada\ufffd"])
async def test_an_impossible_user_id_has_no_meetings(
    ada: Client, admin: Client, medixcel: Medixcel, unfit: str
) -> None:
    await connected(ada)
    await medixcel.schedule("35", ist(START))
    async with medixcel.counted() as asked:
        assert await listed(admin, userIds=[unfit]) == []
    assert asked.paths == []


async def test_a_meeting_without_an_account_belongs_to_the_one_that_its_user_connects(
    ada: Client, admin: Client, medixcel: Medixcel
) -> None:
    meeting_id = await medixcel.schedule(await medixcel.connect("ada"), ist(START))
    assert await of_everybody(admin) == [(meeting_id, None)]
    account_id = await connected(ada)
    assert await of_everybody(admin) == [(meeting_id, account_id)]


async def test_meetings_belong_to_the_account_of_their_service(ada: Client, medixcel: Medixcel) -> None:
    zoom, google = await connected(ada), await connected(ada, service="GOOGLE_MEET")
    ids = [await medixcel.schedule(account, ist(START)) for account in ("35", "36")]
    async with medixcel.counted() as asked:
        assert sorted(await of_everybody(ada)) == sorted(zip(ids, (zoom, google), strict=True))
    assert len(asked.calls) == 2
    for account_id, meeting_id in ((zoom, ids[0]), (google, ids[1])):
        filter_ = {"from": utc(START), "to": utc(START + HOUR)}
        found = (await ada.data(OF_ACCOUNT, id=account_id, filter=filter_))["account"]["meetings"]["nodes"]
        assert found == [{"externalId": meeting_id}]


async def test_with_two_accounts_of_a_service_meetings_belong_to_the_newest(
    ada: Client, medixcel: Medixcel, ahead: Ahead
) -> None:
    older = await connected(ada)
    before = await medixcel.schedule("35", ist(START))
    assert await of_everybody(ada) == [(before, older)]
    await medixcel.call("disconnect_user_account", account_id="35")
    newer = await connected(ada)
    after = await medixcel.schedule("36", ist(START + HOUR))
    ahead.pass_by(seconds=31)
    assert await of_everybody(ada) == [(before, newer), (after, newer)]


async def test_disconnecting_the_older_account_leaves_the_newest_s_meetings_alone(
    ada: Client, medixcel: Medixcel
) -> None:
    older = await connected(ada)
    await medixcel.call("disconnect_user_account", account_id="35")
    newer = await connected(ada)
    created = await scheduled(ada, newer, "id account { id }")
    assert created["account"] == {"id": newer}
    await ada.do("disconnectAccount", accountId=older)
    assert await meeting(ada, created["id"], "account { id status }") == {
        "account": {"id": newer, "status": "CONNECTED"}
    }


@pytest.mark.parametrize("user", ["ada", "ben"])
async def test_a_forged_id_fetches_no_meeting(ada: Client, ben: Client, medixcel: Medixcel, user: str) -> None:
    """The service would return any meeting of the client, without its owner."""
    await connected(ada)
    await connected(ben)
    external_id = await medixcel.schedule("36", ist(START))
    forged = str(Identity("Meeting", f"connect/{user}", external_id))
    async with medixcel.counted() as asked:
        assert await ada.data(MEETING % "id", id=forged) == {"meeting": None}
        assert await ada.data(NODES, ids=[forged]) == {"nodes": [None]}
        for mutation, given in (("cancelMeeting", {}), ("rescheduleMeeting", {"startTime": utc(LATER)})):
            [error] = await ada.refusals(mutation, meetingId=forged, **given)
            assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "meetingId"])
    assert asked.paths == []


async def test_another_users_meeting_is_reported_as_not_existing(ada: Client, ben: Client, medixcel: Medixcel) -> None:
    theirs = (await scheduled(ben, await connected(ben)))["id"]
    async with medixcel.counted() as asked:
        assert await ada.data(MEETING % "id", id=theirs) == {"meeting": None}
        [error] = await ada.refusals("cancelMeeting", meetingId=theirs)
        assert error["code"] == "NOT_FOUND"
    assert asked.paths == []


async def test_only_the_accounts_user_and_admins_see_the_host_link_and_the_password(
    ada: Client, ben: Client, admin: Client
) -> None:
    account_id = await connected(ada)
    meeting_id = (await scheduled(ada, account_id))["id"]
    own = await meeting(ada, meeting_id, "title hostUrl password")
    assert all(own.values())
    assert await meeting(admin, meeting_id, "title hostUrl password") == own
    assert await ben.data(MEETING % "hostUrl password", id=meeting_id) == {"meeting": None}


async def test_an_admin_who_schedules_for_a_user_sees_the_host_link_and_the_password(
    ada: Client, admin: Client
) -> None:
    made = await scheduled(admin, await connected(ada), "id hostUrl password")
    assert all(made.values())
    assert await meeting(ada, made["id"], "id hostUrl password") == made


async def test_events_are_delivered_only_to_viewers_who_may_see_the_meeting(ada: Client, ben: Client) -> None:
    adas, bens = await connected(ada), await connected(ben)
    async with ada.subscribed("subscription { meetingChanged { account { id } } }") as socket:
        await scheduled(ben, bens)
        await scheduled(ada, adas)
        assert (await socket.event())["data"]["meetingChanged"] == {"account": {"id": adas}}


@pytest.mark.parametrize("service", [ZOOM, GOOGLE])
async def test_meetings_of_other_users_are_dropped(ada: Client, medixcel: Medixcel, service: int) -> None:
    """A list that holds more than was asked for."""
    await connected(ada)
    listing = {
        "connection_type": str(service),
        "user_id": "ben",
        "meeting_id": "45",
        "meeting_url": "https://zoom.example.com/j/45",
        "meeting_start_time": ist(START),
        "meeting_duration": "30",
        "meeting_added_on": ist(START),
    }
    output = {"meetings_for_date": ist(START)[:10], "total_meetings": 1, "meetings": [listing]}
    await medixcel.answer("/get_meetings_of_client_for_date", output)
    assert await listed(ada) == []


async def test_an_account_without_texting_has_no_count_of_unread_conversations(ada: Client) -> None:
    account = await connected(ada)
    found = await ada.data("query ($id: ID!) { account(id: $id) { unreadConversations } }", id=account)
    assert found["account"] == {"unreadConversations": None}
