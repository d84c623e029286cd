"""Conversations: the type, its queries and its mutations."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.commands import CreateConversation, MarkConversationRead
from providers.domain.errors import ErrorCode
from providers.domain.identity import object_key
from providers.domain.pages import PageRequest
from resolvers.connection import After, Before, Connection, Edge, First, Last, Listing, page_request
from resolvers.conversation_messages import messages_of_conversation
from resolvers.field import (
    ACCOUNT,
    CONTACT,
    Info,
    Load,
    LoadPart,
    OfAccount,
    ResolveInfo,
    batched,
    edge,
    idempotency_key_field,
    loaded,
    resolved,
)
from resolvers.filter import ConversationFilter
from resolvers.message import Message
from resolvers.node import Node
from resolvers.strawberry_compat import describe_enum
from resolvers.user_error import USER_ERRORS, UserError, outcome


class ConversationOrder(Enum):
    CREATED_DESC = "CREATED_DESC"
    LAST_ACTIVITY_DESC = "LAST_ACTIVITY_DESC"

    @property
    def listing(self) -> str:
        """The name of the list in cursors. That by creation was the only one, so cursors have it without an order."""
        return "conversations" if self is ConversationOrder.CREATED_DESC else f"conversations.{self.value}"


describe_enum(
    ConversationOrder,
    "The order of a list of conversations.",
    {
        "CREATED_DESC": "The last created first, as the gateway found them.",
        "LAST_ACTIVITY_DESC": "The one with the newest message first. One that gets a message while you page moves to "
        "the start of the list; all others are still returned once.",
    },
)

ConversationFilterArgument = Annotated[
    ConversationFilter | None, strawberry.argument(description="Which conversations to return; all by default.")
]
ConversationOrderArgument = Annotated[
    ConversationOrder | None,
    strawberry.argument(description="The order of the conversations; the last created first by default."),
]


def _key(conversation: entities.Conversation) -> tuple[str, str]:
    return conversation.key


_READ_STATE = Load(lambda load: load.read_state_by_conversation, _key)


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
        key=_key,
        type=Message | None,
        description="The newest message; null if there is none.",
    )
    last_activity_at = loaded(
        lambda load: load.last_activity_by_conversation,
        key=_key,
        type=datetime | None,
        description="The time of the newest message; without one, the time at which the conversation was created. "
        "Null if there is no message and the provider had the conversation before the account was connected.",
    )
    unread_count = batched(
        LoadPart(_READ_STATE, "unread_count"),
        type=int | None,
        description="The number of inbound messages that follow what the viewer has marked as read with "
        "markConversationRead; all that the gateway has fetched if the viewer has marked none.",
        null_is_error=True,
    )
    read_until = batched(
        LoadPart(_READ_STATE, "read_until"),
        type=datetime | None,
        description="The time of the last message that the viewer has marked as read; null before the first mark.",
    )

    messages = messages_of_conversation()


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
        filter: ConversationFilterArgument = None,
        order_by: ConversationOrderArgument = ConversationOrder.CREATED_DESC,
    ) -> Listing[entities.Conversation]:
        order = order_by or ConversationOrder.CREATED_DESC
        request = page_request(order.listing, first, after, last, before)
        return await read_conversations(info, order, filter, request)


async def read_conversations(
    info: Info,
    order: ConversationOrder,
    filter: ConversationFilter | None,
    request: PageRequest,
    within: str | None = None,
) -> Listing[entities.Conversation]:
    """Return a page of conversations; with `within`, of the account with that key."""
    by_activity = order is ConversationOrder.LAST_ACTIVITY_DESC
    reader = info.context.viewer.user_id
    criteria = (filter or ConversationFilter()).criteria(reader, by_activity=by_activity, within=within)
    return Listing(order.listing, await info.context.read.conversations(criteria, request))


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
        ConversationOrder.CREATED_DESC.listing,
        lambda load: load.conversation_position_by_id,
        node=lambda payload: payload.conversation,
        type=Edge[Conversation] | None,
        description="The conversation with its cursor in `conversations`.",
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.input(description="How far the viewer has read a conversation.")
class MarkConversationReadInput:
    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    up_to_message_id: strawberry.ID = strawberry.field(description="The last message that was read.")
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> MarkConversationRead:
        return MarkConversationRead(
            conversation_id=self.conversation_id,
            up_to_message_id=self.up_to_message_id,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The result of markConversationRead.")
class MarkConversationReadPayload:
    conversation: entities.Conversation | None = strawberry.field(
        graphql_type=Conversation | None, description="The conversation, as the viewer has read it now."
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

    @resolved(
        type=MarkConversationReadPayload,
        description="Mark the messages of a conversation as read by the viewer, up to and including one. What was "
        "marked stays so: an earlier message changes nothing. The gateway stores this for each viewer; the provider "
        "is not called, and the account need not be connected.",
    )
    async def mark_conversation_read(
        self,
        info: Info,
        input: Annotated[
            MarkConversationReadInput, strawberry.argument(description="The conversation and the last message read.")
        ],
    ) -> MarkConversationReadPayload:
        conversation, errors = await outcome(info.context.write.run(input.to_command()))
        info.context.load.forget()  # counts that an earlier mutation of the document has shown
        return MarkConversationReadPayload(conversation=conversation, user_errors=errors)
