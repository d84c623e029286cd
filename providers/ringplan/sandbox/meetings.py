"""Meetings as RingPlan stores and returns them (R13 to R17)."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import jwt
from icalendar import Calendar, Event, vCalAddress, vDatetime, vText

from providers.ringplan.sandbox.directory import SIGNING_KEY, User
from providers.ringplan.sandbox.ids import Clock, ObjectIds

HISTORY = "history"
SCHEDULED = "scheduled"

_DIAL_IN = "(+1) 202-555-0150"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """`start` and `end` are in UTC. Scheduled meetings have a `google_event_id`, private ones a `mod_password`."""

    id: str
    organizer: User
    kind: str
    room: str
    link: str
    title: str
    summary: str
    description: str
    start: datetime
    end: datetime
    time_zone: str
    attendees: tuple[str, ...] = ()
    google_event_id: str | None = None
    password: str | None = None
    mod_password: str | None = None

    @property
    def dialled_id(self) -> str:
        return f"{self.room[:3]}-{self.room[3:6]}-{self.room[6:]}#"


class Meetings:
    def __init__(self, now: Clock, ids: ObjectIds) -> None:
        self.by_room: dict[str, Meeting] = {}
        self._now = now
        self._ids = ids
        self._rooms = count(130_725_076)

    def add(self, organizer: User, rooms_url: str, **details: Any) -> Meeting:
        room = str(next(self._rooms))
        scheduled, private = details["kind"] == SCHEDULED, details["password"] is not None
        meeting = Meeting(
            id=self._ids.new(),
            organizer=organizer,
            room=room,
            link=rooms_url + room,
            google_event_id=secrets.token_hex(13) if scheduled else None,
            mod_password=secrets.token_urlsafe(8) if private else None,
            **details,
        )
        self.by_room[room] = meeting
        return meeting

    def of(self, user: User, kind: str, first: datetime | None, last: datetime | None) -> list[Meeting]:
        """Return the user's meetings that start within the two dates: history before now, scheduled after it."""
        now = self._now()
        found = (
            meeting
            for meeting in self.by_room.values()
            if meeting.organizer is user
            and (meeting.start <= now) == (kind == HISTORY)
            and (first is None or first <= meeting.start)
            and (last is None or meeting.start <= last)
        )
        return sorted(found, key=lambda meeting: meeting.start, reverse=True)

    def history_answer(self, meeting: Meeting) -> Row:
        """Return the short form of R13 and R14, whose times have a space and a Z."""
        start = f"{meeting.start.replace(tzinfo=None).isoformat(' ', 'milliseconds')}Z"
        event = {
            "date_end": start,
            "date_start": start,
            "description": meeting.description,
            "event_type": HISTORY,
            "link_on_meet": meeting.link,
            "meeting_id": meeting.room,
        }
        if meeting.password is None:
            return {"_id": meeting.id, "event": event}
        return {"_id": meeting.id, "event": {**event, "hash_password": _hash(meeting.password)}, "is_private": True}

    def listed(self, meetings: Sequence[Meeting]) -> list[Row]:
        """Return the form of R15 and R16: times without an offset, and no secret of the room."""
        return [
            self._item(meeting, _naive(meeting.start), _naive(meeting.end), _hash_pass(meeting)) for meeting in meetings
        ]

    def scheduled_answer(self, meeting: Meeting) -> Row:
        """Return the full form of R17, whose times have an offset."""
        text = _text(meeting, meeting.password)
        private: Row = {}
        if meeting.password is not None:
            private = {
                **_hash_pass(meeting),
                "password": meeting.password,
                "mod_text_for_event": _text(meeting, meeting.mod_password),
                "mod_token_for_meet": {**self._token(meeting, moderator=True), "mod_password": meeting.mod_password},
            }
        event = {
            **private,
            "cal": self._cal(meeting, text),
            "text_for_event": text,
            "token_for_meet": self._token(meeting, moderator=meeting.password is None),
        }
        return self._item(
            meeting, meeting.start.isoformat("T", "seconds"), meeting.end.isoformat("T", "seconds"), event
        )

    def _item(self, meeting: Meeting, start: str, end: str, rest: Row) -> Row:
        event = {
            "attendees": list(meeting.attendees),
            "date_end": end,
            "date_start": start,
            "description": meeting.description,
            "event_type": meeting.kind,
            "google_event_id": meeting.google_event_id,
            "link_on_meet": meeting.link,
            "meeting_id": meeting.room,
            "summary": meeting.summary,
            "timeZone": meeting.time_zone,
            "title_meet": meeting.title,
            **rest,
        }
        organizer = {"organizer_email": meeting.organizer.email, "organizer_id": meeting.organizer.id}
        return {"_id": meeting.id, "event": event, "is_private": meeting.password is not None, **organizer}

    def _token(self, meeting: Meeting, *, moderator: bool) -> Row:
        issued_at = int(self._now().timestamp())
        expires_at = int((meeting.end + timedelta(days=1)).timestamp())
        claims = {"room": meeting.room, "iat": issued_at, "exp": expires_at, "moderator": moderator}
        token = jwt.encode(claims, SIGNING_KEY, algorithm="HS256")
        link = f"{meeting.link}?jwt={token}"
        return {
            "exp": expires_at,
            "iat": issued_at,
            "link_on_meet_with_token": link,
            "room": meeting.room,
            "token": token,
        }

    def _cal(self, meeting: Meeting, text: str) -> str:
        calendar = Calendar()
        calendar.add("prodid", "-//Ringplan//Ringplan meeting//EN")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("method", "REQUEST")
        event = Event()
        event.add("summary", meeting.summary)
        event.add("dtstart", _moment(meeting.start), encode=False)
        event.add("dtend", _moment(meeting.end), encode=False)
        event.add("dtstamp", _moment(self._now()), encode=False)
        event.add("uid", f"{meeting.google_event_id}@google.com")
        event.add("sequence", 0)
        for email in (*meeting.attendees, meeting.organizer.email):
            event.add("attendee", _attendee(email), encode=False)
        event.add("description", text.replace("\\n", "\n"))
        event.add("organizer", vCalAddress(f"MAILTO:{meeting.organizer.email}"))
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
        return str(calendar.to_ical(), "utf-8")


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def _hash_pass(meeting: Meeting) -> Row:
    return {} if meeting.password is None else {"hash_pass": _hash(meeting.password)}


def _naive(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _text(meeting: Meeting, password: str | None) -> str:
    """Return the invitation's text: its first line break is a real one, the others are a backslash and an n."""
    parts = [
        f"<b>Meeting link</b>\\n{meeting.link}",
        f"<b>Join by phone</b>\\n{_DIAL_IN}",
        f"<b>Meeting ID</b>\\n{meeting.dialled_id}",
        *([f"<b>Password for meet</b>\\n{password}"] if password else []),
        f"<b>Description</b>\\n{meeting.description}",
    ]
    return "\n" + "\\n\\n".join(parts)


def _moment(moment: datetime) -> vDatetime:
    value = vDatetime(moment.astimezone(UTC))
    value.params["VALUE"] = "DATE-TIME"
    return value


def _attendee(email: str) -> vCalAddress:
    address = vCalAddress(f"MAILTO:{email}")
    for name, value in {"CN": email, "CUTYPE": "INDIVIDUAL", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}.items():
        address.params[name] = vText(value)
    return address
