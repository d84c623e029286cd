"""An in-memory backend of the resolvers: it implements the context's ports with the objects of a test."""

from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from gateway.aio.batching import BatchLoader
from providers.domain.capabilities import Capability
from providers.domain.commands import Command
from providers.domain.entities import (
    Account,
    Contact,
    Conversation,
    Entity,
    Meeting,
    MeetingAction,
    MeetingService,
    Message,
    PhoneNumber,
)
from providers.domain.errors import ErrorCode
from providers.domain.pages import Page, PageAround, PageRequest, Position
from providers.domain.provider_view import ProviderHealth, ProviderView
from providers.domain.results import Event, ReadState
from providers.domain.viewer import Viewer
from resolvers.context import Context, Progress
from tests.resolvers.fixed_context import FixedContext

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

LOCAL = ProviderView(
    name="local",
    plugin="local",
    services=(MeetingService.JITSI,),
    capabilities=(Capability.LIST_MEETINGS, Capability.SEND_MESSAGE),
    health=ProviderHealth.AVAILABLE,
)


@dataclass
class Backend:
    """Stored objects, and a record of the reads and writes. An exception in place of an object is raised on access."""

    entities: Sequence[Entity] = ()
    details: dict[tuple[str, str], Meeting | Exception | None] = field(default_factory=dict)
    page: Page[Any] | Exception = field(default_factory=lambda: page_of([]))
    write_answer: object = None
    refusal: ErrorCode | None = None
    """The code that sendMessage is refused with."""
    actions: Sequence[MeetingAction] = ()
    """The actions that a viewer can take on any meeting."""
    events: list[Event[Any]] = field(default_factory=list)
    calendar_url: str | Exception | None = None

    batches: list[tuple[str, list[Any]]] = field(default_factory=list)
    """Every call of a loader's batch function: the loader's name and its keys."""
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    """Every list that was read: its name and what it was asked with."""
    written: list[object] = field(default_factory=list)
    """The inputs of all mutations."""
    forgotten: int = 0
    closed: bool = False

    def context(
        self, user_id: str = "u-1", now: datetime = NOW, scopes: frozenset[str] = frozenset({"read", "write"})
    ) -> Context:
        return FixedContext(
            viewer=Viewer(user_id, scopes),
            providers={"local": LOCAL},
            load=FakeLoaders(self),
            read=FakeReads(self),
            write=FakeWrites(self),
            events=FakeEvents(self),
            progress=Progress(),
            now=lambda: now,
        )

    def find(self, kind: type[V], *key: str) -> V | None:
        return next((e for e in self.entities if isinstance(e, kind) and key_of(e) == key), None)


def key_of(entity: Entity) -> tuple[str, ...]:
    if isinstance(entity, Account):
        return (entity.key,)
    return (entity.scope if isinstance(entity, Meeting) else entity.account_key, entity.external_id)


def page_of(nodes: Sequence[V], **more: Any) -> Page[V]:
    positions = [(index, f"id-{index}") for index in range(len(nodes))]
    return Page(**{"nodes": nodes, "positions": positions, "has_next": False, "has_previous": False, **more})


class FakeLoader(BatchLoader[K, V]):
    def __init__(self, name: str, backend: Backend, find: Callable[[K], V]) -> None:
        async def batch(keys: Sequence[K]) -> list[V | Exception]:
            backend.batches.append((name, [*keys]))
            return [_value_or_error(find, key) for key in keys]

        super().__init__(batch)


def _value_or_error(find: Callable[[K], V], key: K) -> V | Exception:
    try:
        return find(key)
    except Exception as error:
        return error


