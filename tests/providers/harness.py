"""What a plug-in brings to the contract kit: itself on a real upstream, and one connected account."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TypeVar

import pytest

from providers.api.provider import Core, Provider
from providers.domain.capabilities import Capability
from providers.domain.drafts import ContactDraft, MeetingDraft
from providers.domain.entities import Account, Participant
from providers.testing.faults import SandboxFaults

P = TypeVar("P")

_FICTIONAL = count(100)
_SERIAL = count(1)


async def _fictional_number() -> str:
    return f"+12025550{next(_FICTIONAL)}"


@dataclass(frozen=True, kw_only=True)
class Harness:
    """A plug-in under test.

    `make` gives a provider that was not opened, always on the same upstream, with the same settings and `core`;
    `provider` is one of those, open. `account` is CONNECTED: its credentials are with `core.tokens`.
    `capabilities` are those that the project promises for the plug-in.

    `texting_number` gives a number that was not given before and that messages may be sent to. `unknown_id` has the
    form of the upstream's ids and is none. `secrets` may show up nowhere: keys, tokens, passwords.

    An upstream that is reached over HTTP stands behind `faults`, on a real socket, and `core.http` has short timeouts
    (`tests.providers.core.IMPATIENT`); so the kit can make it fail and count its calls. One whose access tokens run out
    also has `expire_token`, which makes the account's current one too old, and `refreshes`, which counts the upstream's
    calls for new ones.
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
        """A meeting tomorrow, of half an hour, with a title of its own."""
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
        """The provider, or another one that `make` made, as one with a capability; skips the test where it has none."""
        found = provider or self.provider
        if not isinstance(found, protocol):
            pytest.skip(f"the plug-in is no {protocol.__name__}")
        return found

    def need_http(self) -> SandboxFaults:
        """The way to make the upstream fail; skips the test where it is not reached over HTTP."""
        if self.faults is None:
            pytest.skip("the upstream is not reached over HTTP")
        return self.faults
