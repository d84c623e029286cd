"""The `Core` of a plug-in under test: in memory, with the gateway's guarantees."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio

from providers.api import Account, Core, Entity, HttpClient, NotAuthorized, OutcomeUnknown, Timeouts, Traffic

IMPATIENT = Timeouts(connect=1, read=0.3, total=0.6)
"""For tests in which a response never comes."""

ATTEMPT = "0123456789abcdef" * 2
"""An attempt in the format of the gateway's journal."""

Credentials = Mapping[str, str]


@dataclass
class MemoryTokens:
    """A TokenStore. `credentials` are by account key and may be set by a test."""

    credentials: dict[str, Credentials] = field(default_factory=dict)
    expires_at: dict[str, datetime | None] = field(default_factory=dict)
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def current(self, account: Account) -> Credentials:
        try:
            return self.credentials[account.key]
        except KeyError:
            raise NotAuthorized("The account has to be connected again.") from None

    async def renew(
        self,
        account: Account,
        spent: Credentials,
        refresh: Callable[[Credentials], Awaitable[Credentials]],
        expires_at: Callable[[Credentials], datetime | None],
    ) -> Credentials:
        async with self._lock:
            stored = await self.current(account)
            if dict(stored) != dict(spent):
                return stored
            try:
                self.credentials[account.key] = await refresh(stored)
            except (NotAuthorized, OutcomeUnknown):
                del self.credentials[account.key]
                raise NotAuthorized("The account has to be connected again.") from None
            self.expires_at[account.key] = expires_at(self.credentials[account.key])
            return self.credentials[account.key]


@dataclass
class Published:
    """Collects the entities that a plug-in publishes."""

    entities: list[Entity] = field(default_factory=list)

    def __call__(self, entities: Sequence[Entity]) -> Awaitable[None]:
        self.entities.extend(entities)
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stored.set_result(None)
        return stored


def make_core(
    name: str,
    *,
    timeouts: Timeouts = IMPATIENT,
    tokens: MemoryTokens | None = None,
    published: Published | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Core:
    """Return a Core over real HTTP, without retries. The caller closes `core.http`."""
    return Core(
        name=name,
        http=HttpClient(name, Traffic(timeouts=timeouts, retries=0)),
        tokens=tokens or MemoryTokens(),
        now=now,
        publish=published or Published(),
        callback_url=f"http://127.0.0.1/connect/{name}/callback",
    )
