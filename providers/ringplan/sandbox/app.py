"""The sandbox's two hosts, as ASGI applications over one state in memory."""

from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from providers.ringplan.sandbox.answer import Refusal, problem
from providers.ringplan.sandbox.desk import Desk
from providers.ringplan.sandbox.directory import Directory, User
from providers.ringplan.sandbox.ids import Clock, ObjectIds
from providers.ringplan.sandbox.login_api import LoginApi
from providers.ringplan.sandbox.meetings import Meetings
from providers.ringplan.sandbox.meetings_api import MeetingsApi
from providers.ringplan.sandbox.rooms import Rooms
from providers.ringplan.sandbox.texting import Texting
from providers.ringplan.sandbox.texting_api import TextingApi
from providers.testing.faults import SandboxFaults


def _now() -> datetime:
    return datetime.now(UTC)


class RingPlanSandbox:
    """A RingPlan in memory. Mount `api` and `login` anywhere.

    Both take faults and count calls (see `providers.testing.faults`). `api` also serves the rooms of meetings, and what
    `providers.ringplan.sandbox.desk` offers to testers. `now` is the clock.
    """

    def __init__(self, now: Clock = _now) -> None:
        ids = ObjectIds(now)
        self.directory = Directory(now, ids)
        self.texting = Texting(now, ids)
        self.meetings = Meetings(now, ids)
        api = [
            *TextingApi(self.directory, self.texting).routes(),
            *MeetingsApi(self.directory, self.meetings, now).routes(),
            *Rooms(self.meetings, now).routes(),
            *Desk(self.directory, self.texting, self.meetings).routes(),
        ]
        self.api = _faulty(api)
        self.login = _faulty(LoginApi(self.directory, now).routes())

    def add_user(self, email: str, company: str = "Example Company") -> User:
        """Register a user whose company has a number to send texts from."""
        user = self.directory.register(email, company)
        self.texting.of(user)
        return user


def _faulty(routes: list[Route]) -> SandboxFaults:
    return SandboxFaults(Starlette(routes=routes, exception_handlers={Refusal: problem, HTTPException: problem}))
