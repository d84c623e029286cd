"""The context of differential tests: a few objects of each kind, and failures that depend on what is asked for."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from zlib import crc32

from gateway.aio.batching import BatchLoader
from providers.domain.changes import ChangeKind
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Contact, Conversation, Meeting, MeetingAction, Message, PhoneNumber
from providers.domain.errors import BadUserInput, ErrorCode, Forbidden, Unavailable
from providers.domain.pages import Page, PageAround, PageRequest, Position
from providers.domain.results import Connecting, Created, Event, ReadState
from providers.domain.viewer import Viewer
from resolvers.context import Context, Progress
from tests.resolvers import example
from tests.resolvers.fixed_context import FixedContext

T = TypeVar("T")

ENTITIES: list[Any] = [
    example.account("a-1"),
    example.account("a-2", user_id="u-2"),
    *(example.contact(f"c-{n}", account_key=f"a-{1 + n % 2}") for n in range(4)),
    *(example.conversation(f"v-{n}", contact_external_id=f"c-{n}" if n % 3 else None) for n in range(4)),
    *(example.message(f"t-{n}", conversation_external_id=f"v-{n % 5}") for n in range(9)),
    example.phone_number(),
    example.meeting("m-0", start_time=example.READ_AT, end_time=example.READ_AT + timedelta(hours=1)),
    example.listed("m-1"),
    example.listed("m-2", user_id="u-2", is_private=True),
]
IDS = [each.id for each in ENTITIES] + ["unknown"]
READ = ReadState(unread_count=2, read_until=example.READ_AT)

ERRORS: Sequence[Callable[[], Exception]] = (
    lambda: Unavailable("It is down.", provider="local"),
    lambda: Forbidden("It is not yours."),
    lambda: BadUserInput("after: is not a cursor of this list.", path=("after",)),
    lambda: RuntimeError("hunter2"),
)


@dataclass(frozen=True)
class Ports:
    """Everything that a context offers. `seed` decides what fails, independent of the caller and the order of calls."""

    seed: int

    def context(self) -> Context:
        viewer = Viewer("u-1", frozenset({"read", "write"}))
        ports: Any = self
        return FixedContext(
            viewer=viewer,
            providers={},
            load=_Loaders(self),
            read=ports,
            write=ports,
            events=_Events(self),
            progress=Progress(),
            now=lambda: example.READ_AT,
        )

    def error(self, *asked: object) -> Exception | None:
        """Return the error that the request meets: one in six does."""
        number = crc32(repr((self.seed, *asked)).encode())
        return ERRORS[number // 6 % len(ERRORS)]() if number % 6 == 0 else None

    def is_missing(self, *asked: object) -> bool:
        return crc32(repr(("missing", self.seed, *asked)).encode()) % 8 == 0

    def page(self, nodes: Sequence[Any], request: PageRequest | PageAround, *asked: object) -> Page[Any]:
        kept = nodes[: request.limit]
        return Page(
            nodes=kept,
            positions=[(index, f"id-{index}") for index in range(len(kept))],
            has_next=len(nodes) > len(kept),
            has_previous=False,
            count=None if self.is_missing("count", asked) else self._counting(len(nodes), asked),
        )

    def _counting(self, count: int, asked: object) -> Callable[[], Any]:
        async def counted() -> int:
            if error := self.error("count", asked):
                raise error
            return count

        return counted

    async def _list(self, kind: type, criteria: object, request: PageRequest) -> Page[Any]:
        if error := self.error(kind, criteria, request):
            raise error
        return self.page([each for each in ENTITIES if isinstance(each, kind)], request, kind, criteria)

    async def accounts(self, criteria: object, request: PageRequest) -> Page[Any]:
        return await self._list(Account, criteria, request)

    async def meetings(self, criteria: object, request: PageRequest) -> Page[Any]:
        return await self._list(Meeting, criteria, request)

    async def contacts(self, criteria: object, request: PageRequest) -> Page[Any]:
        return await self._list(Contact, criteria, request)

    async def conversations(self, criteria: object, request: PageRequest) -> Page[Any]:
        return await self._list(Conversation, criteria, request)

    async def messages(self, criteria: object, request: PageRequest) -> Page[Any]:
        return await self._list(Message, criteria, request)

    async def phone_numbers(self, account_key: str | None) -> Sequence[PhoneNumber]:
        if error := self.error("numbers", account_key):
            raise error
        return [each for each in ENTITIES if isinstance(each, PhoneNumber)]

    async def run(self, command: Any) -> Any:
        """Return a result of the command's kind, by its name."""
        if error := self.error("run", command):
            raise error
        name = type(command).__name__
        if name == "ConnectAccount":
            return Connecting(account=ENTITIES[0], authorization_url=None)
        if name == "CreateContact":
            return Created(entity=ENTITIES[2], created=True)
        return next((each for each in ENTITIES if name.endswith(type(each).__name__)), ENTITIES[0])

    def send_refusal(self, account: Account) -> ErrorCode | None:
        return ErrorCode.NOT_AUTHORIZED if self.is_missing("send", account.key) else None

    def meeting_actions(self, meeting: Meeting, account: Account | None) -> Sequence[MeetingAction]:
        if error := self.error("actions", meeting.key):
            raise error
        return (MeetingAction.CANCEL,) if account is None else tuple(MeetingAction)


