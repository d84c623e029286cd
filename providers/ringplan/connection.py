"""Accounts: registered, connected, renewed, and let go."""

import re

from providers.api import (
    Account,
    ConnectionRequest,
    Core,
    Grant,
    HostClock,
    InvalidInput,
    MeetingService,
    NotAuthorized,
    NotSupported,
    UserDraft,
)
from providers.ringplan.client import Client
from providers.ringplan.errors import TokenRefused
from providers.ringplan.mapping import Reading
from providers.ringplan.session import Session
from providers.ringplan.settings import RingPlanSettings
from providers.ringplan.tokens import (
    ID_TOKEN,
    Credentials,
    can_be_renewed,
    connection_ends_at,
    credentials_of,
    is_expired,
    mail_address,
)

_TOKEN = re.compile(r"[\x21-\x7e]+")


class Connection:
    """What all of the provider stands on: its settings, its client and a session on behalf of accounts."""

    def __init__(self, settings: RingPlanSettings, core: Core) -> None:
        self._settings = settings
        self._core = core
        self._client = Client(
            core.http,
            provider=core.name,
            api_url=settings.api_url,
            login_url=settings.login_url,
            now=core.now,
            operator_secrets=() if settings.register_key is None else (settings.register_key.get_secret_value(),),
        )
        self._session = Session(core.name, self._client, core.tokens, core.now)

    async def register_user(self, draft: UserDraft, attempt: str) -> None:
        if self._settings.register_key is None:
            raise NotSupported("No register_key is configured.", provider=self._core.name)
        user = {
            "first_name": draft.first_name,
            "last_name": draft.last_name,
            "email": draft.email,
            "company": draft.company,
            "key": self._settings.register_key.get_secret_value(),
        }
        await self._client.register(user if draft.password is None else {**user, "pwd": draft.password})

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: str) -> Grant:
        """Takes the two tokens of the show-token page (R2). `external_id` is the mail address in the id_token."""
        id_token = self._pasted(request.id_token, "idToken")
        refresh_token = self._pasted(request.refresh_token, "refreshToken")
        credentials = await self._proven(credentials_of(id_token, refresh_token, self._core.now()))
        return Grant(
            external_id=mail_address(credentials),
            service=MeetingService.JITSI,
            expires_at=connection_ends_at(credentials),
            credentials=credentials,
        )

    async def refresh_account(self, account: Account, attempt: str) -> Grant:
        credentials = await self._session.renew(account)
        if not can_be_renewed(credentials):
            message = "RingPlan did not answer: connect again before the present token runs out."
            raise NotAuthorized(message, provider=self._core.name)
        return Grant(
            external_id=mail_address(credentials) or account.external_id,
            service=MeetingService.JITSI,
            expires_at=connection_ends_at(credentials),
        )

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        """Sends nothing: RingPlan knows no way to revoke tokens. The gateway forgets them."""

    async def calendar_authorization_url(self, account: Account) -> str:
        return await self._session.call(account, self._client.calendar_authorization_url)

    async def _proven(self, credentials: Credentials) -> Credentials:
        """The tokens if a call goes through with them, else those that the refresh_token is good for."""
        if not is_expired(credentials, self._core.now()):
            try:
                await self._client.numbers(credentials[ID_TOKEN])
            except TokenRefused:
                return await self._session.renewed(credentials)
            return credentials
        return await self._session.renewed(credentials)

    @property
    def _clock(self) -> HostClock:
        """RingPlan's."""
        return self._core.http.clock(self._settings.api_url)

    def _reading(self, account: Account) -> Reading:
        return Reading(account, self._core.now())

    def _pasted(self, value: str | None, field: str) -> str:
        token = (value or "").strip().strip('"')
        if not _TOKEN.fullmatch(token):
            raise InvalidInput(
                f"RingPlan needs {field}, as its show-token page shows it.",
                provider=self._core.name,
                path=("input", field),
            )
        return token
