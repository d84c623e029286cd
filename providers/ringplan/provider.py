"""RingPlan as a provider."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from providers.api import Account, MeetingService, NotAuthorized, ProviderError, ProviderSettings
from providers.ringplan.checkup import host_fault
from providers.ringplan.recovery import Lookup
from providers.ringplan.settings import RingPlanSettings


class RingPlanProvider(Lookup):
    """Its upstream offers no way to read one event, to move or cancel one, or to delete a contact."""

    Settings: ClassVar[type[ProviderSettings]] = RingPlanSettings
    services: ClassVar[tuple[MeetingService, ...]] = (MeetingService.JITSI,)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    async def open(self) -> None:
        """Nothing to get ready."""

    async def aclose(self) -> None:
        """Nothing to let go of: the HTTP client is the core's."""

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        api, login = await asyncio.gather(
            host_fault("api_url", self._settings.api_url, self._client.numbers_unauthorized),
            host_fault("login_url", self._settings.login_url, self._client.show_token),
        )
        faults = [fault for fault in (api, login) if fault]
        if api is None:
            faults += [fault for account in accounts if (fault := await self._account_fault(account))]
        return faults

    async def _account_fault(self, account: Account) -> str | None:
        try:
            await self._session.call(account, self._client.numbers)
        except NotAuthorized:
            return (
                f"Account {account.key} of user {account.user_id}: its tokens are dead; it has to be connected again."
            )
        except ProviderError as error:
            return f"Account {account.key} of user {account.user_id}: {error.message}"
        return None
