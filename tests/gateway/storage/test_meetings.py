from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.storage import Change, Store, Visibility
from gateway.storage.meeting_list import MeetingSpan
from providers.domain.criteria import MeetingCriteria
from providers.domain.entities import (
    AccountStatus,
    DialIn,
    Meeting,
    MeetingKind,
    MeetingService,
    MeetingStatus,
    Participant,
    ParticipantResponse,
)
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, everything_written, keep_accounts, meeting
from tests.testkit.statements import statements

HOUR = timedelta(hours=1)
FULL = meeting(
    uid="u-1",
    title="Señor Review",
    description="All of it",
    time_zone="Europe/Berlin",
    host_url="https://meet.example.com/host-secret",
    room="room",
    is_private=True,
    password="password-secret",
    organizer_email="ada@example.com",
    participants=(Participant(email="g@example.com", first_name="G", response=ParticipantResponse.ACCEPTED),),
    dial_ins=(DialIn(number="+12025550199", pin="12", region_code="US"),),
    icalendar="BEGIN:VCALENDAR icalendar-secret",
    calendar_url="https://calendar.example.com/1",
    created_at=NOON - HOUR,
)


async def put(store: Store, *seen: Meeting, superseding: Meeting | None = None) -> list[Change[Meeting]]:
    async with store.write() as transaction:
        return await store.meetings.put(transaction, seen, superseding=superseding)


async def found(store: Store, **said: Any) -> list[str]:
    criteria = MeetingCriteria(**{"start": NOON - 24 * HOUR, "end": NOON + 24 * HOUR, **said})
    page = await store.meetings.page(Visibility.unrestricted(), criteria, PageRequest(limit=100), NOON)
    assert page.count is not None
    assert await page.count() == len(page.nodes)
    return [each.external_id for each in page.nodes]


async def absent(store: Store, seen: Sequence[str] = (), seen_before: datetime = NOON + HOUR, **said: Any) -> list[str]:
    span = MeetingSpan(provider="local", account_key="acc-1", user_id=None, start=NOON, end=NOON + HOUR)
    gone = await store.meetings.absent(replace(span, **said), seen, seen_before)
    return [each.external_id for each in gone]


async def test_a_meeting_is_read_as_it_was_written(store: Store) -> None:
    await keep_accounts(store)
    assert await put(store, FULL) == [Change(FULL, is_new=True)]
    assert await store.meetings.get_many(Visibility.unrestricted(), [("acc-1", "none"), ("acc-1", "m-1")]) == [
        None,
        FULL,
    ]


async def test_the_time_of_the_fetch_is_stored_and_is_not_a_change(store: Store) -> None:
    await keep_accounts(store)
    await put(store, FULL)
    later = replace(FULL, synced_at=NOON + HOUR, details_read_at=NOON + HOUR)
    assert await put(store, later) == []
    assert await store.meetings.get_many(Visibility.unrestricted(), [("acc-1", "m-1")]) == [later]


async def test_a_change_contains_the_whole_meeting(store: Store) -> None:
    await keep_accounts(store)
    await put(store, FULL)
    assert await put(store, meeting(title="New")) == [Change(replace(FULL, title="New"), is_new=False)]


async def test_a_meeting_that_is_listed_twice_is_one(store: Store) -> None:
    await keep_accounts(store)
    assert [change.is_new for change in await put(store, meeting(), meeting(title="Twice"))] == [True]


async def test_any_number_of_meetings_costs_the_same_statements(store: Store) -> None:
    await keep_accounts(store)
    many = [meeting(f"m-{number}", scope="ada", account_key=None) for number in range(3000)]
    with statements(store) as for_one:
        await put(store, meeting("single", scope="ada", account_key=None))
    with statements(store) as for_many:
        await put(store, *many)
    assert len(for_many) == len(for_one)
    with statements(store) as for_reading_again:
        assert await put(store, *(replace(each, synced_at=NOON + HOUR) for each in many)) == []
    # No digest ends: what lists return is what is stored.
    assert len(for_reading_again) == len(for_one) - 1


async def test_a_meeting_without_an_account_gets_its_users_newest(store: Store) -> None:
    zoom = account("zoom", service=MeetingService.ZOOM, connected_at=NOON + 2 * HOUR)
    newer = account("newer", connected_at=NOON + HOUR)
    await keep_accounts(store, account(), newer, zoom, account("other", user_id="bob"))
    (change,) = await put(store, meeting(scope="ada", account_key=None))
    assert change.entity.account_key == "newer"
    await keep_accounts(store, account("newest", connected_at=NOON + 3 * HOUR))
    assert await put(store, meeting(scope="ada", account_key=None)) == []


