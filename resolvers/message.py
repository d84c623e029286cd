"""Messages: the type, its queries and its mutation."""

from datetime import datetime
from typing import Annotated

import strawberry

from providers.domain import entities
from resolvers.connection import Connection, Listing
from resolvers.field import CONVERSATION, Info, loaded, resolved
from resolvers.filter import MessageFilter
from resolvers.inputs import SendMessageInput
from resolvers.key import object_key
from resolvers.node import Node, instance_of
from resolvers.paging import After, Before, First, Last, page_request
from resolvers.user_error import USER_ERRORS, UserError, outcome


@strawberry.type(description="A picture or file that a message carries.")
class Media:
    external_id: str | None = strawberry.field(description="The provider's own id of it.")
    url: str | None = strawberry.field(description="Where to fetch it; null where the provider doesn't say.")
    description: str | None = strawberry.field(description="What it shows, where somebody wrote it down.")


@strawberry.type(description="A text, sent or received.")
class Message(Node):
    is_type_of = instance_of(entities.Message)

    conversation = loaded(
        lambda load: load.conversation_by_id,
        key=lambda message: (message.account_key, message.conversation_external_id),
        type=CONVERSATION,
        description="The conversation that it is a part of.",
    )
    external_id: str | None = strawberry.field(description="The provider's own id of it.")
    direction: entities.MessageDirection = strawberry.field(description="Which way it went.")
    status: entities.MessageStatus = strawberry.field(description="How far it has come.")
    text: str = strawberry.field(description="What it says; may be empty where it carries media.")
    from_number: str = strawberry.field(name="from", description="The number that it was sent from.")
    to_number: str = strawberry.field(name="to", description="The number that it was sent to.")
    media: list[Media] = strawberry.field(description="The pictures and files that it carries.")
    created_at: datetime = strawberry.field(description="When it was sent or received.")


@strawberry.type
class MessageQuery:
    @resolved(type=Message | None, description="A message by its id; null where it is unknown or not the viewer's.")
    async def message(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The message's id.")]
    ) -> entities.Message | None:
        key = object_key("Message", id)
        return None if key is None else await info.context.load.message_by_id.load(key)

    @resolved(type=Connection[Message] | None, description="Messages across conversations, newest first.")
    async def messages(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            MessageFilter | None, strawberry.argument(description="Which messages are wanted; all without it.")
        ] = None,
    ) -> Listing[entities.Message]:
        request = page_request("messages", first, after, last, before)
        criteria = (filter or MessageFilter()).criteria()
        return Listing("messages", await info.context.read.messages(criteria, request))


@strawberry.type(description="What became of sendMessage.")
class SendMessagePayload:
    message: entities.Message | None = strawberry.field(
        graphql_type=Message | None,
        description="The message as the provider took it.",
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class MessageMutation:
    @resolved(type=SendMessagePayload, description="Sends a text, with media where the provider can (SEND_MEDIA).")
    async def send_message(
        self, info: Info, input: Annotated[SendMessageInput, strawberry.argument(description="What to send.")]
    ) -> SendMessagePayload:
        message, errors = await outcome(info.context.write.run(input.to_command()))
        return SendMessagePayload(message=message, user_errors=errors)
