"""Accounts: the type, its queries and its mutations."""

from datetime import datetime
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.capabilities import Capability
from providers.domain.commands import ConnectAccount, DisconnectAccount, RefreshAccount, RegisterUser, Unreadable
from providers.domain.identity import account_key
from providers.domain.pages import PageRequest
from resolvers.connection import After, Before, Connection, First, Last, Listing, page_request
from resolvers.contact import Contact, ContactFilterArgument, ContactOrder, ContactOrderArgument, read_contacts
from resolvers.conversation import (
    Conversation,
    ConversationFilterArgument,
    ConversationOrder,
    ConversationOrderArgument,
    read_conversations,
)
from resolvers.field import Info, computed, idempotency_key_field, loaded, optional, resolved
from resolvers.filter import AccountFilter
from resolvers.meeting import Meeting, MeetingFilterArgument, MeetingOrder, MeetingOrderArgument, read_meetings
from resolvers.node import Node
from resolvers.phone_number import PhoneNumber
from resolvers.provider import Provider, capabilities_of, provider_of
from resolvers.user_error import USER_ERRORS, UserError, outcome

ACCOUNTS = "accounts"
"""The name of the list of accounts in cursors."""

AccountFilterArgument = Annotated[
    AccountFilter | None, strawberry.argument(description="Which accounts to return; all by default.")
]


@strawberry.type(description="A user's connection to a provider.")
class Account(Node):
    provider = computed(provider_of, type=Provider, description="The provider of the account.")
    external_id: str | None = strawberry.field(description="The provider's id of the account: Medixcel's iAccountId.")
    user_id: str = strawberry.field(description="The id of the account's user in the operator's system.")
    service: entities.MeetingService | None = strawberry.field(
        description="The meeting service of the account: Medixcel's connection_type. Null if the account is for "
        "texting only."
    )
    status: entities.AccountStatus = strawberry.field(description="The state of the connection.")
    connected_at: datetime | None = strawberry.field(description="The time of the last connection.")
    expires_at: datetime | None = strawberry.field(
        description="The time at which the connection expires unless it is used or renewed; null if it doesn't expire."
    )
    capabilities = computed(
        capabilities_of,
        type=list[Capability],
        description="The features that the account can use. At some providers they are fewer than the provider's.",
    )
    calendar_authorization_url = loaded(
        lambda load: load.calendar_authorization_url_by_account_key,
        key=lambda account: account.key,
        type=str | None,
        description="The URL at which the user lets the provider write to their calendar (RingPlan: R18).",
    )
    phone_numbers = loaded(
        lambda load: load.phone_numbers_by_account_key,
        key=lambda account: account.key,
        type=list[PhoneNumber] | None,
        description="The account's phone numbers, from which it sends messages.",
        null_is_error=True,
    )

    unread_conversations = loaded(
        lambda load: load.unread_conversations_by_account_key,
        key=lambda account: account.key,
        type=int | None,
        description="The number of conversations with inbound messages that the viewer has not read; null if the "
        "provider has no conversations.",
    )

    @resolved(type=Connection[Meeting] | None, description="The account's meetings.", null_is_error=True)
    @staticmethod
    async def meetings(
        account: strawberry.Parent[entities.Account],
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: MeetingFilterArgument = None,
        order_by: MeetingOrderArgument = MeetingOrder.START_TIME_ASC,
    ) -> Listing[entities.Meeting]:
        order = order_by or MeetingOrder.START_TIME_ASC
        request = page_request(order.listing, first, after, last, before)
        return await read_meetings(info, order, filter, request, within=account.key)

    @resolved(
        type=Connection[Contact] | None, description="The contacts in the account's address book.", null_is_error=True
    )
    @staticmethod
    async def contacts(
        account: strawberry.Parent[entities.Account],
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ContactFilterArgument = None,
        order_by: ContactOrderArgument = ContactOrder.CREATED_DESC,
    ) -> Listing[entities.Contact]:
        order = order_by or ContactOrder.CREATED_DESC
        request = page_request(order.listing, first, after, last, before)
        return await read_contacts(info, order, filter, request, within=account.key)

    @resolved(type=Connection[Conversation] | None, description="The account's conversations.", null_is_error=True)
    @staticmethod
    async def conversations(
        account: strawberry.Parent[entities.Account],
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ConversationFilterArgument = None,
        order_by: ConversationOrderArgument = ConversationOrder.CREATED_DESC,
    ) -> Listing[entities.Conversation]:
        order = order_by or ConversationOrder.CREATED_DESC
        request = page_request(order.listing, first, after, last, before)
        return await read_conversations(info, order, filter, request, within=account.key)


@strawberry.type
class AccountQuery:
    @resolved(
        type=Account | None, description="An account by its id; null if it is unknown or belongs to another user."
    )
    async def account(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The account's id.")]
    ) -> entities.Account | None:
        key = account_key(id)
        return None if key is None else await info.context.load.account_by_key.load(key)

    @resolved(
        type=Connection[Account], description="The viewer's accounts; with the scope admin, the accounts of all users."
    )
    async def accounts(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: AccountFilterArgument = None,
    ) -> Listing[entities.Account]:
        return await read_accounts(info, filter, page_request(ACCOUNTS, first, after, last, before))


