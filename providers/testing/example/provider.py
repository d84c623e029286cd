"""The plug-in: every method is one that a capability's Protocol names."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import ClassVar

from providers.api import (
    Account,
    Attempt,
    ConnectionRequest,
    Contact,
    ContactDraft,
    Core,
    Created,
    Grant,
    LostWrite,
    MeetingService,
    NotAuthorized,
    PhoneNumber,
    ProviderError,
    ProviderSettings,
)
from providers.testing.example import mapping, recovery, wire
from providers.testing.example.client import PER_PAGE, Client
from providers.testing.example.settings import ExampleSettings


class ExampleProvider:
    """Texting with Example: numbers and contacts."""

    Settings: ClassVar[type[ProviderSettings]] = ExampleSettings
    api_version: ClassVar[int] = 1
    services: ClassVar[tuple[MeetingService, ...]] = ()
    lookup_lag: ClassVar[timedelta] = timedelta(0)

    def __init__(self, settings: ExampleSettings, core: Core) -> None:
        self._core = core
        self._client = Client(
            core.http,
            provider=core.name,
            api_url=settings.api_url,
            api_key=settings.api_key.get_secret_value(),
            now=core.now,
        )

    async def open(self) -> None:
        """Nothing to prepare."""

    async def aclose(self) -> None:
        """Nothing to release: `core.http` is the gateway's."""

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        try:
            await self._client.status()
        except ProviderError as error:
            return [error.message]
        return []

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: Attempt) -> Grant:
        await self._client.numbers(request.user_id)
        return Grant(external_id=request.user_id)

    async def list_numbers(self, account: Account) -> list[PhoneNumber]:
        return [mapping.number(account, found) for found in await self._client.numbers(self._user(account))]

    async def list_contacts(self, account: Account) -> AsyncIterator[list[Contact]]:
        async for page in self._contact_pages(account):
            yield [mapping.contact(account, found, self._core.now()) for found in page]

    async def create_contact(self, account: Account, draft: ContactDraft, attempt: Attempt) -> Created[Contact]:
        found, created = await self._client.create_contact(self._user(account), mapping.contact_fields(draft))
        return Created(entity=mapping.contact(account, found, self._core.now()), created=created)

    async def find_contact(self, account: Account, draft: ContactDraft, lost: LostWrite) -> Created[Contact] | None:
        async for page in self._contact_pages(account):
            for found in page:
                if recovery.has_number(found, draft):
                    created = recovery.may_have_created(lost, found, self._client.clock)
                    return Created(entity=mapping.contact(account, found, self._core.now()), created=created)
        return None

    async def _contact_pages(self, account: Account) -> AsyncIterator[list[wire.Contact]]:
        number, is_last = 1, False
        while not is_last:
            page = await self._client.contacts(self._user(account), number)
            yield page
            number, is_last = number + 1, len(page) < PER_PAGE

    def _user(self, account: Account) -> str:
        if account.external_id is None:
            raise NotAuthorized("The account is not connected. Connect it again.", provider=self._core.name)
        return account.external_id
