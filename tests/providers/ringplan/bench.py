"""A RingPlan of one's own: served on a real socket, with a clock that stands still until it is turned."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import orjson
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from providers.api.provider import Core
from providers.domain.drafts import ConnectionRequest, ContactDraft, MeetingDraft
from providers.domain.entities import Account, AccountStatus, Contact, Conversation, Participant
from providers.http import Timeouts
from providers.ringplan import RingPlanProvider
from providers.ringplan.sandbox import RingPlanSandbox
from providers.ringplan.settings import RingPlanSettings
from providers.ringplan.tokens import credentials_of
from providers.testing.core import ATTEMPT, MemoryTokens, make_core
from providers.testing.faults import Call, Fault
from providers.testing.server import serve

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TOMORROW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
REGISTER_KEY = "a made-up register key"
EMAIL = "ada@example.com"

BEN = Participant(email="ben@example.com", first_name="Ben", last_name="Moor")
CARL = Participant(email="carl@example.com")


@dataclass
class Clock:
    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class Bench:
    """`sandbox` is the upstream's state, `sandbox.api` and `sandbox.login` count its calls and make them fail."""

    url: str
    clock: Clock
    sandbox: RingPlanSandbox
    core: Core
    tokens: MemoryTokens = field(default_factory=MemoryTokens)

    @property
    def provider(self) -> RingPlanProvider:
        return self.provider_with()

    def provider_with(self, **settings: str) -> RingPlanProvider:
        fields = {
            "plugin": "ringplan",
            "api_url": f"{self.url}/ringplan",
            "login_url": f"{self.url}/ringplan-login",
            "register_key": REGISTER_KEY,
        }
        return RingPlanProvider(RingPlanSettings.model_validate(fields | settings), self.core)

    def account(self, email: str = EMAIL) -> Account:
        """One that is connected, of a user who lets RingPlan into their calendar."""
        user = self.sandbox.add_user(email)
        user.may_write_calendar = True
        pair = self.sandbox.directory.issue(user)
        self.tokens.credentials[email] = credentials_of(pair.id_token, pair.refresh_token, self.clock())
        return Account(key=email, provider="ringplan", user_id="7", external_id=email, status=AccountStatus.CONNECTED)

    def request(self, email: str = EMAIL) -> ConnectionRequest:
        """Return a connection request with the tokens of a registered user."""
        pair = self.sandbox.directory.issue(self.sandbox.directory.user_by_email(email))
        return ConnectionRequest(user_id="7", id_token=pair.id_token, refresh_token=pair.refresh_token)

    def number_of(self, account: Account) -> str:
        user = self.sandbox.directory.user_by_email(account.key)
        return next(iter(self.sandbox.texting.of(user).numbers))

    async def contact(self, account: Account, number: str = "+12125550100") -> Contact:
        return (await self.provider.create_contact(account, a_contact(number), ATTEMPT)).entity

    async def conversation(self, account: Account, number: str = "+12125550100") -> Conversation:
        contact = await self.contact(account, number)
        return (await self.provider.create_conversation(account, contact, self.number_of(account), ATTEMPT)).entity

    def fail(self, status: int, detail: str = "", **fault: object) -> None:
        """Add a fault for the next call of the API."""
        body = orjson.dumps({"detail": detail, "status": status, "title": "Trouble", "type": "about:blank"}).decode()
        self.sandbox.api.add(Fault.model_validate({"status": status, "body": body} | fault))

    def fail_login(self, status: int, body: str = "", **fault: object) -> None:
        """Add a fault for the next call of the login host."""
        self.sandbox.login.add(Fault.model_validate({"status": status, "body": body} | fault))

    def forget_calls(self) -> None:
        self.sandbox.api.reset()
        self.sandbox.login.reset()

    @property
    def api_calls(self) -> list[str]:
        """Return the method, path and query of each call of the API."""
        return [f"{call.method} {call.path}{'?' if call.query else ''}{call.query}" for call in self.sandbox.api.calls]

    @property
    def login_calls(self) -> list[Call]:
        return self.sandbox.login.calls

    @property
    def last_fields(self) -> dict[str, object]:
        """Return the JSON body of the last call of the API."""
        fields: dict[str, object] = orjson.loads(self.sandbox.api.calls[-1].body)
        return fields


class Host:
    """Serves one sandbox after the other on one port: starting and stopping a server takes longer than most tests."""

    def __init__(self) -> None:
        self.url = ""
        self._app: ASGIApp = Starlette()

    def put(self, sandbox: RingPlanSandbox) -> None:
        self._app = Starlette(routes=[Mount("/ringplan", sandbox.api), Mount("/ringplan-login", sandbox.login)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


@asynccontextmanager
async def a_host() -> AsyncIterator[Host]:
    host = Host()
    async with serve(host) as host.url:
        yield host


@asynccontextmanager
async def a_bench(host: Host, timeouts: Timeouts) -> AsyncIterator[Bench]:
    clock, tokens = Clock(), MemoryTokens()
    sandbox = RingPlanSandbox(now=clock)
    host.put(sandbox)
    core = make_core("ringplan", timeouts=timeouts, tokens=tokens, now=clock)
    yield Bench(url=host.url, clock=clock, sandbox=sandbox, core=core, tokens=tokens)
    await core.http.aclose()


def a_contact(number: str = "+12125550100", **changes: str) -> ContactDraft:
    draft = ContactDraft(first_name="Ben", last_name="Moor", number=number, e164=number)
    return replace(draft, **changes)


def a_meeting(**changes: object) -> MeetingDraft:
    draft = MeetingDraft(
        title="Check-up",
        start_time=TOMORROW,
        end_time=TOMORROW + timedelta(minutes=30),
        time_zone="Europe/Berlin",
        description="Bring the X-rays",
        participants=(BEN, CARL),
    )
    return replace(draft, **changes)  # type: ignore[arg-type]