async def read_accounts(
    info: Info, filter: AccountFilter | None, request: PageRequest, of_user: str | None = None
) -> Listing[entities.Account]:
    """Return a page of accounts; with `of_user`, of that user's at most."""
    criteria = (filter or AccountFilter()).criteria(of_user)
    return Listing(ACCOUNTS, await info.context.read.accounts(criteria, request))


@strawberry.input(description="A user to create at a provider.")
class RegisterUserInput:
    provider: str = strawberry.field(description="The provider's name, as `providers` lists it.")
    first_name: str = strawberry.field(description="The user's given name.")
    last_name: str = strawberry.field(description="The user's family name.")
    email: str = strawberry.field(description="The user's mail address, with which they sign in.")
    company: str = strawberry.field(description="The user's company.")
    password: str | None = optional("The password to sign in with; chosen by the provider by default.", secret=True)
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> RegisterUser:
        return RegisterUser(
            provider=self.provider,
            first_name=self.first_name,
            last_name=self.last_name,
            email=self.email,
            company=self.company,
            password=self.password,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(
    description="An account to connect. medixcel needs service (ZOOM or GOOGLE_MEET); ringplan needs "
    "idToken and refreshToken from its show-token page; local needs neither."
)
class ConnectAccountInput:
    provider: str = strawberry.field(description="The provider's name, as `providers` lists it.")
    user_id: str | None = optional(
        "The id of the account's user; the viewer by default. Another user's id needs the scope admin."
    )
    service: entities.MeetingService | Unreadable | None = optional(
        "The meeting service to connect, if the provider has several.", type=entities.MeetingService | None
    )
    id_token: str | None = optional("The user's ID token, if the provider issues tokens to the user.", secret=True)
    refresh_token: str | None = optional("The refresh token issued with idToken.", secret=True)
    return_url: str | None = optional(
        "The URL to which the user's browser returns after authorizationUrl. It has to lie below "
        "one of the URLs that the operator allows."
    )
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> ConnectAccount:
        return ConnectAccount(
            provider=self.provider,
            user_id=self.user_id,
            service=self.service,
            id_token=self.id_token,
            refresh_token=self.refresh_token,
            return_url=self.return_url,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="An account whose tokens to refresh.")
class RefreshAccountInput:
    account_id: strawberry.ID = strawberry.field(description="The account's id.")

    def to_command(self) -> RefreshAccount:
        return RefreshAccount(
            account_id=self.account_id,
        )


@strawberry.input(description="An account to disconnect.")
class DisconnectAccountInput:
    account_id: strawberry.ID = strawberry.field(description="The account's id.")
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> DisconnectAccount:
        return DisconnectAccount(
            account_id=self.account_id,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The result of registerUser.")
class RegisterUserPayload:
    registered: bool = strawberry.field(description="Whether the user exists at the provider now.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class AccountPayload:
    account: entities.Account | None = strawberry.field(
        graphql_type=Account | None, description="The account after the mutation."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="The result of connectAccount.")
class ConnectAccountPayload(AccountPayload):
    authorization_url: str | None = strawberry.field(
        description="The URL to send the user's browser to; the account is PENDING until the browser returns. "
        "Null if the account is connected already."
    )


@strawberry.type(description="The result of refreshAccount.")
class RefreshAccountPayload(AccountPayload):
    pass


@strawberry.type(description="The result of disconnectAccount.")
class DisconnectAccountPayload(AccountPayload):
    pass


@strawberry.type
class AccountMutation:
    @resolved(type=RegisterUserPayload, description="Create a user at a provider (RingPlan: R1).")
    async def register_user(
        self, info: Info, input: Annotated[RegisterUserInput, strawberry.argument(description="The user to create.")]
    ) -> RegisterUserPayload:
        _, errors = await outcome(info.context.write.run(input.to_command()))
        return RegisterUserPayload(registered=not errors, user_errors=errors)

    @resolved(
        type=ConnectAccountPayload,
        description="Connect an account: at once if the provider needs no browser, otherwise by sending the "
        "user to authorizationUrl.",
    )
    async def connect_account(
        self,
        info: Info,
        input: Annotated[ConnectAccountInput, strawberry.argument(description="The account to connect.")],
    ) -> ConnectAccountPayload:
        connecting, errors = await outcome(info.context.write.run(input.to_command()))
        if connecting is None:
            return ConnectAccountPayload(account=None, authorization_url=None, user_errors=errors)
        return ConnectAccountPayload(
            account=connecting.account, authorization_url=connecting.authorization_url, user_errors=errors
        )

    @resolved(
        type=RefreshAccountPayload,
        description="Refresh the account's tokens now. The gateway refreshes them by itself when they expire.",
    )
    async def refresh_account(
        self, info: Info, input: Annotated[RefreshAccountInput, strawberry.argument(description="The account.")]
    ) -> RefreshAccountPayload:
        account, errors = await outcome(info.context.write.run(input.to_command()))
        return RefreshAccountPayload(account=account, user_errors=errors)

    @resolved(
        type=DisconnectAccountPayload,
        description="Disconnect an account, here and at the provider. Succeeds if it is disconnected already.",
    )
    async def disconnect_account(
        self, info: Info, input: Annotated[DisconnectAccountInput, strawberry.argument(description="The account.")]
    ) -> DisconnectAccountPayload:
        account, errors = await outcome(info.context.write.run(input.to_command()))
        return DisconnectAccountPayload(account=account, user_errors=errors)
