"""Subscriptions to the change feed, and the feed's position for those that follow a query."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing
from functools import partial
from operator import attrgetter
from typing import Annotated, Any

import strawberry

from providers.domain import entities
from providers.domain.changes import ChangedType, ChangeKind
from providers.domain.criteria import ObjectKey
from providers.domain.errors import BadUserInput, NotFound
from providers.domain.identity import account_key, object_key
from providers.domain.pages import MAX_PAGE_SIZE
from providers.domain.results import Event
from resolvers.account import Account
from resolvers.contact import Contact
from resolvers.context import Context
from resolvers.conversation import Conversation
from resolvers.field import Info, computed, early, subscribed
from resolvers.filter import MeetingFilter
from resolvers.meeting import Meeting
from resolvers.message import Message
from resolvers.node import Node
from resolvers.strawberry_compat import describe_enum

describe_enum(
    ChangeKind,
    "The kind of a change of an object.",
    {
        "ADDED": "It is new: created, received, or found at the provider after the first read of its list.",
        "CHANGED": "It has changed, or something that belongs to it: a conversation changes by its messages.",
        "REMOVED": "The provider no longer lists it, and it can't be read any more: a contact. What can still be read "
        "is CHANGED: a cancelled meeting, a disconnected account.",
    },
)

describe_enum(
    ChangedType,
    "A type of objects whose changes can be subscribed to.",
    {
        "ACCOUNT": "Accounts: connected, renewed, expired, disconnected.",
        "MEETING": "Meetings, as meetingChanged sends them.",
        "CONTACT": "Contacts, those that are removed included.",
        "CONVERSATION": "Conversations: begun, read, with a changed contact. A message is sent as a change of its "
        "conversation unless MESSAGE is requested, too.",
        "MESSAGE": "New messages, as messageAdded sends them.",
    },
)

OfAccount = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only events of this account; all accounts by default.")
]
OfAccounts = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description=f"Only events of these accounts, at most {MAX_PAGE_SIZE}; all accounts by default. With another "
        "argument that names an account both must hold."
    ),
]
AfterEvent = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last received event (extensions.cursor), or feedCursor of a query. The events "
        "since then are replayed first, without a gap or a duplicate. By default only new events are sent."
    ),
]


@strawberry.type(description="A change of an object.")
class Change:
    cursor: str = strawberry.field(description="The position of the change in the feed, for `after`.")
    kind = computed(lambda event, _info: event.change, type=ChangeKind, description="The kind of the change.")
    node = computed(
        lambda event, _info: event.entity,
        type=Node,
        description="The object as it is now; one that was removed as it was before.",
    )


@strawberry.type
class FeedQuery:
    feed_cursor = early(
        lambda context: context.events.cursor(),
        type=str,
        description="The position of the change feed before anything else of this query is read: a subscription "
        "`after` it leaves no gap to the query, but may repeat a change that the query has seen.",
    )


@strawberry.type(
    description="All subscriptions, which read from the change feed. Each event has its position in the "
    "response's extensions (cursor). A subscription with `after: cursor` first replays the "
    "events since then, without a gap or a duplicate. The subscriptions of one WebSocket send "
    "their events in the order of the feed."
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
        account_ids: OfAccounts = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[entities.Message, None]:
        with info.context.events.starting():
            conversation = await _conversation(info.context, conversation_id)
            accounts = await _accounts(info.context, account_id, account_ids)
        return _sent(info.context, info.context.events.messages(conversation, accounts, after))

    @subscribed(
        type=Meeting,
        description="Each meeting that is scheduled, started, rescheduled, cancelled, or found changed at the "
        "provider. With a filter only those that match it, as in the list of meetings, and once more a meeting that a "
        "change takes out of it. The passing of time is not a change.",
    )
    async def meeting_changed(
        self,
        info: Info,
        account_id: OfAccount = None,
        account_ids: OfAccounts = None,
        filter: Annotated[
            MeetingFilter | None,
            strawberry.argument(
                description="Which meetings to send: all by default, cancelled ones included. A filter means what it "
                "means in a list: without `from` and `to` the 31 days from today, and no cancelled meetings."
            ),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[entities.Meeting, None]:
        with info.context.events.starting():
            accounts = await _accounts(info.context, account_id, account_ids)
        criteria = None if filter is None else partial(filter.criteria, descending=False)
        if criteria is not None:
            criteria(info.context.now())  # raises BadUserInput
        return _sent(info.context, info.context.events.meetings(accounts, criteria, after))

    @subscribed(type=Account, description="Each account that is connected, renewed, expired or disconnected.")
    async def account_changed(self, info: Info, after: AfterEvent = None) -> AsyncGenerator[entities.Account, None]:
        return _sent(info.context, info.context.events.accounts(after))

    @subscribed(
        type=Conversation,
        description="Each conversation that is begun, here or elsewhere, that is read, that gets a message, or whose "
        "contact has changed.",
    )
    async def conversation_changed(
        self,
        info: Info,
        account_id: OfAccount = None,
        account_ids: OfAccounts = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[entities.Conversation, None]:
        with info.context.events.starting():
            accounts = await _accounts(info.context, account_id, account_ids)
        return _sent(info.context, info.context.events.conversations(accounts, after))

    @subscribed(
        type=Contact,
        description="Each contact that is created or changed, here or elsewhere. Those that are removed are among "
        "`changes`.",
    )
    async def contact_changed(
        self,
        info: Info,
        account_id: OfAccount = None,
        account_ids: OfAccounts = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[entities.Contact, None]:
        with info.context.events.starting():
            accounts = await _accounts(info.context, account_id, account_ids)
        return _sent(info.context, info.context.events.contacts(accounts, after))

    @subscribed(
        type=Change,
        description="Each change that the viewer may see, in the order of the feed, with its cursor in the data.",
    )
    async def changes(
        self,
        info: Info,
        account_ids: OfAccounts = None,
        kinds: Annotated[
            list[ChangedType] | None,
            strawberry.argument(description="Only changes of objects of these types; of all types by default."),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[Event[Any], None]:
        with info.context.events.starting():
            accounts = await _accounts(info.context, None, account_ids)
        types = frozenset(ChangedType if kinds is None else kinds)
        return _sent(info.context, info.context.events.changes(accounts, types, after), _whole)


_entity: Callable[[Event[Any]], Any] = attrgetter("entity")


def _whole(event: Event[Any]) -> Event[Any]:
    return event


async def _sent(
    context: Context, events: AsyncGenerator[Event[Any], None], shown: Callable[[Event[Any]], Any] = _entity
) -> AsyncGenerator[Any, None]:
    """Yield what is shown of `events`, and close these with the subscription."""
    async with aclosing(events):
        context.load.forget()  # the objects that arguments named: it may wait for hours
        async for event in events:
            context.progress.event = event
            yield shown(event)
            context.load.forget()


async def _accounts(context: Context, id: str | None, ids: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the sorted keys of the accounts that fulfil both arguments; None without any.

    Raise NotFound if one doesn't exist or belongs to another user.
    """
    if ids is not None and len(ids) > MAX_PAGE_SIZE:
        raise BadUserInput(f"accountIds: at most {MAX_PAGE_SIZE} can be given.", path=("accountIds",))
    given = [each for each in (None if id is None else [id], ids) if each is not None]
    named = [frozenset([account_key(text) for text in each]) for each in given]
    await _check_accounts(context, frozenset().union(*named))
    keys = frozenset.intersection(*named) if named else None
    return None if keys is None else tuple(sorted(key for key in keys if key is not None))


async def _check_accounts(context: Context, keys: Collection[str | None]) -> None:
    """Raise NotFound if an account doesn't exist or belongs to another user, or if its key is None."""
    known = [key for key in keys if key is not None]
    found = await context.load.account_by_key.load_many(known)
    for account in found:
        if isinstance(account, Exception):
            raise account
    if len(known) < len(keys) or None in found:
        raise NotFound("There is no such account.")


async def _conversation(context: Context, id: str | None) -> ObjectKey | None:
    """Return the key of a conversation. Raise NotFound if it doesn't exist or belongs to another user."""
    if id is None:
        return None
    key = object_key("Conversation", id)
    if key is None or await context.load.conversation_by_id.load(key) is None:
        raise NotFound("There is no such conversation.")
    return key
