"""What every plug-in is, and what it is handed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from providers.domain.entities import Account, Entity, MeetingService
from providers.http import HttpClient, HttpSettings


class ProviderSettings(BaseModel):
    """Base of a plug-in's settings: its keys in the operator's configuration. An unknown one is an error."""

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
        """Return what the operator should know although nothing is wrong; `name` is the provider's own."""
        return ()


class TokenStore(Protocol):
    """The credentials of accounts: encrypted at rest, renewed by one caller at a time over all processes."""

    async def current(self, account: Account) -> Mapping[str, str]:
        """The credentials kept for the account; NotAuthorized where there are none."""
        ...

    async def renew(
        self,
        account: Account,
        spent: Mapping[str, str],
        refresh: Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]],
        expires_at: Callable[[Mapping[str, str]], datetime | None],
    ) -> Mapping[str, str]:
        """New credentials instead of `spent`.

        Whoever comes second gets what the first one fetched. `refresh` is called with credentials that were never
        given to it before, and its answer is kept before anybody sees it, with the account's new `expires_at`. When it
        raises NotAuthorized, or may have spent the credentials without an answer (OutcomeUnknown, the process was
        killed), they are dead: the account is EXPIRED and every caller gets NotAuthorized.
        """
        ...


@dataclass(frozen=True, slots=True)
class Core:
    """What the gateway hands a plug-in: `name` is the operator's name for the provider.

    `now` is the clock. `publish` takes in what the provider learns by itself, without having been asked.
    `callback_url` is where a BrowserConnector's pages send the browser back to. Without `may_create`, which is how
    `switchboard check` opens a plug-in, it creates no files: `check` says whether it could.
    """

    name: str
    http: HttpClient
    tokens: TokenStore
    now: Callable[[], datetime]
    publish: Callable[[Sequence[Entity]], Awaitable[None]]
    callback_url: str
    may_create: bool = True


class Provider(Protocol):
    """A plug-in: a class of this shape, and whichever Protocols of `providers.api.capabilities` its upstream allows.

    Its upstream's lists may lack for `lookup_lag` what was just created: not finding it proves nothing before.
    """

    Settings: ClassVar[type[ProviderSettings]]
    services: ClassVar[tuple[MeetingService, ...]]
    lookup_lag: ClassVar[timedelta]

    def __init__(self, settings: Any, core: Core) -> None: ...

    async def open(self) -> None:
        """Gets ready to be asked. Speaks to no upstream: one that is down must not keep the gateway from starting."""
        ...

    async def aclose(self) -> None:
        """Lets go of everything; may be called twice, and without `open`."""
        ...

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        """Reaches the upstream and says in words what is wrong, for the operator; empty where nothing is."""
        ...
