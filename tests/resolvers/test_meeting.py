from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.domain.entities import DialIn, Meeting, MeetingAction, Participant
from providers.domain.errors import Unavailable
from tests.resolvers import example
from tests.resolvers.asking import answer, execute
from tests.resolvers.backend import NOW, Backend, page_of

DETAILS = {
    "uid": "uid-1",
    "title": "Stand-up",
    "description": "Daily",
    "host_url": "https://meet.example.com/host",
    "password": "open sesame",
    "organizer_email": "ann@example.com",
    "participants": (Participant(email="bob@example.com"),),
    "dial_ins": (DialIn(number="+12025550100", pin="1"),),
    "icalendar": "BEGIN:VCALENDAR",
    "calendar_url": "https://calendar.example.com/1",
    "room": "room-1",
    "time_zone": "Europe/Vienna",
    "created_at": datetime(2026, 11, 1, tzinfo=UTC),
}
SELECTION = """
  uid title description hostUrl password organizerEmail participants { email } dialIns { number pin regionCode }
  icalendar calendarUrl room timeZone createdAt
"""
DETAILED = {
    "uid": "uid-1",
    "title": "Stand-up",
    "description": "Daily",
    "hostUrl": "https://meet.example.com/host",
    "password": "open sesame",
    "organizerEmail": "ann@example.com",
    "participants": [{"email": "bob@example.com"}],
    "dialIns": [{"number": "+12025550100", "pin": "1", "regionCode": None}],
    "icalendar": "BEGIN:VCALENDAR",
    "calendarUrl": "https://calendar.example.com/1",
    "room": "room-1",
    "timeZone": "Europe/Vienna",
    "createdAt": "2026-11-01T00:00:00+00:00",
}
NULLABLE = [name for name in DETAILED if name not in {"participants", "dialIns"}]


async def meetings(backend: Backend, selection: str, **more: Any) -> list[dict[str, Any]]:
    found = await answer(backend, f"{{ meetings {{ nodes {{ {selection} }} }} }}", **more)
    nodes: list[dict[str, Any]] = found["meetings"]["nodes"]
    return nodes


def detailed(external_id: str) -> Meeting:
    return example.meeting(external_id, **DETAILS)


async def test_a_detailed_meeting_needs_no_further_load() -> None:
    backend = Backend(page=page_of([detailed("m-1")]))

    assert await meetings(backend, SELECTION) == [DETAILED]
    assert backend.batches == []


async def test_the_details_of_all_meetings_are_loaded_in_one_batch() -> None:
    backend = Backend(
        page=page_of([example.listed(f"m-{n}") for n in range(20)]),
        details={("a-1", f"m-{n}"): detailed(f"m-{n}") for n in range(20)},
    )

    assert await meetings(backend, SELECTION) == [DETAILED] * 20
    assert [(name, len(keys)) for name, keys in backend.batches] == [("detailed_meeting_by_id", 20)]


async def test_fields_of_a_list_need_no_details() -> None:
    backend = Backend(page=page_of([example.listed()]))

    [node] = await meetings(backend, "id externalId service kind status startTime endTime durationMinutes joinUrl")

    assert node["durationMinutes"] == 30
    assert backend.batches == []


async def test_a_known_detail_is_returned_without_loading_the_others() -> None:
    backend = Backend(page=page_of([example.listed(uid="uid-1", time_zone="Europe/Vienna")]))

    assert await meetings(backend, "uid timeZone") == [{"uid": "uid-1", "timeZone": "Europe/Vienna"}]
    assert backend.batches == []


async def test_a_meeting_deleted_at_its_provider_has_its_stored_fields() -> None:
    backend = Backend(page=page_of([example.listed(uid="uid-1")]), details={("a-1", "m-1"): None})

    [node] = await meetings(backend, "uid title participants { email }")

    assert node == {"uid": "uid-1", "title": None, "participants": []}


@pytest.mark.parametrize("field", NULLABLE)
async def test_a_detail_that_can_t_be_loaded_is_null_with_an_error(field: str) -> None:
    failure = Unavailable("It is down.", provider="local")
    backend = Backend(page=page_of([example.listed()]), details={("a-1", "m-1"): failure})

    result = await execute(backend, f"{{ meetings {{ nodes {{ id {field} }} }} }}")

    assert result["data"]["meetings"]["nodes"] == [{"id": example.meeting().id, field: None}]
    [error] = result["errors"]
    assert error["path"] == ["meetings", "nodes", 0, field]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["extensions"]["provider"] == "local"


async def test_lists_that_can_t_be_loaded_leave_the_meeting_in_the_response() -> None:
    backend = Backend(page=page_of([example.listed()]), details={("a-1", "m-1"): Unavailable("It is down.")})

    [node] = await meetings(backend, "id participants { email } dialIns { number }")

    assert node == {"id": example.meeting().id, "participants": [], "dialIns": []}


