"""Meetings as the sandbox sends them: the summary, the row of a list, and Google's and Zoom's descriptions."""

from datetime import UTC, datetime
from hashlib import sha256

from pydantic import JsonValue

from providers.medixcel.ist import IST, ist_text
from providers.medixcel.sandbox.upstream import Habits, SandboxMeeting, meeting_end
from providers.medixcel.wire import ConnectionType

JsonObject = dict[str, JsonValue]


def meeting_summary(meeting: SandboxMeeting, habits: Habits, *, bare_id: bool = False) -> JsonObject:
    """`bare_id`: send the id as a number, as M2's example does with this one alone."""
    id_key = "iMeetingID" if habits.spelling == "examples" else "iMeetingId"
    return {
        id_key: meeting.id if bare_id else number(meeting.id, habits),
        "sMeetingUID": _uid(meeting),
        "sMeetingURL": _join_url(meeting),
        "sHostMeetingURL": _host_url(meeting),
        "dAddedOn": ist_text(meeting.added_on),
        "sMeetingTitle": meeting.title,
        "sStartTime": ist_text(meeting.shown_start),
        "iDuration": number(meeting.shown_minutes, habits),
    }


def listed_meeting(meeting: SandboxMeeting, habits: Habits) -> JsonObject:
    return {
        "user_id": meeting.account.user_id,
        "connection_type": number(meeting.account.connection_type, habits),
        "meeting_id": number(meeting.id, habits),
        "meeting_url": _join_url(meeting),
        "meeting_duration": number(meeting.shown_minutes, habits),
        "meeting_start_time": ist_text(meeting.shown_start),
        "meeting_added_on": ist_text(meeting.added_on),
    }


def meeting_object(meeting: SandboxMeeting) -> JsonObject:
    return _calendar_event(meeting) if _is_google(meeting) else _zoom_meeting(meeting)


def number(value: int, habits: Habits) -> JsonValue:
    return int(value) if habits.bare_numbers else str(int(value))


def _calendar_event(meeting: SandboxMeeting) -> JsonObject:
    uid, organizer = _uid(meeting), _organizer(meeting)
    return {
        "kind": "calendar#event",
        "id": uid,
        "status": "cancelled" if meeting.cancelled else "confirmed",
        "htmlLink": f"https://calendar.example.com/event?eid={uid}",
        "created": _utc_text(meeting.added_on),
        "summary": meeting.title,
        "creator": {"email": organizer, "self": True},
        "organizer": {"email": organizer, "self": True},
        "start": _calendar_time(meeting.shown_start),
        "end": _calendar_time(meeting_end(meeting)),
        "iCalUID": f"{uid}@google.com",
        "sequence": 0,
        "attendees": [
            {"email": one.email, "responseStatus": one.response, **({"displayName": one.name} if one.name else {})}
            for one in meeting.participants
        ],
        "hangoutLink": _join_url(meeting),
        "conferenceData": {
            "entryPoints": [
                {"entryPointType": "video", "uri": _join_url(meeting), "label": _join_url(meeting)[len("https://") :]},
                {
                    "regionCode": "US",
                    "entryPointType": "phone",
                    "uri": "tel:+1-202-555-0143",
                    "label": "+1 202-555-0143",
                    "pin": _digits(meeting, 9, "pin"),
                },
            ],
            "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
            "conferenceId": _meet_code(meeting),
        },
        "reminders": {"useDefault": True},
    }


def _zoom_meeting(meeting: SandboxMeeting) -> JsonObject:
    return {
        "uuid": _uid(meeting),
        "id": int(_room_number(meeting)),
        "host_email": _organizer(meeting),
        "topic": meeting.title,
        "type": 1 if meeting.instant else 2,
        "status": "waiting",
        "start_time": _utc_text(meeting.shown_start),
        "duration": meeting.shown_minutes,
        "timezone": "Asia/Kolkata",
        "agenda": "",
        "created_at": _utc_text(meeting.added_on),
        "start_url": _host_url(meeting),
        "join_url": _join_url(meeting),
        "password": _digest(meeting, "password")[:6],
        "pstn_password": _digits(meeting, 6, "pin"),
        "settings": {
            "host_video": True,
            "join_before_host": False,
            "global_dial_in_numbers": [
                {
                    "country": "US",
                    "country_name": "US",
                    "city": "Washington",
                    "number": "+1 2025550187",
                    "type": "toll",
                }
            ],
        },
    }


def _is_google(meeting: SandboxMeeting) -> bool:
    return meeting.account.connection_type is ConnectionType.GOOGLE


def _join_url(meeting: SandboxMeeting) -> str:
    if _is_google(meeting):
        return f"https://meet.example.com/{_meet_code(meeting)}"
    return f"https://zoom.example.com/j/{_room_number(meeting)}?pwd={_digest(meeting, 'link')[:8]}"


def _host_url(meeting: SandboxMeeting) -> str:
    if _is_google(meeting):
        # Google has no link of the host's own.
        return _join_url(meeting)
    return f"https://zoom.example.com/s/{_room_number(meeting)}?zak={_digest(meeting, 'host')[:24]}"


def _meet_code(meeting: SandboxMeeting) -> str:
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in _digest(meeting, "room")[:10])
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"


def _organizer(meeting: SandboxMeeting) -> str:
    return f"user-{meeting.account.user_id}@example.com"


def _uid(meeting: SandboxMeeting) -> str:
    return _digest(meeting, "uid")[:26]


def _room_number(meeting: SandboxMeeting) -> str:
    return _digits(meeting, 10, "number")


def _digits(meeting: SandboxMeeting, count: int, purpose: str) -> str:
    return str(9 * 10 ** (count - 1) + int(_digest(meeting, purpose), 16) % 10 ** (count - 1))


def _digest(meeting: SandboxMeeting, purpose: str) -> str:
    """Return hex digits that depend on the meeting and the purpose alone."""
    return sha256(f"{purpose} of meeting {meeting.id}".encode()).hexdigest()


def _calendar_time(moment: datetime) -> JsonObject:
    return {"dateTime": moment.astimezone(IST).isoformat(timespec="seconds"), "timeZone": "Asia/Kolkata"}


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
