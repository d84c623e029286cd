"""Shape of a plug-in, and the services that the gateway passes to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from providers.domain.entities import Account, Entity, MeetingService
from providers.http import HttpClient, HttpSettings


class ProviderSettings(BaseModel):
    """Base of a plug-in's settings, the keys of its configuration table. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    plugin: str = Field(description="Name of the plug-in; by default the name of the provider.")
    lookup_lag_seconds: float | None = Field(
        None,
        ge=0,
        le=604_800,
        description="Seconds for which the provider's lists may lack a new object; by default the plug-in's own value.",
    )
    http: HttpSettings = HttpSettings()

    def notices(self, name: str) -> Sequence[str]:
        """Return notices for the operator that are no faults; `name` is the provider's configured name."""
        return ()


class TokenStore(Protocol):
    """Credentials of accounts: encrypted at rest, refreshed by one caller at a time across all processes."""

    async def current(self, account: Account) -> Mapping[str, str]:
        """Return the account's credentials; NotAuthorized if it has none."""
        ...

    async def renew(
        self,
        account: Account,
        spent: Mapping[str, str],
        refresh: Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]],
        expires_at: Callable[[Mapping[str, str]], datetime | None],
    ) -> Mapping[str, str]:
        """Return new credentials that replace `spent`.

        Concurrent callers share one refresh. `refresh` is called at most once with the same credentials; its result is
        stored, with the account's new `expires_at`, before any caller gets it. If it raises NotAuthorized, or may have
        spent the credentials without a response (OutcomeUnknown, a killed process), the credentials are dead: the
        account is EXPIRED and every caller gets NotAuthorized.
        """
        ...


@dataclass(frozen=True, slots=True)
class Core:
    """Services of the gateway for one plug-in; `name` is the provider's configured name.

    `now` is the clock. `publish` stores entities that the plug-in received unasked and notifies subscribers: it queues
    them when it is called, and they are stored when its result has been awaited. What a call returns to the gateway
    after that is stored no earlier. `callback_url` is the URL that a BrowserConnector's pages redirect to, for an
    upstream that takes it with the request; it can also be registered at the upstream. If `may_create` is false, as
    under `switchboard check`, the plug-in creates no files: its `check` reports whether it could.
    """

    name: str
    http: HttpClient
    tokens: TokenStore
    now: Callable[[], datetime]
    publish: Callable[[Sequence[Entity]], Awaitable[None]]
    callback_url: str
    may_create: bool = True


class Provider(Protocol):
    """A plug-in: a class of this shape that also implements the capability Protocols that its upstream allows.

    `lookup_lag` is how long the upstream's lists may omit a new object: only after that is its absence a proof.
    """

    Settings: ClassVar[type[ProviderSettings]]
    services: ClassVar[tuple[MeetingService, ...]]
    lookup_lag: ClassVar[timedelta]

    def __init__(self, settings: Any, core: Core) -> None: ...

    async def open(self) -> None:
        """Prepare for calls. Contact no upstream: one that is down must not prevent the gateway's start."""
        ...

    async def aclose(self) -> None:
        """Release all resources; may be called twice, and without `open`."""
        ...

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        """Contact the upstream and return one message per fault for the operator."""
        ...
