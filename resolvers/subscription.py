"""Subscriptions to the change feed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeVar

import strawberry

from providers.domain import entities
from providers.domain.criteria import ObjectKey
from providers.domain.entities import account_key, object_key
from providers.domain.errors import NotFound
from providers.domain.results import Event
from resolvers.account import Account
from resolvers.context import Context
from resolvers.field import Info, subscribed
from resolvers.meeting import Meeting
from resolvers.message import Message

E = TypeVar("E")

OfAccount = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only events of this account; all accounts by default.")
]
AfterEvent = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last received event (extensions.cursor). The events since then are "
        "replayed first, without a gap or a duplicate. By default only new events are sent."
    ),
]


@strawberry.type(
    description="All subscriptions, which read from the change feed. Each event has its position in the "
    "response's extensions (cursor). A subscription with `after: cursor` first replays the "
    "events since then, without a gap or a duplicate."
)
class Subscription:
    @subscribed(
        type=Message,
        description="Each message that is received or sent, in one conversation, in one account, or in all that "
        "the viewer may see.",
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
        description="Each meeting that is scheduled, started, rescheduled, cancelled, or found changed at the "
        "provider.",
    )
    async def meeting_changed(
        self, info: Info, account_id: OfAccount = None, after: AfterEvent = None
    ) -> AsyncGenerator[entities.Meeting, None]:
        account = await _account(info.context, account_id)
        return _entities(info.context, info.context.events.meetings(account, after))

    @subscribed(type=Account, description="Each account that is connected, renewed, expired or disconnected.")
    async def account_changed(self, info: Info, after: AfterEvent = None) -> AsyncGenerator[entities.Account, None]:
        return _entities(info.context, info.context.events.accounts(after))


async def _entities(context: Context, events: AsyncGenerator[Event[E], None]) -> AsyncGenerator[E, None]:
    """Yield the entities of `events`, and close these with the subscription."""
    async with aclosing(events):
        context.load.forget()  # the objects that arguments named: it may wait for hours
        async for event in events:
            context.progress.cursor = event.cursor
            yield event.entity
            context.load.forget()


async def _account(context: Context, id: str | None) -> str | None:
    """Return the key of an account. Raise NotFound if it doesn't exist or belongs to another user."""
    if id is None:
        return None
    key = account_key(id)
    if key is None or await context.load.account_by_key.load(key) is None:
        raise NotFound("There is no such account.")
    return key


async def _conversation(context: Context, id: str | None) -> ObjectKey | None:
    """Return the key of a conversation. Raise NotFound if it doesn't exist or belongs to another user."""
    if id is None:
        return None
    key = object_key("Conversation", id)
    if key is None or await context.load.conversation_by_id.load(key) is None:
        raise NotFound("There is no such conversation.")
    return key
