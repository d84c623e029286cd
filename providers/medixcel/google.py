"""`meeting_object` of Google Meet: an event of the Google Calendar API (v3, "Events")."""

from pydantic import Field, JsonValue, OnErrorOmit

from providers.api import DialIn, Participant, ParticipantResponse
from providers.medixcel.meeting_object import MeetingObject, known_zone
from providers.medixcel.wire import Lenient, Text, Wire

_RESPONSES = {
    "needsAction": ParticipantResponse.NEEDS_ACTION,
    "accepted": ParticipantResponse.ACCEPTED,
    "declined": ParticipantResponse.DECLINED,
    "tentative": ParticipantResponse.TENTATIVE,
}


class _Attendee(Wire):
    email: Text
    display_name: Lenient[str] = Field(None, validation_alias="displayName")
    response: Lenient[str] = Field(None, validation_alias="responseStatus")
    is_room: Lenient[bool] = Field(None, validation_alias="resource")


class _Organizer(Wire):
    email: Lenient[Text] = None


class _Start(Wire):
    time_zone: Lenient[str] = Field(None, validation_alias="timeZone")


class _EntryPoint(Wire):
    kind: str = Field(validation_alias="entryPointType")
    uri: Text
    label: Lenient[Text] = None
    pin: Lenient[Text] = None
    region_code: Lenient[Text] = Field(None, validation_alias="regionCode")


class _Conference(Wire):
    room: Lenient[Text] = Field(None, validation_alias="conferenceId")
    entry_points: Lenient[tuple[OnErrorOmit[_EntryPoint], ...]] = Field(None, validation_alias="entryPoints")


class _Event(Wire):
    uid: Lenient[Text] = Field(None, validation_alias="iCalUID")
    status: Lenient[str] = None
    page: Lenient[Text] = Field(None, validation_alias="htmlLink")
    title: Lenient[Text] = Field(None, validation_alias="summary")
    description: Lenient[Text] = None
    organizer: Lenient[_Organizer] = None
    start: Lenient[_Start] = None
    attendees: Lenient[tuple[OnErrorOmit[_Attendee], ...]] = None
    conference: Lenient[_Conference] = Field(None, validation_alias="conferenceData")


def object_from_event(value: JsonValue) -> MeetingObject:
    """Read an event. Omit parts that are missing or unreadable."""
    event = _Event.model_validate(value if isinstance(value, dict) else {})
    conference = event.conference or _Conference()
    return MeetingObject(
        uid=event.uid,
        title=event.title,
        description=event.description,
        time_zone=known_zone(event.start.time_zone) if event.start else None,
        room=conference.room,
        organizer_email=event.organizer.email if event.organizer else None,
        calendar_url=event.page,
        participants=tuple(_participant(attendee) for attendee in event.attendees or () if not attendee.is_room),
        dial_ins=tuple(_dial_in(entry) for entry in conference.entry_points or () if entry.kind == "phone"),
        is_cancelled=event.status == "cancelled",
    )


def _participant(attendee: _Attendee) -> Participant:
    first, _, last = (attendee.display_name or "").strip().rpartition(" ")
    return Participant(
        email=attendee.email,
        first_name=first.strip() or last or None,
        last_name=last if first else None,
        response=_RESPONSES.get(attendee.response or "", ParticipantResponse.UNKNOWN),
    )


def _dial_in(entry_point: _EntryPoint) -> DialIn:
    number = entry_point.label or entry_point.uri.removeprefix("tel:")
    return DialIn(number=number, pin=entry_point.pin, region_code=entry_point.region_code)
