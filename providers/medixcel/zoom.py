"""`meeting_object` of Zoom: the meeting of the Zoom API (v2, "Get a meeting")."""

from pydantic import Field, JsonValue, OnErrorOmit

from providers.api import DialIn, Participant
from providers.medixcel.meeting_object import MeetingObject, known_zone
from providers.medixcel.wire import Lenient, Text, Wire

_INSTANT = 1


class _DialInNumber(Wire):
    number: Text
    country: Lenient[Text] = None


class _Invitee(Wire):
    email: Text


class _Settings(Wire):
    numbers: Lenient[tuple[OnErrorOmit[_DialInNumber], ...]] = Field(None, validation_alias="global_dial_in_numbers")
    invitees: Lenient[tuple[OnErrorOmit[_Invitee], ...]] = Field(None, validation_alias="meeting_invitees")


class _ZoomMeeting(Wire):
    id: Lenient[Text] = None
    uuid: Lenient[Text] = None
    type: Lenient[int] = None
    topic: Lenient[Text] = None
    agenda: Lenient[Text] = None
    timezone: Lenient[str] = None
    host_email: Lenient[Text] = None
    start_url: Lenient[Text] = None
    password: Lenient[Text] = None
    phone_password: Lenient[Text] = Field(None, validation_alias="pstn_password")
    settings: Lenient[_Settings] = None


def object_from_zoom(value: JsonValue) -> MeetingObject:
    """Read a meeting. Omit parts that are missing or unreadable."""
    meeting = _ZoomMeeting.model_validate(value if isinstance(value, dict) else {})
    settings = meeting.settings or _Settings()
    return MeetingObject(
        uid=meeting.uuid,
        title=meeting.topic,
        description=meeting.agenda,
        time_zone=known_zone(meeting.timezone),
        room=meeting.id,
        host_url=meeting.start_url,
        password=meeting.password,
        organizer_email=meeting.host_email,
        participants=tuple(Participant(email=invitee.email) for invitee in settings.invitees or ()),
        dial_ins=tuple(
            DialIn(number=dial_in.number, pin=meeting.phone_password, region_code=dial_in.country)
            for dial_in in settings.numbers or ()
        ),
        is_instant=meeting.type == _INSTANT,
    )