@dataclass(frozen=True, slots=True)
class _Events:
    ports: Ports

    async def messages(self, *asked: object) -> AsyncGenerator[Event[Any], None]:
        async for event in self._events(Message, asked):
            yield event

    async def meetings(self, *asked: object) -> AsyncGenerator[Event[Any], None]:
        async for event in self._events(Meeting, asked):
            yield event

    async def accounts(self, *asked: object) -> AsyncGenerator[Event[Any], None]:
        async for event in self._events(Account, asked):
            yield event

    async def contacts(self, *asked: object) -> AsyncGenerator[Event[Any], None]:
        async for event in self._events(Contact, asked):
            yield event

    async def conversations(self, *asked: object) -> AsyncGenerator[Event[Any], None]:
        async for event in self._events(Conversation, asked):
            yield event

    async def changes(self, *asked: object) -> AsyncGenerator[Event[Any], None]:
        async for event in self._events(object, asked):
            yield event

    def starting(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def cursor(self) -> str:
        if error := self.ports.error("cursor"):
            raise error
        return "now"

    async def _events(self, kind: type[Any], asked: object) -> AsyncGenerator[Event[Any], None]:
        for number, entity in enumerate(_all(kind)):
            if error := self.ports.error("event", kind, asked, number // 2):
                raise error
            change = ChangeKind.CHANGED if number % 2 else ChangeKind.ADDED
            yield Event(entity=entity, cursor=str(number), change=change)


class _Loaders:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.account_by_key = self._loader("account", {each.key: each for each in _all(Account)}.get)
        self.meeting_by_id = self._loader("meeting", _by_id(Meeting).get)
        self.detailed_meeting_by_id = self._loader("details", _by_id(Meeting).get)
        self.phone_number_by_id = self._loader("number", _by_id(PhoneNumber).get)
        self.contact_by_id = self._loader("contact", _by_id(Contact).get)
        self.conversation_by_id = self._loader("conversation", _by_id(Conversation).get)
        self.message_by_id = self._loader("message", _by_id(Message).get)
        self.meeting_position_by_id = self._loader("meeting position", _places(Meeting).get)
        self.contact_position_by_id = self._loader("contact position", _places(Contact).get)
        self.conversation_position_by_id = self._loader("conversation position", _places(Conversation).get)
        self.message_position_by_id = self._loader("message position", _places(Message).get)
        self.last_message_by_conversation = self._loader("last", self._last_message)
        self.calendar_authorization_url_by_account_key = self._loader("calendar", "https://example.com/{}".format)
        self.phone_numbers_by_account_key = self._loader("numbers", self._numbers, is_list=True)
        self.messages_by_conversation = self._loader("messages", self._messages, is_list=True)
        self.messages_around_by_conversation = self._loader("around", self._messages, is_list=True)
        self.conversations_by_contact = self._loader("conversations", self._conversations, is_list=True)
        self.last_activity_by_conversation = self._loader("activity", lambda _: example.READ_AT)
        self.read_state_by_conversation = self._loader("read", lambda _: READ, is_list=True)
        self.unread_conversations_by_account_key = self._loader("unread", len)

    def forget(self) -> None:
        """Do nothing: the objects don't change."""

    def can_detail(self, meeting: Meeting) -> bool:
        return not meeting.detailed

    def _last_message(self, conversation: ObjectKey) -> Message | None:
        return next((each for each in _all(Message) if _conversation_of(each) == conversation), None)

    def _numbers(self, account_key: str) -> list[PhoneNumber]:
        return [each for each in _all(PhoneNumber) if each.account_key == account_key]

    def _messages(self, key: tuple[ObjectKey, PageRequest | PageAround]) -> Page[Message]:
        parent, request = key
        return self._ports.page([each for each in _all(Message) if _conversation_of(each) == parent], request, key)

    def _conversations(self, key: tuple[ObjectKey, PageRequest]) -> Page[Conversation]:
        (account_key, contact), request = key
        of_account = [each for each in _all(Conversation) if each.account_key == account_key]
        return self._ports.page([each for each in of_account if each.contact_external_id == contact], request, key)

    def _loader(self, name: str, find: Callable[[Any], Any], *, is_list: bool = False) -> BatchLoader[Any, Any]:
        async def load_many(keys: Sequence[Any]) -> list[Any]:
            return [self._result(name, find, key, is_list) for key in keys]

        return BatchLoader(load_many)

    def _result(self, name: str, find: Callable[[Any], Any], key: object, is_list: bool) -> Any:
        if error := self._ports.error(name, key):
            return error
        return None if not is_list and self._ports.is_missing(name, key) else find(key)


def _all(kind: type[T]) -> list[T]:
    return [each for each in ENTITIES if isinstance(each, kind)]


def _by_id(kind: type[Any]) -> dict[ObjectKey, Any]:
    return {(each.scope if kind is Meeting else each.account_key, each.external_id): each for each in _all(kind)}


def _places(kind: type[Any]) -> dict[ObjectKey, Position]:
    return {key: (place, key[1]) for place, key in enumerate(_by_id(kind))}


def _conversation_of(message: Message) -> ObjectKey:
    return message.account_key, message.conversation_external_id
