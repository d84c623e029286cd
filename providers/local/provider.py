"""The embedded provider: all that it can do, by the things that it keeps."""

from datetime import timedelta
from typing import ClassVar

from providers.api import MeetingService, ProviderSettings
from providers.local.account import Accounts
from providers.local.recovery import Lookup
from providers.local.settings import LocalSettings


class LocalProvider(Accounts, Lookup):
    Settings: ClassVar[type[ProviderSettings]] = LocalSettings
    services: ClassVar[tuple[MeetingService, ...]] = (MeetingService.JITSI,)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    async def open(self) -> None:
        """Unavailable, in words, where the file can't be used."""
        if self._core.may_create or self._database.exists:
            await self._database.open()

    async def aclose(self) -> None:
        await self._database.aclose()
