from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import strawberry

from gateway.mutations.idempotency.journal_codec import input_from_journal
from gateway.mutations.operation import Intent
from providers.domain.entities import MeetingService
from providers.domain.viewer import Viewer
from resolvers.inputs import (
    CancelMeetingInput,
    ConnectAccountInput,
    ParticipantInput,
    ScheduleMeetingInput,
    SendMessageInput,
)
from resolvers.scalar import TimeZone

ID = strawberry.ID("an id")

INPUTS = [
    CancelMeetingInput(meeting_id=ID),
    ConnectAccountInput(provider="connect", service=MeetingService.ZOOM, refresh_token="made-up"),
    SendMessageInput(conversation_id=ID, text="  Hello  ", media_urls=["https://example.com/cat.png"]),
    ScheduleMeetingInput(
        account_id=ID,
        title="Review",
        start_time=datetime(2030, 5, 6, 14, 0, 0, 123, timezone(timedelta(hours=5, minutes=30))),
        duration_minutes=30,
        time_zone=TimeZone("Asia/Kolkata"),
        participants=[ParticipantInput(email="ben@example.com", first_name="Ben")],
    ),
]


@pytest.mark.parametrize("given", INPUTS, ids=lambda given: type(given).__name__)
def test_an_input_is_read_back_as_it_was_given(given: Any) -> None:
    intent = Intent.of(Viewer("ada", frozenset()), "any", given)

    assert input_from_journal(type(given), intent.request) == given


def test_the_idempotency_key_is_not_part_of_the_journalled_input() -> None:
    viewer = Viewer("ada", frozenset())
    with_key = Intent.of(viewer, "cancelMeeting", CancelMeetingInput(meeting_id=ID, idempotency_key="one"))

    assert with_key.request == Intent.of(viewer, "cancelMeeting", CancelMeetingInput(meeting_id=ID)).request
