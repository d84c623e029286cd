"""Accounts: register a user; connect, refresh and disconnect an account."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Self

from gateway.accounts.lifecycle import new_account
from gateway.accounts.return_urls import is_allowed
from gateway.events.recorder import Record
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.validation.fields import (
    MAX_NAME,
    Faults,
    email,
    identifier,
    limited_text,
    password,
    required_text,
)
from gateway.mutations.write import Done, Write
from providers.api.capabilities import (
    AccountDisconnector,
    AccountRefresher,
    BrowserConnector,
    Grant,
    TokenConnector,
    UserRegistrar,
)
from providers.domain.changes import ChangeKind
from providers.domain.commands import ConnectAccount, DisconnectAccount, RefreshAccount, RegisterUser
from providers.domain.drafts import ConnectionRequest, UserDraft
from providers.domain.entities import Account, AccountStatus
from providers.domain.errors import Conflict, InvalidInput, NotSupported
from providers.domain.results import Connecting
from providers.domain.viewer import is_user_id
from providers.upstreams import Upstream

_MAX_TOKEN_LENGTH = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUserWrite(Write[None]):
    repeatable: ClassVar[bool] = True
    draft: UserDraft
    registrar: UserRegistrar

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: RegisterUser, _: datetime) -> Self:
        upstream = preconditions.upstream(command.provider)
        registrar = upstream.require(UserRegistrar)
        faults = Faults()
        draft = UserDraft(
            first_name=required_text(faults, command.first_name, MAX_NAME, "firstName"),
            last_name=required_text(faults, command.last_name, MAX_NAME, "lastName"),
            email=email(faults, command.email, "email"),
            company=required_text(faults, command.company, MAX_NAME, "company"),
            password=password(faults, command.password),
        )
        faults.raise_if_any()
        return cls(provider=upstream.name, draft=draft, registrar=registrar)

    @staticmethod
    def result(_: Done) -> None:
        return None

    async def call(self, attempt: str) -> None:
        await self.registrar.register_user(self.draft, attempt)

    async def repeat(self, attempt: str) -> None:
        # Providers can't list users, but refuse a second one with the same address: then the lost call registered it.
        with suppress(Conflict):
            await self.call(attempt)

    async def store(self, _: Record, __: None) -> Done:
        return Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectAccountWrite(Write[Grant | None]):
    """A connection, at once with the tokens of the request, or else in the user's browser.

    Without a `connector` the account is stored as PENDING, and the browser connects it from the page of a ticket.
    """

    repeatable: ClassVar[bool] = True
    services: MutationServices
    account: Account
    request: ConnectionRequest
    return_url: str | None
    connector: TokenConnector | None

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: ConnectAccount, _: datetime) -> Self:
        user_id = command.user_id or preconditions.viewer.user_id
        if user_id != preconditions.viewer.user_id:
            preconditions.viewer.require("admin")
        upstream = preconditions.upstream(command.provider)
        request = _connection_request(command, user_id, preconditions.services.return_urls)
        account, connector = new_account(upstream.name, user_id), upstream.can(TokenConnector)
        if connector is None:
            _check_browser_connection(upstream, request)
            account = replace(account, service=request.service)
        return cls(
            services=preconditions.services,
            provider=upstream.name,
            account=account,
            request=request,
            return_url=command.return_url,
            connector=connector,
        )

    @staticmethod
    def result(done: Done) -> Connecting:
        return Connecting(account=done.entity_of(Account), authorization_url=done.authorization_url)

    async def call(self, attempt: str) -> Grant | None:
        if self.connector is None:
            return None
        return await self.connector.connect_account(self.account, self.request, attempt)

    async def store(self, record: Record, result: Grant | None) -> Done:
        if result is not None:
            return Done(entity=await self.services.lifecycle.connected(record, self.account, result))
        await self.services.store.accounts.put(record.transaction, self.account)
        record.announce_accounts([self.account], ChangeKind.ADDED)
        url = await self.services.tickets.issue(record.transaction, self.account, self.return_url)
        return Done(entity=self.account, authorization_url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshAccountWrite(Write[Grant]):
    services: MutationServices
    account: Account
    refresher: AccountRefresher

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: RefreshAccount, _: datetime) -> Self:
        account = await preconditions.account(command.account_id)
        refresher = preconditions.upstream_of(account).require(AccountRefresher)
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            refresher=refresher,
        )

    @staticmethod
    def result(done: Done) -> Account:
        return done.entity_of(Account)

    async def call(self, attempt: str) -> Grant:
        return await self.refresher.refresh_account(self.account, attempt)

    async def store(self, record: Record, result: Grant) -> Done:
        return Done(entity=await self.services.lifecycle.renewed(record, self.account, result))


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectAccountWrite(Write[None]):
    repeatable: ClassVar[bool] = True
    services: MutationServices
    account: Account
    preconditions: Preconditions

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: DisconnectAccount, _: datetime) -> Self:
        account = await preconditions.account(command.account_id)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            preconditions=preconditions,
        )

    @staticmethod
    def result(done: Done) -> Account:
        return done.entity_of(Account)

    async def call(self, attempt: str) -> None:
        # The provider has no connection of an account that is PENDING or DISCONNECTED. Such an account can be
        # disconnected even if its provider is no longer configured, so the provider is looked up only here.
        if self.account.status in (AccountStatus.DISCONNECTED, AccountStatus.PENDING):
            return
        disconnector = self.preconditions.upstream_of(self.account).require(AccountDisconnector)
        await disconnector.disconnect_account(self.account, attempt)

    async def store(self, record: Record, _: None) -> Done:
        if self.account.status is AccountStatus.DISCONNECTED:
            return Done(entity=self.account)
        return Done(entity=await self.services.lifecycle.disconnected(record, self.account))


def _connection_request(command: ConnectAccount, user_id: str, return_urls: Sequence[str]) -> ConnectionRequest:
    faults = Faults()
    if identifier(faults, user_id, MAX_NAME, "userId") is not None and not is_user_id(user_id):
        faults.add("userId is empty.", "userId")
    service = faults.readable(command.service, "service")
    limited_text(faults, command.id_token, _MAX_TOKEN_LENGTH, "idToken")
    limited_text(faults, command.refresh_token, _MAX_TOKEN_LENGTH, "refreshToken")
    if command.return_url is not None and not is_allowed(command.return_url, return_urls):
        faults.add("returnUrl is not below a URL that the operator allows.", "returnUrl")
    faults.raise_if_any()
    return ConnectionRequest(
        user_id=user_id, service=service, id_token=command.id_token, refresh_token=command.refresh_token
    )


def _check_browser_connection(upstream: Upstream, request: ConnectionRequest) -> None:
    connector = upstream.can(BrowserConnector)
    if connector is None:
        raise NotSupported(f"{upstream.name} connects no accounts.", provider=upstream.name)
    error = connector.connection_request_error(request)
    if error is not None:
        raise InvalidInput(error, path=("input", "service"), provider=upstream.name)
