"""Invitations: a meeting as an RFC 5545 VCALENDAR that can be mailed as it is (RFC 5546)."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar, Event, vCalAddress
from icalendar.enums import PARTSTAT, ROLE, STATUS

from providers.models import Meeting, Participant, ParticipantResponse

_PRODUCT = "-//Switchboard//Switchboard//EN"
_PARTICIPATION = {
    ParticipantResponse.ACCEPTED: PARTSTAT.ACCEPTED,
    ParticipantResponse.DECLINED: PARTSTAT.DECLINED,
    ParticipantResponse.TENTATIVE: PARTSTAT.TENTATIVE,
}


def invitation(meeting: Meeting, *, organizer: str, sequence: int, stamp: datetime) -> str:
    """The invitation to `meeting`, or where it is cancelled its cancellation (METHOD:CANCEL).

    `organizer` is the mail address that answers go to, `sequence` the number of changes so far, `stamp` when this
    version was made. The UID is the meeting's own, or its external id where it has none. Times are told in the
    meeting's zone, with its VTIMEZONE; in UTC where it has none that is known. Host link and password stay out.
    """
    event = _event(meeting, organizer, sequence, stamp)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODUCT)
    calendar.add("method", "CANCEL" if meeting.cancelled else "REQUEST")
    calendar.add_component(event)
    calendar.add_missing_timezones(date(event.start.year, 1, 1), date(event.end.year + 1, 1, 1))
    text: bytes = calendar.to_ical()
    return text.decode()


def _event(meeting: Meeting, organizer: str, sequence: int, stamp: datetime) -> Event:
    zone = _zone(meeting.time_zone)
    return Event.new(
        uid=meeting.uid or meeting.external_id,
        sequence=sequence,
        stamp=stamp,
        start=meeting.start_time.astimezone(zone),
        end=meeting.end_time.astimezone(zone),
        summary=meeting.title,
        description=meeting.description,
        location=meeting.join_url,
        url=meeting.join_url,
        organizer=vCalAddress.new(organizer),
        attendees=[_attendee(participant) for participant in meeting.participants],
        status=STATUS.CANCELLED if meeting.cancelled else STATUS.CONFIRMED,
    )


def _attendee(participant: Participant) -> vCalAddress:
    name = " ".join(filter(None, (participant.first_name, participant.last_name)))
    return vCalAddress.new(
        participant.email,
        cn=name or participant.email,
        role=ROLE.REQ_PARTICIPANT,
        partstat=_PARTICIPATION.get(participant.response, PARTSTAT.NEEDS_ACTION),
        rsvp=True,
    )


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
