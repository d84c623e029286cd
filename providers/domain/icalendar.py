"""Invitations: a meeting as an RFC 5545 VCALENDAR that can be mailed as it is (RFC 5546)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText
from icalendar.enums import PARTSTAT, ROLE, STATUS
from icalendar.timezone.tzid import is_utc

from providers.domain.entities import Meeting, Participant, ParticipantResponse
from providers.domain.time_zones import Transition, abbreviation, is_unambiguous, time_zone, transitions, utc_offset

_PRODUCT = "-//Switchboard//Switchboard//EN"
_UNTITLED = "Meeting"
"""RFC 5546 requires a summary, and libical drops an empty one."""
_PARTICIPATION = {
    ParticipantResponse.ACCEPTED: PARTSTAT.ACCEPTED,
    ParticipantResponse.DECLINED: PARTSTAT.DECLINED,
    ParticipantResponse.TENTATIVE: PARTSTAT.TENTATIVE,
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONED_YEARS = range(2000, 9000)
"""Meetings of other years are written in UTC: zone data of the past is unsure, and the calendar ends with 9999."""

_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LINE_BREAK = re.compile("\r\n?")
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ADDRESS_CHARACTERS = "@!$'*+"
_URL_CHARACTERS = "%:/?#[]@!$&'()*+,;=~"


def invitation(meeting: Meeting, *, organizer: str, sequence: int, stamp: datetime) -> str:
    """Return the invitation to `meeting`, or its cancellation (METHOD:CANCEL) if it is cancelled.

    `organizer` is the mail address that answers go to, `sequence` the number of changes so far, `stamp` when this
    version was made. A meeting without participants is published (METHOD:PUBLISH): a request needs an attendee
    (RFC 5546 section 3.2.2). The UID is the meeting's own, or its gateway id if it has none. Times are local times of
    the meeting's zone, with its VTIMEZONE; they are in UTC if its zone is not known, or if a local time would name two
    instants. Host link, password, and characters that iCalendar can't represent are omitted.
    """
    zone = _zone(meeting)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODUCT)
    calendar.add("method", _method(meeting))
    if zone is not None:
        calendar.add_component(_timezone(zone, meeting))
    calendar.add_component(_event(meeting, zone, organizer, sequence, stamp))
    text: bytes = calendar.to_ical()
    return text.decode()


class _Text(vText):
    """TEXT, escaped as in RFC 5545 section 3.3.11."""

    def to_ical(self) -> bytes:
        # The library would write a backslash before an N as a line break.
        return self.translate(_ESCAPES).encode()


def _method(meeting: Meeting) -> str:
    if meeting.cancelled:
        return "CANCEL"
    return "REQUEST" if meeting.participants else "PUBLISH"


def _event(meeting: Meeting, zone: ZoneInfo | None, organizer: str, sequence: int, stamp: datetime) -> Event:
    start, end = (moment.astimezone(UTC).replace(microsecond=0) for moment in (meeting.start_time, meeting.end_time))
    return Event.new(
        uid=_text(meeting.uid or meeting.id),
        sequence=sequence,
        stamp=stamp,
        start=start.astimezone(zone or UTC),
        end=end.astimezone(zone or UTC) if end > start else None,
        summary=_text(meeting.title) or _UNTITLED,
        description=_text(meeting.description) or None,
        location=_text(meeting.join_url),
        url=quote(_text(meeting.join_url), safe=_URL_CHARACTERS),
        organizer=_address(organizer),
        attendees=[_attendee(participant) for participant in meeting.participants],
        status=STATUS.CANCELLED if meeting.cancelled else STATUS.CONFIRMED,
    )


def _attendee(participant: Participant) -> vCalAddress:
    names = (*_text(participant.first_name).split(), *_text(participant.last_name).split())
    return vCalAddress.new(
        _address(participant.email),
        cn=" ".join(names or _text(participant.email).split()),
        role=ROLE.REQ_PARTICIPANT,
        partstat=_PARTICIPATION.get(participant.response, PARTSTAT.NEEDS_ACTION),
        rsvp=True,
    )


def _address(mail_address: str) -> vCalAddress:
    """Return a mailto URI, in which RFC 6068 section 2 encodes what would end the address."""
    return vCalAddress(f"mailto:{quote(_text(mail_address), safe=_ADDRESS_CHARACTERS)}")


def _text(value: str | None) -> _Text:
    return _Text(_NOT_TEXT.sub("", _LINE_BREAK.sub("\n", value or "")).strip())


def _zone(meeting: Meeting) -> ZoneInfo | None:
    """Return the zone to write the meeting's times in, or None for UTC.

    Readers differ in the instant of a local time that occurs twice.
    """
    zone = time_zone(meeting.time_zone)
    times = (meeting.start_time, meeting.end_time)
    # The library writes the times of some zones, such as Africa/Accra, as UTC.
    if zone is None or is_utc(zone) or any(moment.year not in _ZONED_YEARS for moment in times):
        return None
    return zone if all(is_unambiguous(moment, zone) for moment in times) else None


def _timezone(zone: ZoneInfo, meeting: Meeting) -> Timezone:
    """Return the zone's offsets from the year before the meeting to the end of the meeting's year."""
    changes = _changes(zone, meeting.start_time.year - 1, meeting.end_time.year)
    standard = min(change.after for change in changes)
    timezone = Timezone()
    timezone.add("tzid", zone.key)
    for change in changes:
        timezone.add_component(_observance(change, standard))
    return timezone


@lru_cache(maxsize=1000)
def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Transition, ...]:
    """Return the offset at the beginning of the first year, as if it had been so since 1970, and all changes of it.

    Cached, because the meetings of a list usually share zone and year, and a search takes a millisecond.
    """
    first, last = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    offset = utc_offset(first, zone)
    since_1970 = Transition(_EPOCH - offset, offset, offset, abbreviation(first, zone))
    return (since_1970, *transitions(zone, first, last))


def _observance(change: Transition, standard: timedelta) -> TimezoneStandard | TimezoneDaylight:
    """Return the time that `change` begins. Its DTSTART is local time in the offset that is left (section 3.6.5).

    The smallest offset is the standard one: some zones call their winter time daylight saving, and Outlook needs a
    standard time.
    """
    observance = TimezoneStandard() if change.after == standard else TimezoneDaylight()
    observance.add("dtstart", (change.moment + change.before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", change.before)
    observance.add("tzoffsetto", change.after)
    observance.add("tzname", change.name)
    return observance
