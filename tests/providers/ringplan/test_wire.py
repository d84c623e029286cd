from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from providers.ringplan.wire import CONVERSATIONS, MEETING, MESSAGE, NestedContact, NestedNumber

EVENT = '{"_id": 5, "event": {"date_start": "%s", "date_end": "%s", "link_on_meet": "https://meet.example.com/1"}}'


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        ("2020-11-02T18:41:03.447000", datetime(2020, 11, 2, 18, 41, 3, 447000, UTC)),
        ("2020-11-07T12:17:16+00:00", datetime(2020, 11, 7, 12, 17, 16, tzinfo=UTC)),
        ("2020-11-17T12:17:16", datetime(2020, 11, 17, 12, 17, 16, tzinfo=UTC)),
        ("2020-10-18 12:17:16.153Z", datetime(2020, 10, 18, 12, 17, 16, 153000, UTC)),
        ("2020-11-07T12:17:16+02:00", datetime(2020, 11, 7, 10, 17, 16, tzinfo=UTC)),
    ],
)
def test_every_form_of_time_is_read_as_an_instant_in_utc(sent: str, instant: datetime) -> None:
    event = MEETING.validate_json(EVENT % (sent, sent)).event
    assert event.date_start == event.date_end == instant
    assert event.date_start.tzinfo is UTC


@pytest.mark.parametrize("sent", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "soon", ""])
def test_an_invalid_time_is_rejected(sent: str) -> None:
    with pytest.raises(ValidationError):
        MEETING.validate_json(EVENT % (sent, sent))


def test_undocumented_fields_may_be_missing_or_added() -> None:
    message = MESSAGE.validate_json(
        '{"id": "a", "created_at": "2020-11-02T18:41:03", "direction": "inbound", "frm": 2125550100, "files": null,'
        ' "carrier": {"name": "made up"}}'
    )
    assert (message.frm, message.text, message.success, message.files) == ("2125550100", None, None, None)


def test_a_conversations_fields_have_several_spellings() -> None:
    flat, nested, bare = CONVERSATIONS.validate_json(
        '[{"id": "a", "contact_id": "b", "from_number": "2025550100", "number": "2025550100"},'
        ' {"id": "a", "contact": {"id": "b"}, "number": {"id": "c", "number": "2025550100"}}, {"id": "a"}]'
    )
    assert (flat.contact_id, flat.from_number) == ("b", "2025550100")
    assert (nested.contact, nested.number) == (NestedContact(id="b"), NestedNumber(number="2025550100"))
    assert (bare.contact, bare.number) == (None, None)


def test_secrets_stay_out_of_repr() -> None:
    meeting = MEETING.validate_json(
        '{"_id": "a", "event": {"date_start": "2020-11-02T18:41:03", "date_end": "2020-11-02T18:41:03",'
        ' "link_on_meet": "https://meet.example.com/1", "password": "hush", "cal": "hush", "text_for_event": "hush",'
        ' "hash_pass": "hush", "mod_token_for_meet": {"link_on_meet_with_token": "hush", "mod_password": "hush"}}}'
    )
    assert meeting.event.password == "hush"
    assert "hush" not in repr(meeting)
