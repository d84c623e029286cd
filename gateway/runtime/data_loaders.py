"""The loaders of an operation: look-ups by key, in batches."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from gateway.aio.batching import BatchLoader
from gateway.reads.loaders import AroundKey, EntityLoaders, PageKey
from gateway.reads.session import ReadSession
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Contact, Conversation, Meeting, Message, PhoneNumber
from providers.domain.pages import Page, Position
from providers.domain.results import ReadState
from providers.domain.viewer import missing_scope

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class DataLoaders:
    """Implements `resolvers.context.Loaders`: collects the keys of one tick for each method of `EntityLoaders`.

    Without the scope read every key is answered with Forbidden.
    """

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._entities = EntityLoaders(session)

    def forget(self) -> None:
        self._session.forget()
        for name in [each for each in self.__dict__ if isinstance(self.__dict__[each], BatchLoader)]:
            del self.__dict__[name]

    def can_detail(self, meeting: Meeting) -> bool:
        # A viewer without the scope read sees the details that a mutation returned, and an error in place of others.
        if not self._session.viewer.may("read"):
            return not meeting.detailed
        return self._entities.are_details_due(meeting)

    @cached_property
    def account_by_key(self) -> BatchLoader[str, Account | None]:
        return self._loader(self._entities.accounts)

    @cached_property
    def meeting_by_id(self) -> BatchLoader[ObjectKey, Meeting | None]:
        return self._loader(self._entities.meetings)

    @cached_property
    def detailed_meeting_by_id(self) -> BatchLoader[ObjectKey, Meeting | None]:
        return self._loader(self._entities.detailed_meetings)

    @cached_property
    def phone_number_by_id(self) -> BatchLoader[ObjectKey, PhoneNumber | None]:
        return self._loader(self._entities.phone_numbers)

    @cached_property
    def contact_by_id(self) -> BatchLoader[ObjectKey, Contact | None]:
        return self._loader(self._entities.contacts)

    @cached_property
    def conversation_by_id(self) -> BatchLoader[ObjectKey, Conversation | None]:
        return self._loader(self._entities.conversations)

    @cached_property
    def message_by_id(self) -> BatchLoader[ObjectKey, Message | None]:
        return self._loader(self._entities.messages)

    @cached_property
    def meeting_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.meeting_positions)

    @cached_property
    def contact_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.contact_positions)

    @cached_property
    def conversation_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.conversation_positions)

    @cached_property
    def message_position_by_id(self) -> BatchLoader[ObjectKey, Position | None]:
        return self._loader(self._entities.message_positions)

    @cached_property
    def phone_numbers_by_account_key(self) -> BatchLoader[str, Sequence[PhoneNumber]]:
        return self._loader(self._entities.phone_numbers_of_accounts)

    @cached_property
    def messages_by_conversation(self) -> BatchLoader[PageKey, Page[Message]]:
        return self._loader(self._entities.pages_of_messages)

    @cached_property
    def messages_around_by_conversation(self) -> BatchLoader[AroundKey, Page[Message]]:
        return self._loader(self._entities.pages_around_messages)

    @cached_property
    def last_activity_by_conversation(self) -> BatchLoader[ObjectKey, datetime | None]:
        return self._loader(self._entities.last_activities)

    @cached_property
    def read_state_by_conversation(self) -> BatchLoader[ObjectKey, ReadState]:
        return self._loader(self._entities.read_states)

    @cached_property
    def unread_conversations_by_account_key(self) -> BatchLoader[str, int | None]:
        return self._loader(self._entities.unread_conversations)

    @cached_property
    def last_message_by_conversation(self) -> BatchLoader[ObjectKey, Message | None]:
        return self._loader(self._entities.last_messages)

    @cached_property
    def conversations_by_contact(self) -> BatchLoader[PageKey, Page[Conversation]]:
        return self._loader(self._entities.pages_of_conversations)

    @cached_property
    def calendar_authorization_url_by_account_key(self) -> BatchLoader[str, str | None]:
        return self._loader(self._entities.calendar_authorization_urls)

    def _loader(self, load_many: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]]) -> BatchLoader[K, V]:
        return BatchLoader(load_many if self._session.viewer.may("read") else self._refuse)

    async def _refuse(self, keys: Sequence[Hashable]) -> Sequence[Exception]:
        return [missing_scope("read")] * len(keys)
