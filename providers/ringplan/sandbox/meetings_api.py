"""Endpoints of meetings (R13 to R18)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, NaiveDatetime
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.api import time_zone_names
from providers.ringplan.sandbox.directory import Directory, User
from providers.ringplan.sandbox.ids import Clock
from providers.ringplan.sandbox.meetings import HISTORY, SCHEDULED, Meetings
from providers.ringplan.sandbox.responses import Refusal, body_of, json_answer, mount_of, page_of

NO_CALENDAR = "This acc doesn`t have credentials for google app"

_OLDEST = timedelta(hours=24)


def _known_zone(name: str) -> str:
    if name not in time_zone_names():
        raise ValueError("is not a time zone")
    return name


class EventBody(BaseModel):
    """The body of R13. Times are local to `time_zone`."""

    title_meet: str
    summary: str
    description: str
    start_time: NaiveDatetime
    end_time: NaiveDatetime
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    password: str | None = None

    @property
    def start(self) -> datetime:
        return self.start_time.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)

    @property
    def end(self) -> datetime:
        return self.end_time.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)

    def details(self, kind: str) -> Mapping[str, object]:
        return {
            "kind": kind,
            "title": self.title_meet,
            "summary": self.summary,
            "description": self.description,
            "start": self.start,
            "end": self.end,
            "time_zone": self.time_zone,
            "password": self.password,
        }


class Attendee(BaseModel):
    email: str


class ScheduledEventBody(EventBody):
    """The body of R17."""

    attendees: list[Attendee]


class MeetingsApi:
    def __init__(self, directory: Directory, meetings: Meetings, now: Clock) -> None:
        self._directory = directory
        self._meetings = meetings
        self._now = now

    def routes(self) -> list[Route]:
        return [
            Route("/meet/calendar/event/history", self._create_history_event, methods=["POST"]),
            Route("/meet/calendar/event/scheduled", self._create_scheduled_event, methods=["POST"]),
            Route("/meet/calendar/events", self._events),
            Route("/meet/app/calendar/get-auth-url", self._authorization_link),
        ]

    async def _create_history_event(self, request: Request) -> Response:
        user = self._user(request)
        body = await body_of(request, EventBody)
        now = self._now()
        if body.start != body.end or not now - _OLDEST < body.start <= now:
            raise Refusal(400, "start_time has to be end_time, not in the future and not older than a day")
        meeting = self._meetings.add(user, _rooms_url(request), **body.details(HISTORY))
        return json_answer(self._meetings.history_answer(meeting), 201)

    async def _create_scheduled_event(self, request: Request) -> Response:
        user = self._user(request)
        body = await body_of(request, ScheduledEventBody)
        if not user.may_write_calendar:
            raise Refusal(404, NO_CALENDAR)
        if body.end <= body.start:
            raise Refusal(400, "end_time has to be after start_time")
        attendees = tuple(attendee.email for attendee in body.attendees)
        meeting = self._meetings.add(user, _rooms_url(request), attendees=attendees, **body.details(SCHEDULED))
        return json_answer(self._meetings.scheduled_answer(meeting), 201)

    async def _events(self, request: Request) -> Response:
        user = self._user(request)
        kind = request.query_params.get("event_type", SCHEDULED)
        if kind not in {HISTORY, SCHEDULED}:
            raise Refusal(400, f"'{kind}' is not one of history, scheduled")
        found = self._meetings.of(user, kind, _date(request, "date_from"), _date(request, "date_to"))
        return json_answer(self._meetings.listed(page_of(found, request)))

    async def _authorization_link(self, request: Request) -> Response:
        """Return the URL of the sandbox's own page; the real one is Google's."""
        email = self._user(request).email
        query = {"response_type": "code", "client_id": "sandbox", "state": email, "access_type": "offline"}
        return json_answer({"auth_url": f"{mount_of(request)}/_sandbox/google?{urlencode(query)}"})

    def _user(self, request: Request) -> User:
        return self._directory.user_by_token(request.headers.get("authorization"))


def _rooms_url(request: Request) -> str:
    return f"{mount_of(request)}/rooms/"


def _date(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"'{name}' is not a date") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
