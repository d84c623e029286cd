"""A Medixcel Connect of one's own: served on a real socket, with a clock that stands still until it is turned."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import orjson
from starlette.applications import Starlette

from providers.api.provider import Core
from providers.domain.drafts import MeetingDraft
from providers.domain.entities import Account, AccountStatus, MeetingService, Participant
from providers.http import Timeouts
from providers.medixcel import MedixcelProvider
from providers.medixcel.mapping import CONNECTION_TYPES
from providers.medixcel.sandbox import Habits, SandboxUpstream, sandbox_app
from providers.medixcel.settings import MedixcelSettings
from providers.testing.core import Published, make_core
from providers.testing.faults import Call, Fault, SandboxFaults
from providers.testing.server import serve

CLIENT_KEY = "made up/key+1"
REDIRECT_URL = "https://gateway.example.com/connect/connect/callback"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TOMORROW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
PHP_ERROR_PAGE = "<br />\n<b>Fatal error</b>:  Uncaught Error in <b>/srv/connect/index.php</b> on line <b>35</b><br />"

PATIENT = Timeouts(connect=5, read=10, total=20)

ADA = Participant(email="ada@example.com", first_name="Ada", last_name="Lane", user_id="7")
BEN = Participant(email="ben@example.com")


@dataclass
class Clock:
    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class Bench:
    """`upstream` is the sandbox's state, `sandbox` counts its calls and makes them fail."""

    url: str
    clock: Clock
    upstream: SandboxUpstream
    sandbox: SandboxFaults
    core: Core

    def provider(self, **settings: str) -> MedixcelProvider:
        fields = {"plugin": "medixcel", "base_url": self.url, "client_key": CLIENT_KEY, **settings}
        return MedixcelProvider(MedixcelSettings.model_validate(fields), self.core)

    def account(self, user_id: str = "45", service: MeetingService = MeetingService.GOOGLE_MEET) -> Account:
        """One that is connected."""
        connected = self.upstream.connect(user_id, CONNECTION_TYPES[service])
        return Account(
            key=f"key-{connected.id}",
            provider=self.core.name,
            user_id=user_id,
            external_id=str(connected.id),
            service=service,
            status=AccountStatus.CONNECTED,
            connected_at=self.clock(),
            expires_at=connected.expires_on,
        )

    def behave(self, **habits: object) -> None:
        self.upstream.habits = Habits.model_validate(habits)

    def fail(self, status: int, body: str = "", **fault: object) -> None:
        """Add a fault for the next call."""
        self.sandbox.add(Fault.model_validate({"status": status, "body": body, **fault}))

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.sandbox.calls]

    @property
    def last_call(self) -> Call:
        return self.sandbox.calls[-1]

    @property
    def last_fields(self) -> dict[str, object]:
        """Return the JSON body of the last call."""
        fields: dict[str, object] = orjson.loads(self.last_call.body)
        return fields


@dataclass(frozen=True)
class Host:
    """A server that is shared: every sandbox gets a path of its own."""

    url: str
    app: Starlette
    numbers: Iterator[int] = field(default_factory=count)

    def mount(self, sandbox: SandboxFaults) -> str:
        path = f"/{next(self.numbers)}/connect"
        self.app.mount(path, sandbox)
        return self.url + path


@asynccontextmanager
async def a_host() -> AsyncIterator[Host]:
    app = Starlette()
    async with serve(app) as url:
        yield Host(url, app)


@asynccontextmanager
async def a_bench(host: Host, timeouts: Timeouts = PATIENT) -> AsyncIterator[Bench]:
    clock = Clock()
    upstream = SandboxUpstream(now=clock)
    sandbox = sandbox_app(client_key=CLIENT_KEY, redirect_url=REDIRECT_URL, upstream=upstream)
    core = make_core("connect", timeouts=timeouts, now=clock, published=Published())
    yield Bench(url=host.mount(sandbox), clock=clock, upstream=upstream, sandbox=sandbox, core=core)
    await core.http.aclose()


def a_draft(**changes: object) -> MeetingDraft:
    draft = MeetingDraft(
        title="Check-up",
        start_time=TOMORROW,
        end_time=TOMORROW + timedelta(minutes=30),
        time_zone="Europe/Berlin",
        participants=(ADA, BEN),
    )
    return replace(draft, **changes)  # type: ignore[arg-type]


def envelope(status: int | str, msg: str = "failed") -> str:
    """A failure as the body of an answer."""
    return orjson.dumps({"output": {}, "response_status_code": status, "msg": msg}).decode()
