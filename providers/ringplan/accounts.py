"""Accounts: registered (R1), connected with pasted tokens (R2), refreshed (R3)."""

import re

from providers.api import (
    Account,
    ConnectionRequest,
    Core,
    Grant,
    InvalidInput,
    MeetingService,
    NotAuthorized,
    NotSupported,
    UserDraft,
)
from providers.ringplan.client import Client
from providers.ringplan.errors import TokenRefused
from providers.ringplan.session import Session
from providers.ringplan.settings import RingPlanSettings
from providers.ringplan.tokens import (
    ID_TOKEN,
    Credentials,
    can_be_refreshed,
    connection_expires_at,
    credentials_of,
    is_expired,
    mail_address,
)

_TOKEN = re.compile(r"[\x21-\x7e]+")


class Accounts:
    """Register users, and connect and refresh their accounts."""

    def __init__(self, settings: RingPlanSettings, client: Client, session: Session, core: Core) -> None:
        self._register_key = settings.register_key
        self._client = client
        self._session = session
        self._core = core

    async def register_user(self, draft: UserDraft) -> None:
        if self._register_key is None:
            raise NotSupported("This needs the setting register_key.", provider=self._core.name)
        user = {
            "first_name": draft.first_name,
            "last_name": draft.last_name,
            "email": draft.email,
            "company": draft.company,
            "key": self._register_key.get_secret_value(),
        }
        await self._client.register(user if draft.password is None else {**user, "pwd": draft.password})

    async def connect_account(self, request: ConnectionRequest) -> Grant:
        """Take the two tokens of the show-token page (R2). `external_id` is the mail address in the id_token."""
        id_token = self._validated(request.id_token, "idToken")
        refresh_token = self._validated(request.refresh_token, "refreshToken")
        credentials = await self._verified(credentials_of(id_token, refresh_token, self._core.now()))
        return Grant(
            external_id=mail_address(credentials),
            service=MeetingService.JITSI,
            expires_at=connection_expires_at(credentials),
            credentials=credentials,
        )

    async def refresh_account(self, account: Account) -> Grant:
        credentials = await self._session.refresh(account)
        if not can_be_refreshed(credentials):
            message = "RingPlan did not respond. Connect the account again before its current token expires."
            raise NotAuthorized(message, provider=self._core.name)
        return Grant(
            external_id=mail_address(credentials) or account.external_id,
            service=MeetingService.JITSI,
            expires_at=connection_expires_at(credentials),
        )

    async def _verified(self, credentials: Credentials) -> Credentials:
        """Return the credentials if RingPlan accepts the id_token, else those that the refresh_token yields."""
        if not is_expired(credentials, self._core.now()):
            try:
                await self._client.numbers(credentials[ID_TOKEN])
            except TokenRefused:
                return await self._session.refreshed(credentials)
            return credentials
        return await self._session.refreshed(credentials)

    def _validated(self, value: str | None, field: str) -> str:
        # Users copy tokens with the quotes and the white space around them.
        token = (value or "").strip().strip('"')
        if not _TOKEN.fullmatch(token):
            raise InvalidInput(
                f"RingPlan needs {field}: copy it from its show-token page.",
                provider=self._core.name,
                path=("input", field),
            )
        return token
