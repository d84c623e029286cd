"""Subscriptions to the change feed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeVar

import strawberry

from providers.domain import entities
from providers.domain.criteria import ObjectKey
from providers.domain.errors import NotFound
from providers.domain.results import Event
from resolvers.account import Account
from resolvers.context import Context
from resolvers.field import Info, subscribed
from resolvers.key import account_key, object_key
from resolvers.meeting import Meeting
from resolvers.message import Message

E = TypeVar("E")

OfAccount = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only what happens in this account; without it in all.")
]
AfterEvent = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last event that was seen (extensions.cursor): what came since is told first, "
        "without a gap or a repeat. Without it only what happens from now on."
    ),
]


@strawberry.type(
    description="Fed from the change feed. Each event carries its position in the response's extensions (cursor); a "
    "subscription that is started with after: cursor first replays what came since, without a gap or a repeat."
)
class Subscription:
    @subscribed(
        type=Message,
        description="Every message that arrives or is sent, of one conversation, one account, or all that the viewer "
        "may see.",
    )
    async def message_added(
        self,
        info: Info,
        conversation_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only messages of this conversation.")
        ] = None,
        account_id: OfAccount = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[entities.Message, None]:
        conversation = await _conversation(info.context, conversation_id)
        account = await _account(info.context, account_id)
        return _entities(info.context, info.context.events.messages(conversation, account, after))

    @subscribed(
        type=Meeting,
        description="Every meeting that is scheduled, started, moved, cancelled or found changed at the provider.",
    )
    async def meeting_changed(
        self, info: Info, account_id: OfAccount = None, after: AfterEvent = None
    ) -> AsyncGenerator[entities.Meeting, None]:
        account = await _account(info.context, account_id)
        return _entities(info.context, info.context.events.meetings(account, after))

    @subscribed(type=Account, description="Every account that is connected, renewed, expires or is disconnected.")
    async def account_changed(self, info: Info, after: AfterEvent = None) -> AsyncGenerator[entities.Account, None]:
        return _entities(info.context, info.context.events.accounts(after))


async def _entities(context: Context, events: AsyncGenerator[Event[E], None]) -> AsyncGenerator[E, None]:
    """Yield the entities of `events`, and close these with the subscription."""
    async with aclosing(events):
        async for event in events:
            context.load.forget()
            context.progress.cursor = event.cursor
            yield event.entity


async def _account(context: Context, id: str | None) -> str | None:
    """Return the key of an account. Raises NotFound if it doesn't exist or belongs to another user."""
    if id is None:
        return None
    key = account_key(id)
    if key is None or await context.load.account_by_key.load(key) is None:
        raise NotFound("There is no such account.")
    return key


async def _conversation(context: Context, id: str | None) -> ObjectKey | None:
    """Return the key of a conversation. Raises NotFound if it doesn't exist or belongs to another user."""
    if id is None:
        return None
    key = object_key("Conversation", id)
    if key is None or await context.load.conversation_by_id.load(key) is None:
        raise NotFound("There is no such conversation.")
    return key
