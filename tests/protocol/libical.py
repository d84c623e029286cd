"""libical, the reader of Evolution, KOrganizer and many servers, called as the shared library that Debian ships."""

from collections.abc import Sequence
from ctypes import CDLL, Structure, c_char_p, c_int, c_int64, c_void_p
from functools import cache
from typing import Any

from tests.protocol.reading import Reading

LIBRARY = "libical.so.3"


class _Time(Structure):
    """`struct icaltimetype` of libical 3."""

    _fields_ = (
        *((name, c_int) for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")),
        ("zone", c_void_p),
    )


_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "icalparser_parse_string": (c_void_p, (c_char_p,)),
    "icalcomponent_get_first_real_component": (c_void_p, (c_void_p,)),
    "icalcomponent_get_dtstart": (_Time, (c_void_p,)),
    "icalcomponent_get_dtend": (_Time, (c_void_p,)),
    "icalcomponent_get_uid": (c_char_p, (c_void_p,)),
    "icalcomponent_get_summary": (c_char_p, (c_void_p,)),
    "icalcomponent_get_description": (c_char_p, (c_void_p,)),
    "icalcomponent_get_first_property": (c_void_p, (c_void_p, c_int)),
    "icalcomponent_get_next_property": (c_void_p, (c_void_p, c_int)),
    "icalcomponent_count_errors": (c_int, (c_void_p,)),
    "icalcomponent_free": (None, (c_void_p,)),
    "icalproperty_string_to_kind": (c_int, (c_char_p,)),
    "icalproperty_get_attendee": (c_char_p, (c_void_p,)),
    "icalproperty_get_first_parameter": (c_void_p, (c_void_p, c_int)),
    "icalparameter_string_to_kind": (c_int, (c_char_p,)),
    "icalparameter_get_cn": (c_char_p, (c_void_p,)),
    "icalrestriction_check": (c_int, (c_void_p,)),
    "icaltime_as_timet_with_zone": (c_int64, (_Time, c_void_p)),
}


def is_installed() -> bool:
    try:
        CDLL(LIBRARY)
    except OSError:
        return False
    return True


def read(texts: Sequence[str]) -> list[Reading]:
    return [_reading(text) for text in texts]


def obeys_rfc_5546(text: str) -> bool:
    """Return whether every property is there as often as the method demands, and all can be parsed."""
    calendar = _library().icalparser_parse_string(text.encode())
    try:
        is_valid = bool(_library().icalrestriction_check(calendar))
        return is_valid and _library().icalcomponent_count_errors(calendar) == 0
    finally:
        _library().icalcomponent_free(calendar)


@cache
def _library() -> Any:
    library = CDLL(LIBRARY)
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _reading(text: str) -> Reading:
    library = _library()
    calendar = library.icalparser_parse_string(text.encode())
    try:
        event = library.icalcomponent_get_first_real_component(calendar)
        return Reading(
            start=_instant(library.icalcomponent_get_dtstart(event)),
            end=_instant(library.icalcomponent_get_dtend(event)),
            uid=_text(library.icalcomponent_get_uid(event)),
            summary=_text(library.icalcomponent_get_summary(event)),
            description=_text(library.icalcomponent_get_description(event)),
            attendees=_attendees(event),
        )
    finally:
        library.icalcomponent_free(calendar)


def _instant(time: _Time) -> int:
    instant: int = _library().icaltime_as_timet_with_zone(time, time.zone)
    return instant


def _attendees(event: int) -> tuple[tuple[str, str], ...]:
    library = _library()
    attendee = library.icalproperty_string_to_kind(b"ATTENDEE")
    common_name = library.icalparameter_string_to_kind(b"CN")
    found = []
    each = library.icalcomponent_get_first_property(event, attendee)
    while each:
        name = library.icalparameter_get_cn(library.icalproperty_get_first_parameter(each, common_name))
        found.append((_text(library.icalproperty_get_attendee(each)), _text(name)))
        each = library.icalcomponent_get_next_property(event, attendee)
    return tuple(found)


def _text(value: bytes | None) -> str:
    return (value or b"").decode()