@pytest.mark.parametrize("stored", [detailed("m-1"), example.listed()], ids=["detailed", "listed"])
async def test_only_the_accounts_user_and_admins_see_the_hosts_secrets(stored: Meeting) -> None:
    backend = Backend(page=page_of([stored]), details={("a-1", "m-1"): detailed("m-1")})
    other, admin = backend.context("u-2"), backend.context("u-2", scopes=frozenset({"admin"}))

    [own] = await meetings(backend, "hostUrl password")
    [hidden] = await meetings(backend, "hostUrl password", context=other)
    [shown] = await meetings(backend, "hostUrl password", context=admin)

    assert own == shown == {"hostUrl": DETAILS["host_url"], "password": "open sesame"}
    assert hidden == {"hostUrl": None, "password": None}


async def test_a_field_hidden_from_the_viewer_causes_no_detail_call() -> None:
    backend = Backend(page=page_of([example.listed()]))

    await meetings(backend, "hostUrl password", context=backend.context(user_id="u-2"))

    assert backend.batches == []


@pytest.mark.parametrize(
    ("after_start", "cancelled", "status"),
    [(-1, False, "SCHEDULED"), (0, False, "IN_PROGRESS"), (30, False, "ENDED"), (0, True, "CANCELLED")],
)
async def test_the_status_depends_on_the_current_time(after_start: int, cancelled: bool, status: str) -> None:
    stored = example.meeting(cancelled=cancelled)
    now = stored.start_time + timedelta(minutes=after_start)
    backend = Backend(page=page_of([stored]))

    assert await meetings(backend, "status", context=backend.context(now=now)) == [{"status": status}]


async def test_the_provider_of_a_meeting_is_returned_even_if_it_is_no_longer_configured() -> None:
    backend = Backend(page=page_of([example.meeting(), example.meeting(provider="gone")]))

    nodes = await meetings(backend, "provider { name plugin services capabilities health }")

    assert nodes[0]["provider"] == {
        "name": "local",
        "plugin": "local",
        "services": ["JITSI"],
        "capabilities": ["LIST_MEETINGS", "SEND_MESSAGE"],
        "health": "AVAILABLE",
    }
    assert nodes[1]["provider"] == {
        "name": "gone",
        "plugin": "",
        "services": [],
        "capabilities": [],
        "health": "UNAVAILABLE",
    }


async def test_the_default_window_starts_on_the_day_of_the_request() -> None:
    backend = Backend()

    await meetings(backend, "id")

    assert backend.asked[0][1].start == NOW.replace(hour=0, minute=0)


LOCAL = "localStartTime localEndTime"


async def test_local_times_are_what_clocks_in_the_zone_show() -> None:
    start = datetime(2026, 10, 25, 0, 30, 15, 999, tzinfo=UTC)
    meeting = example.meeting(start_time=start, end_time=start + timedelta(hours=1), time_zone="Europe/Vienna")

    [found] = await meetings(Backend(page=page_of([meeting])), LOCAL)

    assert found == {"localStartTime": "2026-10-25T02:30:15", "localEndTime": "2026-10-25T02:30:15"}


@pytest.mark.parametrize("zone", [None, "India Standard Time"])
async def test_local_times_are_null_without_a_zone_that_is_known(zone: str | None) -> None:
    [found] = await meetings(Backend(page=page_of([example.meeting(time_zone=zone)])), LOCAL)

    assert found == {"localStartTime": None, "localEndTime": None}


async def test_local_times_load_the_zone_that_a_list_omits() -> None:
    meeting = example.listed()
    backend = Backend(page=page_of([meeting]), details={meeting.key: detailed("m-1")})

    assert await meetings(backend, f"timeZone {LOCAL}") == [
        {
            "timeZone": "Europe/Vienna",
            "localStartTime": "2026-11-21T11:00:00",
            "localEndTime": "2026-11-21T11:30:00",
        }
    ]
    assert [name for name, _ in backend.batches] == ["detailed_meeting_by_id"]


async def test_the_actions_of_a_page_load_its_accounts_together() -> None:
    listed = [example.meeting(f"m-{number}", account_key=f"a-{number % 2}") for number in range(4)]
    backend = Backend(
        entities=[example.account("a-0"), example.account("a-1")],
        page=page_of([*listed, example.meeting("m-5", account_key=None)]),
        actions=[MeetingAction.CANCEL],
    )

    assert await meetings(backend, "viewerActions") == [{"viewerActions": ["CANCEL"]}] * 5
    assert [(name, sorted(keys)) for name, keys in backend.batches] == [("account_by_key", ["a-0", "a-1"])]


async def test_nothing_can_be_done_with_a_meeting_whose_account_is_not_visible() -> None:
    backend = Backend(page=page_of([example.meeting(account_key="a-404")]), actions=[MeetingAction.CANCEL])

    assert await meetings(backend, "viewerActions") == [{"viewerActions": []}]
