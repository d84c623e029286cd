import pytest

from providers.domain.entities import DialIn
from providers.ringplan.dial_in import dial_ins_from

EXPECTED = (DialIn(number="(+1) 202-555-0150", pin="130-725-076#", region_code="US"),)


@pytest.mark.parametrize("line_break", ["\n", "\\n", "\r\n", "\\n\n"])
def test_number_and_pin_are_found_after_any_line_break(line_break: str) -> None:
    lines = ["", "<b>Join by phone</b>", "(+1) 202-555-0150", "", "<b>Meeting ID</b>", "130-725-076#", "", "42"]
    assert dial_ins_from(line_break.join(lines), None) == EXPECTED


def test_dial_ins_are_read_from_a_folded_calendar_if_there_is_no_text() -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDESCRIPTION:\\n<b>Join by phone</b>\\n(+1) 202-55"
        "\r\n 5-0150\\n\\n<b>Meeting ID</b>\\n130-725-\r\n 076#\\n\\n<b>Description</b>\\nNone\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    assert dial_ins_from(None, calendar) == EXPECTED


@pytest.mark.parametrize("calendar", ["nonsense", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VEVENT\r\n"])
def test_an_unreadable_calendar_has_no_dial_in(calendar: str) -> None:
    assert dial_ins_from(None, calendar) == ()


def test_a_number_needs_no_pin() -> None:
    assert dial_ins_from("Join by phone +44 20 7946 0100", None) == (DialIn(number="+44 20 7946 0100"),)


def test_a_text_without_a_number_has_no_dial_in() -> None:
    assert dial_ins_from("<b>Meeting link</b>\\nhttps://meet.example.com/130725076", None) == ()
