"""The context of an operation: everything that resolvers need from the gateway."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from providers.domain.changes import ChangedType
from providers.domain.commands import Command
from providers.domain.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
    ObjectKey,
)
from providers.domain.entities import Account, Contact, Conversation, Meeting, MeetingAction, Message, PhoneNumber
from providers.domain.errors import ErrorCode
from providers.domain.pages import Page, PageAround, PageRequest, Position
from providers.domain.provider_view import ProviderView
from providers.domain.results import Event, ReadState
from providers.domain.viewer import Viewer

K_contra = TypeVar("K_contra", contravariant=True)
V_co = TypeVar("V_co", covariant=True)
R = TypeVar("R")


class Loader(Protocol[K_contra, V_co]):
    """Loads by key, in batches. Returns only entities that the viewer may see."""

    async def load(self, key: K_contra) -> V_co: ...
    async def load_many(self, keys: Sequence[K_contra]) -> Sequence[V_co | Exception]:
        """Return a value for each key, in their order; an exception for a key whose value can't be loaded."""
        ...


class Loaders(Protocol):
    """Named `<noun>_by_<key>`. An `ObjectKey` is (scope, external id)."""

    def forget(self) -> None:
        """Drop cached results, so that the next event of a subscription shows the current state."""
        ...

    @property
    def account_by_key(self) -> Loader[str, Account | None]: ...
    @property
    def meeting_by_id(self) -> Loader[ObjectKey, Meeting | None]: ...
    @property
    def phone_number_by_id(self) -> Loader[ObjectKey, PhoneNumber | None]: ...
    @property
    def contact_by_id(self) -> Loader[ObjectKey, Contact | None]: ...
    @property
    def conversation_by_id(self) -> Loader[ObjectKey, Conversation | None]: ...
    @property
    def message_by_id(self) -> Loader[ObjectKey, Message | None]: ...
    @property
    def meeting_position_by_id(self) -> Loader[ObjectKey, Position | None]:
        """The position in the list of meetings by start, the earliest first."""
        ...

    @property
    def contact_position_by_id(self) -> Loader[ObjectKey, Position | None]:
        """The position in the list of contacts in its default order."""
        ...

    @property
    def conversation_position_by_id(self) -> Loader[ObjectKey, Position | None]:
        """The position in the list of conversations in its default order."""
        ...

    @property
    def message_position_by_id(self) -> Loader[ObjectKey, Position | None]:
        """The position in the list of its conversation's messages."""
        ...

    @property
    def detailed_meeting_by_id(self) -> Loader[ObjectKey, Meeting | None]:
        """The meeting with the fields of its provider's detail call."""
        ...

    def can_detail(self, meeting: Meeting) -> bool:
        """Whether `detailed_meeting_by_id` may know more, or newer, details than the meeting has."""
        ...

    @property
    def phone_numbers_by_account_key(self) -> Loader[str, Sequence[PhoneNumber]]: ...
    @property
    def messages_by_conversation(self) -> Loader[tuple[ObjectKey, PageRequest], Page[Message]]: ...
    @property
    def messages_around_by_conversation(self) -> Loader[tuple[ObjectKey, PageAround], Page[Message]]: ...
    @property
    def last_activity_by_conversation(self) -> Loader[ObjectKey, datetime | None]: ...
    @property
    def read_state_by_conversation(self) -> Loader[ObjectKey, ReadState]:
        """How far the viewer has read."""
        ...

    @property
    def unread_conversations_by_account_key(self) -> Loader[str, int | None]: ...
    @property
    def last_message_by_conversation(self) -> Loader[ObjectKey, Message | None]: ...
    @property
    def conversations_by_contact(self) -> Loader[tuple[ObjectKey, PageRequest], Page[Conversation]]: ...
    @property
    def calendar_authorization_url_by_account_key(self) -> Loader[str, str | None]: ...


class Reads(Protocol):
    """Lists, refreshed as needed. All raise ProviderError if a refresh fails and nothing is stored."""

    async def accounts(self, criteria: AccountCriteria, page: PageRequest) -> Page[Account]: ...
    async def meetings(self, criteria: MeetingCriteria, page: PageRequest) -> Page[Meeting]: ...
    async def phone_numbers(self, account_key: str | None) -> Sequence[PhoneNumber]: ...
    async def contacts(self, criteria: ContactCriteria, page: PageRequest) -> Page[Contact]: ...
    async def conversations(self, criteria: ConversationCriteria, page: PageRequest) -> Page[Conversation]: ...
    async def messages(self, criteria: MessageCriteria, page: PageRequest) -> Page[Message]: ...


class Writes(Protocol):
    """Mutations: validated, journalled, executed once."""

    async def run(self, command: Command[R]) -> R:
        """Return what the mutation came to.

        Raise ProviderError for a failure that the caller can act on, and an ExceptionGroup of them if the input has
        several faults at once.
        """
        ...

    def send_refusal(self, account: Account) -> ErrorCode | None:
        """Return the code that the viewer's sendMessage for the account is refused with now, with any input."""
        ...

    def meeting_actions(self, meeting: Meeting, account: Account | None) -> Sequence[MeetingAction]:
        """Return what the viewer can do with a meeting of the account now: mutations accept these."""
        ...


class Events(Protocol):
    """Events of the change feed. `after` is the cursor of the last event seen; None starts now.

    With `account_keys`, which are sorted, only events of these accounts.
    """

    async def cursor(self) -> str:
        """Return a cursor after all events up to now."""
        ...

    def starting(self) -> AbstractContextManager[None]:
        """Return the block in which a subscription is prepared: others of its connection send nothing meanwhile."""
        ...

    def messages(
        self, conversation: ObjectKey | None, account_keys: tuple[str, ...] | None, after: str | None
    ) -> AsyncGenerator[Event[Message], None]:
        """Yield new messages."""
        ...

    def meetings(
        self,
        account_keys: tuple[str, ...] | None,
        filter: Callable[[datetime], MeetingCriteria] | None,
        after: str | None,
    ) -> AsyncGenerator[Event[Meeting], None]:
        """Yield meetings that match a filter, or did so before the change. `filter` returns its criteria at a time."""
        ...

    def accounts(self, after: str | None) -> AsyncGenerator[Event[Account], None]: ...
    def contacts(
        self, account_keys: tuple[str, ...] | None, after: str | None
    ) -> AsyncGenerator[Event[Contact], None]: ...
    def conversations(
        self, account_keys: tuple[str, ...] | None, after: str | None
    ) -> AsyncGenerator[Event[Conversation], None]: ...
    def changes(
        self, account_keys: tuple[str, ...] | None, types: frozenset[ChangedType], after: str | None
    ) -> AsyncGenerator[Event[Any], None]:
        """Yield changes of entities of some types. A message changes its conversation unless messages are wanted.

        Only these events include those of entities that were removed.
        """
        ...


@dataclass(slots=True)
class Progress:
    """The progress of a subscription: the event being sent."""

    event: Event[Any] | None = None


class Context(Protocol):
    """The `info.context` of every resolver."""

    @property
    def viewer(self) -> Viewer: ...
    @property
    def providers(self) -> Mapping[str, ProviderView]:
        """The configured providers by the operator's name, in its order."""
        ...

    @property
    def load(self) -> Loaders: ...
    @property
    def read(self) -> Reads: ...
    @property
    def write(self) -> Writes: ...
    @property
    def events(self) -> Events: ...
    @property
    def progress(self) -> Progress: ...
    @property
    def now(self) -> Callable[[], datetime]:
        """A clock and not a time, since a subscription runs for hours."""
        ...
