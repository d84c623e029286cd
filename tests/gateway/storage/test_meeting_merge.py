from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.storage.meeting_merge import is_same, merged, superseded
from gateway.storage.meeting_row import StoredMeeting
from providers.domain.entities import DialIn, Meeting, MeetingKind, Participant, ParticipantResponse
from tests.testkit.clock import NOON
from tests.testkit.sample import meeting

HOUR = timedelta(hours=1)
OLD = meeting()
MOVED = meeting(start_time=NOON + 24 * HOUR, end_time=NOON + 26 * HOUR)
RESCHEDULED = superseded(StoredMeeting(OLD), MOVED, OLD)


def test_absent_fields_are_preserved() -> None:
    detailed = meeting(
        title="Review",
        host_url="https://meet.example.com/host",
        participants=(Participant(email="grace@example.com"),),
        dial_ins=(DialIn(number="+12025550199"),),
    )
    assert merged(StoredMeeting(detailed), meeting()).meeting == detailed


def test_returned_fields_replace_stored_ones() -> None:
    known = StoredMeeting(meeting(title="Review", cancelled=False))
    after = merged(known, meeting(title="Retrospective", cancelled=True)).meeting
    assert (after.title, after.cancelled) == ("Retrospective", True)


def test_detail_and_privacy_only_rise() -> None:
    plain, full = meeting(detailed=False, is_private=False), meeting(detailed=True, is_private=True)
    for known, seen in ((plain, full), (full, plain)):
        after = merged(StoredMeeting(known), seen).meeting
        assert (after.detailed, after.is_private) == (True, True)


def test_a_participants_name_is_preserved_if_only_the_address_is_returned() -> None:
    ben = Participant(email="ben@example.com", first_name="Ben", last_name="Moor", user_id="7")
    carl = Participant(email="carl@example.com", response=ParticipantResponse.ACCEPTED)
    known = StoredMeeting(meeting(participants=(carl, ben)))
    seen = meeting(participants=(Participant(email="Ben@example.com"), Participant(email="dora@example.com")))
    assert merged(known, seen).meeting.participants == (
        replace(ben, email="Ben@example.com"),
        Participant(email="dora@example.com"),
    )


def test_an_answer_to_an_invitation_is_heard_and_not_forgotten() -> None:
    answered = meeting(participants=(Participant(email="ben@example.com", response=ParticipantResponse.DECLINED),))
    asked = meeting(participants=(Participant(email="ben@example.com"),))
    for known, seen in ((asked, answered), (answered, asked)):
        [ben] = merged(StoredMeeting(known), seen).meeting.participants
        assert ben.response is ParticipantResponse.DECLINED


def test_how_long_an_instant_meeting_takes_is_not_learned_from_lists() -> None:
    asked = meeting(kind=MeetingKind.INSTANT, end_time=NOON + 2 * HOUR)
    guessed = meeting(kind=MeetingKind.INSTANT, detailed=False)
    assert merged(StoredMeeting(asked), guessed).meeting == asked
    assert merged(StoredMeeting(guessed), asked).meeting.end_time == asked.end_time
    assert merged(None, guessed).meeting == guessed


def test_the_times_before_a_reschedule_are_not_believed() -> None:
    after = merged(RESCHEDULED, OLD)
    assert (after.meeting.start_time, after.meeting.end_time) == (MOVED.start_time, MOVED.end_time)
    assert (after.superseded_starts, after.superseded_durations) == (frozenset({NOON}), frozenset({HOUR}))


def test_a_start_and_a_duration_are_superseded_separately() -> None:
    half_told = meeting(start_time=MOVED.start_time, end_time=MOVED.start_time + HOUR)
    after = merged(RESCHEDULED, half_told)
    assert (after.meeting.start_time, after.meeting.end_time) == (MOVED.start_time, MOVED.end_time)
    assert (after.superseded_starts, after.superseded_durations) == (frozenset(), frozenset({HOUR}))


def test_any_other_time_is_stored_and_ends_the_protection() -> None:
    elsewhere = meeting(start_time=NOON + 48 * HOUR, end_time=NOON + 51 * HOUR)
    after = merged(RESCHEDULED, elsewhere)
    assert after == StoredMeeting(replace(elsewhere, revision=2))
    assert merged(after, OLD).meeting == replace(OLD, revision=3)


