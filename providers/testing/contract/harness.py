"""Requirements of the contract kit: providers on a real upstream, and one connected account."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TypeVar

import pytest

from providers.api import Account, Capability, ContactDraft, Core, MeetingDraft, Participant, Provider
from providers.testing.faults import SandboxFaults

P = TypeVar("P")

_FICTIONAL = count(100)
_SERIAL = count(1)


async def _fictional_number() -> str:
    return f"+12025550{next(_FICTIONAL)}"


@dataclass(frozen=True, kw_only=True)
class Harness:
    """A plug-in under test.

    `make` returns a provider that is not open, always on the same upstream, with the same settings and `core`;
    `provider` is one of those, open. `account` is CONNECTED and has its credentials in `core.tokens`.
    `capabilities` are those that the plug-in's documentation promises.

    `texting_number` returns a new number that messages may be sent to. `unknown_id` has the format of the upstream's
    ids and belongs to no object. `secrets` are keys, tokens and passwords that must appear in no error, log or repr.

    An upstream that is reached over HTTP is wrapped in `faults`, on a real socket, and `core.http` has short timeouts
    (`providers.testing.core.IMPATIENT`), so that the kit can make it fail and count its calls. If access tokens expire,
    `expire_token` expires the account's current one and `refreshes` counts the upstream's token refreshes.
    """

    core: Core
    make: Callable[[], Provider]
    provider: Provider
    account: Account
    capabilities: frozenset[Capability]
    texting_number: Callable[[], Awaitable[str]] = _fictional_number
    unknown_id: str = "0"
    secrets: tuple[str, ...] = ()
    faults: SandboxFaults | None = None
    expire_token: Callable[[], Awaitable[None]] | None = None
    refreshes: Callable[[], int] | None = None

    def meeting_draft(self, **changes: object) -> MeetingDraft:
        """Return a meeting tomorrow, of half an hour, with a unique title."""
        start = self.core.now().replace(second=0, microsecond=0) + timedelta(days=1)
        fields: dict[str, object] = {
            "title": f"Review {next(_SERIAL)}",
            "start_time": start,
            "end_time": start + timedelta(minutes=30),
            "time_zone": "Europe/Berlin",
            "participants": (Participant(email="ada@example.com", first_name="Ada", last_name="Bulkhead"),),
        }
        return MeetingDraft(**(fields | changes))  # type: ignore[arg-type]

    async def contact_draft(self) -> ContactDraft:
        number = await self.texting_number()
        return ContactDraft(first_name="Ben", last_name=f"Moor {next(_SERIAL)}", number=number, e164=number)

    def able(self, protocol: type[P], provider: Provider | None = None) -> P:
        """Return the provider, or another that `make` made, as `protocol`; skip the test if it lacks the capability."""
        found = provider or self.provider
        if not isinstance(found, protocol):
            pytest.skip(f"the plug-in does not implement {protocol.__name__}")
        return found

    def need_http(self) -> SandboxFaults:
        """Return the upstream's fault injection; skip the test if it is not reached over HTTP."""
        if self.faults is None:
            pytest.skip("the upstream is not reached over HTTP")
        return self.faults
