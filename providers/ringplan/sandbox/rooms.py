"""Pages of the rooms, which show the role of the visitor."""

from datetime import datetime

import jwt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.ringplan.sandbox.directory import SIGNING_KEY
from providers.ringplan.sandbox.ids import Clock
from providers.ringplan.sandbox.meetings import Meeting, Meetings
from providers.ringplan.sandbox.page import page

_JOIN_FORM = (
    "<form method=post><label for=password>Password</label><input id=password name=password required autofocus>"
    "<button>Join</button></form>"
)


class Rooms:
    def __init__(self, meetings: Meetings, now: Clock) -> None:
        self._meetings = meetings
        self._now = now

    def routes(self) -> list[Route]:
        return [Route("/rooms/{room}", self._enter, methods=["GET", "POST"])]

    async def _enter(self, request: Request) -> Response:
        meeting = self._meetings.by_room.get(request.path_params["room"])
        if meeting is None:
            return page("There is no such room", "", 404)
        if _is_moderator(request, meeting, self._now()):
            return _inside(meeting, "the moderator")
        if meeting.password is None or (await _password(request)) in {meeting.password, meeting.mod_password}:
            return _inside(meeting, "a guest")
        return page(f"Room {meeting.room} is private", _JOIN_FORM, 403)


def _inside(meeting: Meeting, role: str) -> Response:
    times = f"{meeting.start:%Y-%m-%d %H:%M} to {meeting.end:%H:%M} UTC"
    return page(meeting.title, f"<section><p>Room {meeting.room}, {times}.</p><p>You are {role}.</p></section>")


async def _password(request: Request) -> str | None:
    if request.method != "POST":
        return None
    async with request.form() as form:
        return str(form.get("password"))


def _is_moderator(request: Request, meeting: Meeting, now: datetime) -> bool:
    """Whether the link has a moderator's token that is valid by the sandbox's clock."""
    token = request.query_params.get("jwt", "")
    try:
        claims = jwt.decode(
            token, SIGNING_KEY, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}
        )
    except jwt.InvalidTokenError:
        return False
    return bool(claims["moderator"] and claims["room"] == meeting.room and now.timestamp() < claims["exp"])
