"""Mapping of payloads to entities."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue

from providers.domain.entities import Meeting, MeetingKind, MeetingService, Participant, ParticipantResponse
from providers.medixcel.mapping import (
    meeting_from_list,
    meeting_from_output,
    merged_participants,
    participant_fields,
    whole_minutes,
    with_known,
)
from providers.medixcel.wire import ListedMeeting, MeetingOutput
from tests.providers.medixcel.bench import ADA, BEN, NOON, TOMORROW
from tests.providers.medixcel.test_wire import SUMMARY

LISTED = {
    "user_id": "45",
    "connection_type": "1",
    "meeting_id": "50",
    "meeting_url": "https://zoom.example.com/j/9",
    "meeting_duration": "30",
    "meeting_start_time": "2026-03-11 15:00:00",
    "meeting_added_on": "2026-03-10 17:30:00",
}


def from_list(**changes: str) -> Meeting:
    return meeting_from_list(ListedMeeting.model_validate(LISTED | changes), provider="connect", now=NOON)


def from_output(connection_type: str = "2", meeting_object: JsonValue = None, **changes: str) -> Meeting:
    fields = {
        "connection_type": connection_type,
        "meeting_summary": SUMMARY | changes,
        "meeting_object": meeting_object,
    }
    output = MeetingOutput.model_validate(fields)
    return meeting_from_output(output, external_id="50", provider="connect", user_id="45", now=NOON)


def test_a_listed_meeting_has_user_and_times() -> None:
    assert from_list() == Meeting(
        scope="connect/45",
        external_id="50",
        provider="connect",
        user_id="45",
        service=MeetingService.ZOOM,
        kind=MeetingKind.SCHEDULED,
        start_time=TOMORROW,
        end_time=TOMORROW + timedelta(minutes=30),
        join_url="https://zoom.example.com/j/9",
        created_at=NOON,
        synced_at=NOON,
        detailed=False,
    )


def test_a_meeting_that_starts_when_it_is_added_is_an_instant_one() -> None:
    assert from_list(meeting_start_time=LISTED["meeting_added_on"]).kind is MeetingKind.INSTANT
    assert from_output(sStartTime=SUMMARY["dAddedOn"]).kind is MeetingKind.INSTANT
    assert from_output().kind is MeetingKind.SCHEDULED


def test_zooms_type_marks_an_instant_meeting() -> None:
    assert from_output("1", {"type": 1}).kind is MeetingKind.INSTANT
    assert from_output("1", {"type": 2}).kind is MeetingKind.SCHEDULED


@pytest.mark.parametrize("meeting_object", [None, [], "nonsense", {"attendees": 7}])
def test_a_malformed_object_leaves_the_summary(meeting_object: JsonValue) -> None:
    meeting = from_output("2", meeting_object)
    assert (meeting.title, meeting.uid, meeting.detailed) == ("Check-up", "abc123", True)
    assert (meeting.participants, meeting.dial_ins, meeting.host_url, meeting.calendar_url) == ((), (), None, None)


def test_the_meeting_object_completes_the_summary() -> None:
    zoom: JsonValue = {"start_url": "https://zoom.example.com/s/9", "topic": "Other", "uuid": "u"}
    meeting = from_output("1", zoom, sMeetingTitle="", sMeetingUID="")
    assert (meeting.host_url, meeting.title, meeting.uid) == ("https://zoom.example.com/s/9", "Other", "u")


def test_known_fields_that_the_upstream_lacks_remain() -> None:
    fetched = from_output("2", {"start": {"timeZone": "Asia/Kolkata"}})
    known = replace(
        from_list(),
        account_key="key",
        kind=MeetingKind.INSTANT,
        cancelled=True,
        description="Bring the letter",
        time_zone="Europe/Berlin",
        participants=(ADA,),
    )
    merged = with_known(fetched, known)
    assert merged == replace(
        fetched,
        account_key="key",
        kind=MeetingKind.INSTANT,
        cancelled=True,
        description="Bring the letter",
        time_zone="Europe/Berlin",
        participants=(ADA,),
    )


def test_fields_of_the_upstream_complete_an_unknown_meeting() -> None:
    fetched = from_output("2", {"start": {"timeZone": "Asia/Kolkata"}, "description": "Bring the letter"})
    merged = with_known(fetched, from_list())
    assert (merged.time_zone, merged.description) == ("Asia/Kolkata", "Bring the letter")
    assert (merged.kind, merged.cancelled) == (MeetingKind.SCHEDULED, False)


def test_a_known_participant_has_its_name_and_user_with_a_new_response() -> None:
    fetched = Participant(email="ADA@example.com", first_name="A.", response=ParticipantResponse.ACCEPTED)
    assert merged_participants((ADA,), (fetched,)) == (replace(ADA, response=ParticipantResponse.ACCEPTED),)


def test_a_participant_without_a_name_gets_the_upstreams() -> None:
    fetched = Participant(email="Ben@example.com", first_name="Ben", response=ParticipantResponse.DECLINED)
    assert merged_participants((replace(BEN, user_id="8"),), (fetched,)) == (
        replace(fetched, email="ben@example.com", user_id="8"),
    )


def test_an_unknown_participant_is_as_reported() -> None:
    fetched = Participant(email="cleo@example.com")
    assert merged_participants((ADA,), (fetched,)) == (fetched,)


def test_an_unknown_name_is_omitted_and_an_unknown_user_id_is_empty() -> None:
    assert participant_fields(BEN) == {"iUserID": "", "sEmail": "ben@example.com"}
    assert participant_fields(ADA) == {
        "iUserID": "7",
        "sEmail": "ada@example.com",
        "sFirstName": "Ada",
        "sLastName": "Lane",
    }


@pytest.mark.parametrize(("seconds", "minutes"), [(60, 1), (61, 2), (3600, 60)])
def test_a_started_minute_counts(seconds: int, minutes: int) -> None:
    assert whole_minutes(NOON, NOON + timedelta(seconds=seconds)) == minutes