async def test_a_disconnected_account_gets_a_meeting_only_for_want_of_others(store: Store) -> None:
    ended = account("ended", status=AccountStatus.DISCONNECTED, connected_at=NOON + HOUR)
    await keep_accounts(store, ended)
    (change,) = await put(store, meeting("first", scope="ada", account_key=None))
    assert change.entity.account_key == "ended"
    await keep_accounts(store, account())
    (change,) = await put(store, meeting("second", scope="ada", account_key=None))
    assert change.entity.account_key == "acc-1"


async def test_an_account_adopts_its_users_meetings_of_its_service(store: Store) -> None:
    """For meetings that belong to users: meetings whose scope is an account stay there."""
    new = account("new", connected_at=NOON + HOUR)
    await keep_accounts(store, account(), new, account("bobs", user_id="bob"))
    of_user = meeting("of user", scope="local/ada")
    of_none = meeting("of none", scope="local/ada", account_key="acc-1")
    others = [
        meeting("of account"),
        meeting("zoom", scope="local/ada", service=MeetingService.ZOOM),
        meeting("elsewhere", scope="other/ada", provider="other"),
        meeting("bob's", scope="local/bob", user_id="bob", account_key="bobs"),
    ]
    await put(store, of_user, of_none, *others)
    async with store.write() as transaction:
        await store.meetings.adopt(transaction, new)
    keys = [each.key for each in (of_user, of_none, *others)]
    found = [each and each.account_key for each in await store.meetings.get_many(Visibility.unrestricted(), keys)]
    assert found == ["new", "new", *(each.account_key for each in others)]


async def test_the_undetailed_are_those_that_a_text_could_be_in(store: Store) -> None:
    await keep_accounts(store)
    listed = [meeting(name, detailed=False) for name in ("here", "also here")]
    elsewhere = meeting("elsewhere", detailed=False, start_time=NOON + 48 * HOUR)
    await put(store, *listed, elsewhere, meeting("detailed"), meeting("cancelled", detailed=False, cancelled=True))
    criteria = MeetingCriteria(start=NOON, end=NOON + HOUR, text="review")
    found = await store.meetings.undetailed(Visibility.of("ada"), criteria, NOON, NOON)
    assert sorted(each.external_id for each in found) == ["also here", "here"]
    assert await store.meetings.undetailed(Visibility.of("bob"), criteria, NOON, NOON) == []
    older = await store.meetings.undetailed(Visibility.of("ada"), criteria, NOON, NOON + HOUR)
    assert sorted(each.external_id for each in older) == ["also here", "detailed", "here"]


async def test_a_meeting_of_a_user_without_an_account_has_none(store: Store) -> None:
    (change,) = await put(store, meeting(scope="ada", account_key=None))
    assert change.entity.account_key is None


async def test_a_reschedule_outlives_a_list_that_lags_behind(store: Store) -> None:
    await keep_accounts(store)
    moved = meeting(start_time=NOON + 3 * HOUR)
    await put(store, meeting())
    await put(store, moved, superseding=meeting())
    assert await put(store, meeting()) == []
    assert await put(store, meeting()) == []
    assert await put(store, moved) == []
    (change,) = await put(store, meeting())
    assert change.entity.start_time == NOON


async def test_meetings_are_those_that_overlap(store: Store) -> None:
    await keep_accounts(store)
    before = meeting("before", start_time=NOON - HOUR)
    long = meeting("long", start_time=NOON - 30 * HOUR, end_time=NOON + HOUR)
    instant = meeting("instant", start_time=NOON, end_time=NOON)
    after = meeting("after", start_time=NOON + HOUR)
    await put(store, before, long, instant, meeting("within"), after)
    assert await found(store, start=NOON, end=NOON + HOUR) == ["long", "instant", "within"]
    assert await found(store, start=NOON, end=NOON + HOUR, descending=True) == ["within", "instant", "long"]


