"""The messages of a conversation, in pages by cursors or around one of them."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated

import strawberry

from providers.domain.entities import Conversation
from providers.domain.errors import BadUserInput
from providers.domain.identity import object_key
from resolvers.connection import After, Before, Connection, First, Last, Listing, page_around
from resolvers.field import Pages, ResolveInfo, batched
from resolvers.message import OF_CONVERSATION, Message
from resolvers.strawberry_compat import StrawberryField

Around = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="The id of a message of the conversation: the page that has it in its middle, and fewer nodes on a "
        "side where the conversation ends. `first` is the size of the page; no other argument can be combined with it."
    ),
]


def messages_of_conversation() -> StrawberryField:
    return batched(
        _Messages(),
        arguments=_arguments,
        type=Connection[Message] | None,
        description="The messages of the conversation, newest first.",
        null_is_error=True,
    )


class _Messages:
    """Resolves `Conversation.messages`: a page at a position, or one around a message."""

    _pages = Pages(OF_CONVERSATION, lambda load: load.messages_by_conversation, attrgetter("key"))

    async def resolve_many(
        self,
        conversations: Sequence[Conversation],
        info: ResolveInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        around: str | None = None,
    ) -> Sequence[object]:
        if around is None:
            return await self._pages.resolve_many(
                conversations, info, first=first, after=after, last=last, before=before
            )
        middle = object_key("Message", around)
        if middle is None:
            raise BadUserInput("around: is no message of this conversation.", path=("around",))
        request = page_around(middle, first, after, last, before)
        loader = info.context.load.messages_around_by_conversation
        pages = await loader.load_many([(each.key, request) for each in conversations])
        return [page if isinstance(page, Exception) else Listing(OF_CONVERSATION, page) for page in pages]


def _arguments(
    first: First = None, after: After = None, last: Last = None, before: Before = None, around: Around = None
) -> None:
    """Declare the arguments of `Conversation.messages`."""
