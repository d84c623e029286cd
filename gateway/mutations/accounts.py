"""Accounts: register, connect, refresh, disconnect."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from gateway.accounts.lifecycle import AccountLifecycle, new_account
from gateway.accounts.return_urls import is_allowed
from gateway.accounts.tickets import TicketIssuer
from gateway.events.recorder import Record
from gateway.mutations.operation import Done, Write
from gateway.mutations.preconditions import Preconditions
from gateway.mutations.validation.faults import Faults
from gateway.mutations.validation.text import MAX_NAME, email, identifier, limited_text, password, required_text
from gateway.storage import Store
from providers.api.capabilities import (
    AccountDisconnector,
    AccountRefresher,
    BrowserConnector,
    Grant,
    TokenConnector,
    UserRegistrar,
)
from providers.domain.drafts import ConnectionRequest, UserDraft
from providers.domain.entities import Account, AccountStatus
from providers.domain.errors import Conflict, InvalidInput, NotSupported
from providers.upstreams import Upstream
from resolvers.inputs import ConnectAccountInput, DisconnectAccountInput, RefreshAccountInput, RegisterUserInput

_MAX_TOKEN_LENGTH = 16_384


@dataclass(frozen=True, slots=True)
class AccountWrites:
    desk: Preconditions
    store: Store
    keeping: AccountLifecycle
    tickets: TicketIssuer
    return_urls: Sequence[str]

    async def register(self, input: RegisterUserInput, _: datetime) -> Write:
        upstream = self.desk.upstream(input.provider)
        registrar = upstream.require(UserRegistrar)
        faults = Faults()
        draft = UserDraft(
            first_name=required_text(faults, input.first_name, MAX_NAME, "firstName"),
            last_name=required_text(faults, input.last_name, MAX_NAME, "lastName"),
            email=email(faults, input.email, "email"),
            company=required_text(faults, input.company, MAX_NAME, "company"),
            password=password(faults, input.password),
        )
        faults.raise_if_any()
        return Write(
            provider=upstream.name,
            act=partial(registrar.register_user, draft),
            keep=_keep_nothing,
            again=partial(_register_again, registrar, draft),
        )

    async def connect(self, input: ConnectAccountInput, _: datetime) -> Write:
        user_id = input.user_id or self.desk.viewer.user_id
        if user_id != self.desk.viewer.user_id:
            self.desk.viewer.require("admin")
        upstream = self.desk.upstream(input.provider)
        request = self._request(input, user_id)
        if (at_once := upstream.can(TokenConnector)) is not None:
            account = new_account(upstream.name, user_id)
            act = partial(at_once.connect_account, account, request)
            return Write(provider=upstream.name, act=act, keep=partial(self._keep_connected, account), again=act)
        if (by_browser := upstream.can(BrowserConnector)) is not None:
            return self._send_away(upstream, by_browser, request, input.return_url)
        raise NotSupported(f"{upstream.name} connects no accounts.", provider=upstream.name)

    async def refresh(self, input: RefreshAccountInput, _: datetime) -> Write:
        account = await self.desk.account(input.account_id)
        refresher = self.desk.behind(account).require(AccountRefresher)
        self.desk.check_connected(account)
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=partial(refresher.refresh_account, account),
            keep=partial(self._keep_refreshed, account),
        )

    async def disconnect(self, input: DisconnectAccountInput, _: datetime) -> Write:
        account = await self.desk.account(input.account_id)
        act, keep = partial(self._disconnect, account), partial(self._keep_disconnected, account)
        return Write(provider=account.provider, account_key=account.key, act=act, keep=keep, again=act)

    def _request(self, input: ConnectAccountInput, user_id: str) -> ConnectionRequest:
        faults = Faults()
        if identifier(faults, user_id, MAX_NAME, "userId") == "":
            faults.add("userId is empty.", "userId")
        limited_text(faults, input.id_token, _MAX_TOKEN_LENGTH, "idToken")
        limited_text(faults, input.refresh_token, _MAX_TOKEN_LENGTH, "refreshToken")
        if input.return_url is not None and not is_allowed(input.return_url, self.return_urls):
            faults.add("returnUrl is under none of the URLs that the operator allows.", "returnUrl")
        faults.raise_if_any()
        return ConnectionRequest(
            user_id=user_id, service=input.service, id_token=input.id_token, refresh_token=input.refresh_token
        )

    def _send_away(
        self, upstream: Upstream, connector: BrowserConnector, request: ConnectionRequest, return_url: str | None
    ) -> Write:
        fault = connector.connection_request_error(request)
        if fault is not None:
            raise InvalidInput(fault, path=("input", "service"), provider=upstream.name)
        account = replace(new_account(upstream.name, request.user_id), service=request.service)

        async def act(_: str) -> Account:
            return account

        return Write(provider=upstream.name, act=act, keep=partial(self._keep_pending, return_url), again=act)

    async def _keep_pending(self, return_url: str | None, record: Record, account: Account) -> Done:
        await self.store.accounts.put(record.transaction, account)
        record.announce_accounts([account])
        url = await self.tickets.issue(record.transaction, account, return_url)
        return Done(entity=account, authorization_url=url)

    async def _keep_connected(self, account: Account, record: Record, grant: Grant) -> Done:
        return Done(entity=await self.keeping.connected(record, account, grant))

    async def _keep_refreshed(self, account: Account, record: Record, grant: Grant) -> Done:
        return Done(entity=await self.keeping.renewed(record, account, grant))

    async def _disconnect(self, account: Account, attempt: str) -> None:
        """Asks the provider, where it knows of a connection: one that is ended or never came about it doesn't."""
        if account.status in (AccountStatus.DISCONNECTED, AccountStatus.PENDING):
            return
        await self.desk.behind(account).require(AccountDisconnector).disconnect_account(account, attempt)

    async def _keep_disconnected(self, account: Account, record: Record, _: None) -> Done:
        if account.status is AccountStatus.DISCONNECTED:
            return Done(entity=account)
        return Done(entity=await self.keeping.disconnected(record, account))


async def _register_again(registrar: UserRegistrar, draft: UserDraft, attempt: str) -> None:
    """Nobody can look for a user, but there is one of an address at the most: where it is there, it is registered."""
    with suppress(Conflict):
        await registrar.register_user(draft, attempt)


async def _keep_nothing(_: Record, __: None) -> Done:
    return Done()
