"""The payloads, in every spelling that the document knows."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from providers.medixcel.wire import (
    ConnectionCallback,
    ConnectionType,
    Disconnection,
    Envelope,
    ListedMeeting,
    MeetingOutput,
)

SUMMARY = {
    "sMeetingUID": "abc123",
    "sMeetingURL": "https://meet.example.com/abc-defg-hij",
    "dAddedOn": "2026-03-10 17:30:00",
    "sMeetingTitle": "Check-up",
    "sStartTime": "2026-03-11 15:00:00",
    "iDuration": "60",
}


@pytest.mark.parametrize("number", [200, "200"])
def test_a_number_is_a_number_or_a_string(number: object) -> None:
    assert Envelope.model_validate({"response_status_code": number}).response_status_code == 200


@pytest.mark.parametrize("connection_type", [2, "2"])
@pytest.mark.parametrize("number", [45, "45"])
def test_ids_become_strings_and_durations_numbers(connection_type: object, number: object) -> None:
    listed = ListedMeeting.model_validate(
        {
            "user_id": number,
            "connection_type": connection_type,
            "meeting_id": number,
            "meeting_url": "https://meet.example.com/abc-defg-hij",
            "meeting_duration": number,
            "meeting_start_time": "2026-03-11 15:00:00",
            "meeting_added_on": "",
        }
    )
    assert (listed.user_id, listed.meeting_id, listed.duration) == ("45", "45", 45)
    assert listed.connection_type is ConnectionType.GOOGLE
    assert listed.start_time == datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
    assert listed.added_on is None


@pytest.mark.parametrize("key", ["iMeetingID", "iMeetingId"])
def test_a_summary_names_the_meeting_in_both_spellings(key: str) -> None:
    output = MeetingOutput.model_validate({"connection_type": "1", "meeting_summary": {**SUMMARY, key: 45}})
    assert output.reported_id == "45"


@pytest.mark.parametrize("key", ["meeting_id", "rescheduled_meeting_id"])
def test_a_meeting_may_be_named_beside_its_summary(key: str) -> None:
    output = MeetingOutput.model_validate({"connection_type": "1", "meeting_summary": SUMMARY, key: "45"})
    assert output.reported_id == "45"


@pytest.mark.parametrize("key", ["disconnected_user_account", "disconnected_account_id"])
def test_a_disconnected_account_has_two_names(key: str) -> None:
    assert Disconnection.model_validate({key: "34"}).account_id == "34"


@pytest.mark.parametrize("change", [{"iDuration": "-1"}, {"iDuration": "9" * 30}, {"sStartTime": "soon"}])
def test_a_summary_without_a_time_makes_no_sense(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        MeetingOutput.model_validate({"connection_type": "1", "meeting_summary": {**SUMMARY, **change}})


def test_an_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(ValidationError) as error:
        ConnectionCallback.model_validate({"status": "success", "user_id": ["made-up-secret"]})
    assert "made-up-secret" not in str(error.value)
