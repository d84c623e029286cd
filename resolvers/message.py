"""Messages: the type, its queries and its mutation."""

from datetime import datetime
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.commands import SendMessage
from providers.domain.identity import object_key
from resolvers.connection import After, Before, Connection, Edge, First, Last, Listing, page_request
from resolvers.field import (
    CONVERSATION,
    Info,
    ResolveInfo,
    computed,
    edge,
    idempotency_key_field,
    loaded,
    optional,
    resolved,
)
from resolvers.filter import MessageFilter
from resolvers.node import Node
from resolvers.user_error import USER_ERRORS, UserError, outcome

OF_CONVERSATION = "conversation.messages"
"""The name of the list of a conversation's messages in cursors."""


@strawberry.type(description="A picture or file of a message.")
class Media:
    external_id: str | None = strawberry.field(description="The provider's id.")
    url: str | None = strawberry.field(description="The URL of the file; null if the provider doesn't return it.")
    description: str | None = strawberry.field(description="The description of the content, if there is one.")


def _own_key(message: entities.Message, info: ResolveInfo) -> str | None:
    return message.idempotency_key if message.sent_by == info.context.viewer.user_id else None


@strawberry.type(description="A text message that was sent or received.")
class Message(Node):
    conversation = loaded(
        lambda load: load.conversation_by_id,
        key=lambda message: (message.account_key, message.conversation_external_id),
        type=CONVERSATION,
        description="The conversation of the message.",
    )
    external_id: str | None = strawberry.field(description="The provider's id.")
    direction: entities.MessageDirection = strawberry.field(description="The direction of the message.")
    status: entities.MessageStatus = strawberry.field(description="The delivery state.")
    text: str = strawberry.field(description="The text; may be empty if the message has media.")
    from_number: str = strawberry.field(name="from", description="The sender's phone number.")
    to_number: str = strawberry.field(name="to", description="The recipient's phone number.")
    media: list[Media] = strawberry.field(description="The pictures and files of the message.")
    created_at: datetime = strawberry.field(description="The time at which the message was sent or received.")
    idempotency_key = computed(
        _own_key,
        type=str | None,
        description="The idempotencyKey that this viewer sent the message with; null for messages of others, and for "
        "messages that were sent without one. It stays with the message: longer than the 7 days for which it prevents "
        "a second one.",
    )


@strawberry.type
class MessageQuery:
    @resolved(type=Message | None, description="A message by its id; null if it is unknown or belongs to another user.")
    async def message(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The message's id.")]
    ) -> entities.Message | None:
        key = object_key("Message", id)
        return None if key is None else await info.context.load.message_by_id.load(key)

    @resolved(
        type=Connection[Message] | None, description="Messages of all conversations, newest first.", null_is_error=True
    )
    async def messages(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            MessageFilter | None, strawberry.argument(description="Which messages to return; all by default.")
        ] = None,
    ) -> Listing[entities.Message]:
        request = page_request("messages", first, after, last, before)
        criteria = (filter or MessageFilter()).criteria()
        return Listing("messages", await info.context.read.messages(criteria, request))


@strawberry.input(description="A message to send.")
class SendMessageInput:
    conversation_id: strawberry.ID = strawberry.field(description="The conversation to send the message in.")
    text: str = strawberry.field(description="The text of the message; at most 1,600 characters.")
    media_urls: list[str] | None = optional(
        "URLs of media from which the provider fetches them; at most 10, http or https."
    )
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> SendMessage:
        return SendMessage(
            conversation_id=self.conversation_id,
            text=self.text,
            media_urls=None if self.media_urls is None else tuple(self.media_urls),
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The result of sendMessage.")
class SendMessagePayload:
    message: entities.Message | None = strawberry.field(
        graphql_type=Message | None,
        description="The message as the provider accepted it.",
    )
    message_edge = edge(
        OF_CONVERSATION,
        lambda load: load.message_position_by_id,
        node=lambda payload: payload.message,
        type=Edge[Message] | None,
        description="The message with its cursor in the messages of its conversation.",
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class MessageMutation:
    @resolved(type=SendMessagePayload, description="Send a text message. Media need SEND_MEDIA.")
    async def send_message(
        self, info: Info, input: Annotated[SendMessageInput, strawberry.argument(description="The message to send.")]
    ) -> SendMessagePayload:
        message, errors = await outcome(info.context.write.run(input.to_command()))
        return SendMessagePayload(message=message, user_errors=errors)
