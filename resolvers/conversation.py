"""Conversations: the type, its queries and its mutation."""

from datetime import datetime
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.commands import CreateConversation
from providers.domain.entities import object_key
from providers.domain.errors import ErrorCode
from resolvers.connection import After, Before, Connection, Edge, First, Last, Listing, page_request
from resolvers.field import (
    ACCOUNT,
    CONTACT,
    Info,
    OfAccount,
    ResolveInfo,
    batched,
    edge,
    idempotency_key_field,
    loaded,
    paged,
    resolved,
)
from resolvers.filter import ConversationFilter
from resolvers.message import Message
from resolvers.node import Node
from resolvers.user_error import USER_ERRORS, UserError, outcome


def _contact_key(conversation: entities.Conversation) -> tuple[str, str] | None:
    external_id = conversation.contact_external_id
    return None if external_id is None else (conversation.account_key, external_id)


def _can_send(_: entities.Conversation, account: entities.Account | None, info: ResolveInfo) -> bool:
    return account is not None and info.context.write.send_refusal(account) is None


def _cannot_send_reason(
    _: entities.Conversation, account: entities.Account | None, info: ResolveInfo
) -> ErrorCode | None:
    return ErrorCode.NOT_FOUND if account is None else info.context.write.send_refusal(account)


@strawberry.type(description="The messages between one of an account's numbers and one contact.")
class Conversation(Node):
    account = loaded(
        lambda load: load.account_by_key,
        key=lambda conversation: conversation.account_key,
        type=ACCOUNT,
        description="The account of the conversation.",
    )
    external_id: str = strawberry.field(description="The provider's id of the conversation.")
    contact = loaded(
        lambda load: load.contact_by_id,
        key=_contact_key,
        type=CONTACT | None,
        description="The contact; null if the provider doesn't return it or has deleted it.",
    )
    from_number: str = strawberry.field(description="The account's phone number in this conversation.")
    can_send = batched(
        OfAccount(_can_send), type=bool, description="Whether sendMessage can work now, with valid input."
    )
    cannot_send_reason = batched(
        OfAccount(_cannot_send_reason),
        type=ErrorCode | None,
        description="The code that sendMessage is refused with now; null if it can work.",
    )
    synced_at: datetime = strawberry.field(
        description="The time at which the gateway last read this from the provider."
    )
    last_message = loaded(
        lambda load: load.last_message_by_conversation,
        key=lambda conversation: conversation.key,
        type=Message | None,
        description="The newest message; null if there is none.",
    )

    messages = paged(
        "conversation.messages",
        lambda load: load.messages_by_conversation,
        key=lambda conversation: conversation.key,
        type=Connection[Message] | None,
        description="The messages of the conversation, newest first.",
    )


@strawberry.type
class ConversationQuery:
    @resolved(
        type=Conversation | None,
        description="A conversation by its id; null if it is unknown or belongs to another user.",
    )
    async def conversation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The conversation's id.")]
    ) -> entities.Conversation | None:
        key = object_key("Conversation", id)
        return None if key is None else await info.context.load.conversation_by_id.load(key)

    @resolved(
        type=Connection[Conversation] | None, description="The conversations of all accounts.", null_is_error=True
    )
    async def conversations(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            ConversationFilter | None,
            strawberry.argument(description="Which conversations to return; all by default."),
        ] = None,
    ) -> Listing[entities.Conversation]:
        request = page_request("conversations", first, after, last, before)
        criteria = (filter or ConversationFilter()).criteria()
        return Listing("conversations", await info.context.read.conversations(criteria, request))


@strawberry.input(description="A conversation to create.")
class CreateConversationInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact to text.")
    from_number: str = strawberry.field(
        description="The phone number of the account to send from, as phoneNumbers lists it."
    )
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> CreateConversation:
        return CreateConversation(
            contact_id=self.contact_id,
            from_number=self.from_number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The result of createConversation.")
class CreateConversationPayload:
    conversation: entities.Conversation | None = strawberry.field(
        graphql_type=Conversation | None,
        description="The conversation; the existing one if the two numbers have one already.",
    )
    conversation_edge = edge(
        "conversations",
        lambda load: load.conversation_position_by_id,
        node=lambda payload: payload.conversation,
        type=Edge[Conversation] | None,
        description="The conversation with its cursor in `conversations`.",
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class ConversationMutation:
    @resolved(type=CreateConversationPayload, description="Create a conversation without sending a message.")
    async def create_conversation(
        self,
        info: Info,
        input: Annotated[
            CreateConversationInput, strawberry.argument(description="The participants of the conversation.")
        ],
    ) -> CreateConversationPayload:
        conversation, errors = await outcome(info.context.write.run(input.to_command()))
        return CreateConversationPayload(conversation=conversation, user_errors=errors)