async def test_a_status_follows_the_clock(store: Store) -> None:
    await keep_accounts(store)
    ended = meeting("ended", start_time=NOON - HOUR)
    coming = meeting("coming", start_time=NOON + timedelta(microseconds=1))
    cancelled = meeting("cancelled", cancelled=True)
    kept = (ended, meeting("running"), coming, cancelled)
    await put(store, *kept)
    for status in MeetingStatus:
        expected = [each.external_id for each in kept if each.status_at(NOON) is status]
        assert await found(store, statuses=(status,)) == expected
        assert len(expected) == 1
    assert await found(store) == ["ended", "running", "coming"]
    assert await found(store, statuses=()) == []


async def test_criteria_narrow(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2", user_id="bob"))
    other = meeting("other", scope="acc-2", account_key="acc-2", user_id="bob", provider="connect")
    await put(store, meeting(), replace(other, kind=MeetingKind.INSTANT))
    assert await found(store, account_keys=("acc-2",)) == ["other"]
    assert await found(store, providers=("local",)) == ["m-1"]
    assert await found(store, user_ids=("bob", "nobody")) == ["other"]
    assert await found(store, kinds=(MeetingKind.INSTANT,)) == ["other"]
    assert await found(store, account_keys=()) == []


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("STRASSE", True),
        ("straße", True),
        ("ÉTÉ", True),
        ("e\u0301te\u0301", True),
        ("100%", True),
        ("a_b", True),
        ("1%0", False),
        ("a?b", False),
        ("%", True),
        ("absent", False),
        ("\x00\ud800", False),
        ("x" * 100_000, False),
    ],
)
async def test_text_is_found_without_case_and_has_no_wildcards(store: Store, text: str, matches: bool) -> None:
    await keep_accounts(store)
    await put(store, meeting(title="Große Straße 100%", description="Été a_b"))
    assert await found(store, text=text) == (["m-1"] if matches else [])


async def test_content_is_cleaned_at_any_depth_and_is_no_change_when_it_is_seen_again(store: Store) -> None:
    await keep_accounts(store)
    people = (Participant(email="ada@example.com", first_name="A\x00da", last_name="half \ud83d"),)
    raw = meeting(title="Re\x00view", participants=people, password="pass\x00word", icalendar="half \ud83d")
    (change,) = await put(store, raw)
    person = Participant(email="ada@example.com", first_name="Ada", last_name="half \ufffd")
    clean = replace(raw, title="Review", participants=(person,), password="password", icalendar="half \ufffd")
    assert change.entity == clean
    assert await store.meetings.get_many(Visibility.unrestricted(), [raw.key]) == [clean]
    assert await put(store, raw) == []


async def test_absent_are_those_that_a_list_should_have_had(store: Store, clock: Clock) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    cancelled, elsewhere = meeting("cancelled", cancelled=True), meeting("elsewhere", start_time=NOON + HOUR)
    other = meeting("other", scope="acc-2", account_key="acc-2")
    await put(store, meeting("gone"), meeting("seen"), cancelled, elsewhere, other)
    assert await absent(store, ["seen"]) == ["gone"]
    assert await absent(store, ["seen", "gone"]) == []
    assert await absent(store, ["seen"], seen_before=clock()) == []
    assert await absent(store, ["seen"], account_key=None) == ["gone", "other"]
    assert await absent(store, ["seen"], user_id="bob") == []
    assert await absent(store, ["seen"], provider="connect") == []


async def test_a_meeting_that_was_read_again_meanwhile_is_not_absent(store: Store, clock: Clock) -> None:
    await keep_accounts(store)
    await put(store, meeting())
    clock.pass_by(HOUR)
    assert await put(store, meeting()) == []
    assert await absent(store, seen_before=NOON + HOUR) == []


async def test_a_meeting_that_was_moved_is_not_absent_while_the_list_lags(store: Store) -> None:
    await keep_accounts(store)
    await put(store, meeting())
    await put(store, meeting(end_time=NOON + 2 * HOUR), superseding=meeting())
    assert await absent(store) == []


async def test_a_user_sees_meetings_that_lie_under_no_account(store: Store) -> None:
    await put(store, meeting(scope="ada", account_key=None))
    for user, seen in (("ada", True), ("bob", False)):
        (known,) = await store.meetings.get_many(Visibility.of(user), [("ada", "m-1")])
        assert (known is not None) is seen


async def test_the_file_holds_no_secret_of_a_meeting_in_clear(sqlite_store: Store, tmp_path: Path) -> None:
    await keep_accounts(sqlite_store)
    await put(sqlite_store, FULL)
    written = everything_written(tmp_path)
    assert "Señor".encode() in written
    for secret in (b"host-secret", b"password-secret", b"icalendar-secret"):
        assert secret not in written