class FakeLoaders:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        find = backend.find
        self.account_by_key = self._loader("account_by_key", lambda key: find(Account, key))
        self.meeting_by_id = self._loader("meeting_by_id", lambda key: find(Meeting, *key))
        self.phone_number_by_id = self._loader("phone_number_by_id", lambda key: find(PhoneNumber, *key))
        self.contact_by_id = self._loader("contact_by_id", lambda key: find(Contact, *key))
        self.conversation_by_id = self._loader("conversation_by_id", lambda key: find(Conversation, *key))
        self.message_by_id = self._loader("message_by_id", lambda key: find(Message, *key))
        self.detailed_meeting_by_id = self._loader("detailed_meeting_by_id", backend.details.get)
        self.meeting_position_by_id = self._loader("meeting_position_by_id", self._position)
        self.contact_position_by_id = self._loader("contact_position_by_id", self._position)
        self.conversation_position_by_id = self._loader("conversation_position_by_id", self._position)
        self.message_position_by_id = self._loader("message_position_by_id", self._position)
        self.phone_numbers_by_account_key = self._loader("phone_numbers_by_account_key", self._numbers)
        self.messages_by_conversation = self._loader("messages_by_conversation", self._messages_page)
        self.last_message_by_conversation = self._loader("last_message_by_conversation", self._last_message)
        self.messages_around_by_conversation = self._loader("messages_around_by_conversation", self._messages_page)
        self.last_activity_by_conversation = self._loader("last_activity_by_conversation", lambda _key: NOW)
        self.read_state_by_conversation = self._loader(
            "read_state_by_conversation", lambda _key: ReadState(unread_count=2, read_until=NOW)
        )
        self.unread_conversations_by_account_key = self._loader("unread_conversations_by_account_key", lambda _key: 1)
        self.conversations_by_contact = self._loader("conversations_by_contact", self._conversations_page)
        self.calendar_authorization_url_by_account_key = self._loader(
            "calendar_authorization_url_by_account_key", lambda _key: backend.calendar_url
        )

    def forget(self) -> None:
        self._backend.forgotten += 1

    def can_detail(self, meeting: Meeting) -> bool:
        return not meeting.detailed

    def _loader(self, name: str, find: Callable[[Any], Any]) -> FakeLoader[Any, Any]:
        return FakeLoader(name, self._backend, find)

    def _position(self, key: tuple[str, str]) -> Position | None:
        """The place of the object among all that are stored."""
        places = {key_of(entity): place for place, entity in enumerate(self._backend.entities)}
        return (places[key], key[1]) if key in places else None

    def _numbers(self, account_key: str) -> list[PhoneNumber]:
        return [e for e in self._backend.entities if isinstance(e, PhoneNumber) and e.account_key == account_key]

    def _messages(self, conversation: tuple[str, str]) -> list[Message]:
        of = [e for e in self._backend.entities if isinstance(e, Message)]
        return [e for e in of if (e.account_key, e.conversation_external_id) == conversation]

    def _messages_page(self, key: tuple[tuple[str, str], PageRequest | PageAround]) -> Page[Message]:
        return page_of(self._messages(key[0]))

    def _last_message(self, conversation: tuple[str, str]) -> Message | None:
        return next(iter(self._messages(conversation)), None)

    def _conversations_page(self, key: tuple[tuple[str, str], PageRequest]) -> Page[Conversation]:
        of = [e for e in self._backend.entities if isinstance(e, Conversation)]
        return page_of([e for e in of if (e.account_key, e.contact_external_id) == key[0]])


class FakeReads:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def accounts(self, *asked: Any) -> Page[Any]:
        return self._page("accounts", *asked)

    async def meetings(self, *asked: Any) -> Page[Any]:
        return self._page("meetings", *asked)

    async def contacts(self, *asked: Any) -> Page[Any]:
        return self._page("contacts", *asked)

    async def conversations(self, *asked: Any) -> Page[Any]:
        return self._page("conversations", *asked)

    async def messages(self, *asked: Any) -> Page[Any]:
        return self._page("messages", *asked)

    async def phone_numbers(self, account_key: str | None) -> Sequence[PhoneNumber]:
        self._backend.asked.append(("phone_numbers", account_key))
        numbers = [e for e in self._backend.entities if isinstance(e, PhoneNumber)]
        return [number for number in numbers if account_key in (None, number.account_key)]

    def _page(self, name: str, *asked: Any) -> Page[Any]:
        self._backend.asked.append((name, *asked))
        if isinstance(self._backend.page, Exception):
            raise self._backend.page
        return self._backend.page


class FakeWrites:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def run(self, command: Command[Any]) -> Any:
        self._backend.written.append(command)
        if isinstance(self._backend.write_answer, Exception):
            raise self._backend.write_answer
        return self._backend.write_answer

    def send_refusal(self, account: Account) -> ErrorCode | None:
        self._backend.asked.append(("send_refusal", account))
        return self._backend.refusal

    def meeting_actions(self, meeting: Meeting, account: Account | None) -> Sequence[MeetingAction]:
        self._backend.asked.append(("meeting_actions", meeting, account))
        return self._backend.actions


class FakeEvents:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def messages(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        return self._events("messages", *asked)

    def meetings(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        return self._events("meetings", *asked)

    def accounts(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        return self._events("accounts", *asked)

    def contacts(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        return self._events("contacts", *asked)

    def conversations(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        return self._events("conversations", *asked)

    def changes(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        return self._events("changes", *asked)

    def starting(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def cursor(self) -> str:
        return "now"

    async def _events(self, *asked: Any) -> AsyncGenerator[Event[Any], None]:
        self._backend.asked.append(asked)
        try:
            for event in self._backend.events:
                yield event
        finally:
            self._backend.closed = True
