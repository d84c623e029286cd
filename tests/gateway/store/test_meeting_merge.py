from dataclasses import replace
from datetime import timedelta

from gateway.store.meeting_merge import merged, superseded
from gateway.store.meeting_row import StoredMeeting
from providers.models import DialIn, MeetingKind, Participant, ParticipantResponse
from tests.gateway.store.clock import NOON
from tests.gateway.store.sample import meeting

HOUR = timedelta(hours=1)
OLD = meeting()
MOVED = meeting(start_time=NOON + 24 * HOUR, end_time=NOON + 26 * HOUR)
RESCHEDULED = superseded(StoredMeeting(OLD), MOVED, OLD)


def test_what_is_not_told_stays_known() -> None:
    told = meeting(
        title="Review",
        host_url="https://meet.example.com/host",
        participants=(Participant(email="grace@example.com"),),
        dial_ins=(DialIn(number="+12025550199"),),
    )
    assert merged(StoredMeeting(told), meeting()).meeting == told


def test_what_is_told_replaces_what_was_known() -> None:
    known = StoredMeeting(meeting(title="Review", cancelled=False))
    after = merged(known, meeting(title="Retrospective", cancelled=True)).meeting
    assert (after.title, after.cancelled) == ("Retrospective", True)


def test_detail_and_privacy_only_rise() -> None:
    plain, full = meeting(detailed=False, is_private=False), meeting(detailed=True, is_private=True)
    for known, seen in ((plain, full), (full, plain)):
        after = merged(StoredMeeting(known), seen).meeting
        assert (after.detailed, after.is_private) == (True, True)


def test_the_name_of_a_participant_stays_known_to_those_who_tell_only_an_address() -> None:
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


def test_any_other_time_is_taken_and_ends_the_doubt() -> None:
    elsewhere = meeting(start_time=NOON + 48 * HOUR, end_time=NOON + 51 * HOUR)
    after = merged(RESCHEDULED, elsewhere)
    assert after == StoredMeeting(replace(elsewhere, revision=2))
    assert merged(after, OLD).meeting == replace(OLD, revision=3)


def test_a_reschedule_that_keeps_the_duration_supersedes_the_start_alone() -> None:
    later = meeting(start_time=NOON + HOUR)
    after = superseded(StoredMeeting(OLD), later, OLD)
    assert (after.superseded_starts, after.superseded_durations) == (frozenset({NOON}), frozenset())


def test_a_second_reschedule_is_believed_although_it_goes_back() -> None:
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


def test_what_was_called_off_from_here_stays_so() -> None:
    called_off = superseded(StoredMeeting(OLD), replace(OLD, cancelled=True), OLD)
    assert merged(merged(called_off, OLD), OLD).meeting.cancelled


def test_what_was_only_told_to_be_cancelled_may_come_back() -> None:
    told = merged(StoredMeeting(OLD), replace(OLD, cancelled=True))
    assert not merged(told, OLD).meeting.cancelled


def test_times_and_standing_make_revisions_and_nothing_else_does() -> None:
    seen = [meeting(title="Review"), MOVED, MOVED, replace(MOVED, cancelled=True), replace(MOVED, cancelled=False)]
    stored, revisions = StoredMeeting(OLD), []
    for each in seen:
        stored = merged(stored, each)
        revisions.append(stored.meeting.revision)
    assert revisions == [0, 1, 1, 2, 3]
