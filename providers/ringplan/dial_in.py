"""Parsing of dial-ins, which RingPlan reports only in the text of an invitation.

The text resembles HTML, with line breaks, escaped line breaks (a backslash and an n), or both:
`<b>Join by phone</b>\\n(+1) 202-555-0100\\n\\n<b>Meeting ID</b>\\n130-725-076#`.
"""

import re

from icalendar import Calendar

from providers.api import DialIn, phone

_BREAK = r"(?:</b>|\\n|\s)*"
_NUMBER = re.compile(rf"Join\s+by\s+phone{_BREAK}([(+\d][\d ().+-]*\d)", re.IGNORECASE)
_PIN = re.compile(rf"Meeting\s+ID{_BREAK}(\d[\d-]*#?)", re.IGNORECASE)
_REGION = "US"


def dial_ins_from(text: str | None, icalendar: str | None) -> tuple[DialIn, ...]:
    """Return the dial-in of an invitation's text, or else of its VCALENDAR, with number and PIN as written there."""
    source = text or (_description(icalendar) if icalendar else "")
    number = _NUMBER.search(source)
    if number is None:
        return ()
    pin = _PIN.search(source)
    region = _REGION if (phone.e164(number[1], _REGION) or "").startswith("+1") else None
    return (DialIn(number=number[1], pin=pin[1] if pin else None, region_code=region),)


def _description(icalendar: str) -> str:
    try:
        events = Calendar.from_ical(icalendar).walk("VEVENT")
    except ValueError:
        return ""
    return str(events[0].get("DESCRIPTION", "")) if events else ""