def test_a_reschedule_with_the_same_duration_supersedes_only_the_start() -> None:
    later = meeting(start_time=NOON + HOUR)
    after = superseded(StoredMeeting(OLD), later, OLD)
    assert (after.superseded_starts, after.superseded_durations) == (frozenset({NOON}), frozenset())


def test_a_second_reschedule_to_an_earlier_time_is_stored() -> None:
    after = superseded(RESCHEDULED, OLD, MOVED)
    assert after.meeting == replace(OLD, revision=2)
    assert (after.superseded_starts, after.superseded_durations) == (
        frozenset({MOVED.start_time}),
        frozenset({2 * HOUR}),
    )


def test_every_time_before_several_reschedules_is_not_believed() -> None:
    last = meeting(start_time=NOON + 72 * HOUR, end_time=NOON + 73 * HOUR)
    after = superseded(RESCHEDULED, last, MOVED)
    for old in (OLD, MOVED):
        assert merged(after, old).meeting.start_time == last.start_time


def test_a_meeting_cancelled_here_stays_cancelled() -> None:
    called_off = superseded(StoredMeeting(OLD), replace(OLD, cancelled=True), OLD)
    assert merged(merged(called_off, OLD), OLD).meeting.cancelled


def test_a_meeting_cancelled_by_the_provider_may_return() -> None:
    stored = merged(StoredMeeting(OLD), replace(OLD, cancelled=True))
    assert not merged(stored, OLD).meeting.cancelled


def test_times_and_standing_make_revisions_and_nothing_else_does() -> None:
    seen = [meeting(title="Review"), MOVED, MOVED, replace(MOVED, cancelled=True), replace(MOVED, cancelled=False)]
    stored, revisions = StoredMeeting(OLD), []
    for each in seen:
        stored = merged(stored, each)
        revisions.append(stored.meeting.revision)
    assert revisions == [0, 1, 1, 2, 3]


def test_a_list_that_shows_a_change_makes_the_details_due() -> None:
    known = StoredMeeting(meeting(title="Review"))
    listed = meeting(detailed=False, start_time=NOON + HOUR, synced_at=NOON + 2 * HOUR)
    after = merged(known, listed).meeting
    assert (after.detailed, after.details_read_at, after.oldest_read_at) == (False, NOON, NOON)
    assert merged(StoredMeeting(after), replace(listed, synced_at=NOON + 3 * HOUR)).meeting.detailed is False
    read = merged(StoredMeeting(after), meeting(start_time=NOON + HOUR, synced_at=NOON + 4 * HOUR)).meeting
    assert (read.detailed, read.details_read_at) == (True, NOON + 4 * HOUR)


@pytest.mark.parametrize(
    "listed",
    [
        meeting(detailed=False),
        meeting(detailed=False, kind=MeetingKind.INSTANT, end_time=NOON + 2 * HOUR),
        meeting(detailed=False, created_at=NOON),
    ],
    ids=["the same", "guessed", "only became known"],
)
def test_a_list_without_a_change_leaves_the_details_as_they_are(listed: Meeting) -> None:
    after = merged(StoredMeeting(OLD), replace(listed, synced_at=NOON + HOUR)).meeting
    assert (after.detailed, after.details_read_at, after.synced_at) == (True, NOON, NOON + HOUR)


def test_the_times_before_a_reschedule_do_not_make_the_details_due() -> None:
    assert merged(RESCHEDULED, replace(OLD, detailed=False)).meeting.detailed


def test_a_stored_meeting_that_a_plug_in_passes_on_was_not_read_again() -> None:
    passed_on = replace(OLD, cancelled=True, synced_at=NOON + HOUR)
    after = superseded(StoredMeeting(OLD), passed_on, OLD).meeting
    assert (after.synced_at, after.details_read_at) == (NOON + HOUR, NOON)


def test_when_details_are_read_is_no_change() -> None:
    assert is_same(OLD, replace(OLD, synced_at=NOON + HOUR, details_read_at=NOON + HOUR, detailed=False))
