"""People with accounts and what lies under them, marked so that a byte of it is found again wherever it is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TypeVar
from uuid import uuid4

from hypothesis import strategies as st

from gateway.runtime.process import Process
from gateway.storage import Change
from providers.domain.entities import (
    Account,
    AccountStatus,
    Contact,
    Conversation,
    Entity,
    Meeting,
    Message,
    Participant,
    PhoneNumber,
)
from providers.domain.identity import Identity
from tests.testkit.clock import NOON
from tests.testkit.paper import Paper
from tests.testkit.sample import account, contact, conversation, meeting, message, phone_number

T = TypeVar("T")

_NUMBERS = count(1)
HOST_ONLY = "only-for-the-host"
_STATUSES = st.lists(st.sampled_from(AccountStatus), max_size=1)
_SIZES = st.integers(1, 2)


@dataclass
class Person:
    """Whoever sees `mark` sees something of this person. Worlds are told by their marks alone: they are large."""

    mark: str
    accounts: list[Account] = field(default_factory=list, repr=False)
    meetings: list[Meeting] = field(default_factory=list, repr=False)
    numbers: list[PhoneNumber] = field(default_factory=list, repr=False)
    contacts: list[Contact] = field(default_factory=list, repr=False)
    conversations: list[Conversation] = field(default_factory=list, repr=False)
    messages: list[Message] = field(default_factory=list, repr=False)

    @property
    def user_id(self) -> str:
        return f"user {self.mark}"

    @property
    def everything(self) -> list[Entity]:
        """The entities that have events."""
        return [*self.accounts, *self.meetings, *self.contacts, *self.conversations, *self.messages]

    @property
    def ids(self) -> list[str]:
        kinds = (self.accounts, self.meetings, self.numbers, self.contacts, self.conversations, self.messages)
        return [each.id for kind in kinds for each in kind]


def made_up(known: str) -> str:
    """An id of the same kind that never was."""
    identity = Identity.parse(known)
    assert identity is not None
    return str(Identity(identity.kind, uuid4().hex, identity.external_id and uuid4().hex))


def person_with(*statuses: AccountStatus, size: int = 1) -> Person:
    """Somebody with an account of each status, and so many of everything under each."""
    person = Person(f"zq{next(_NUMBERS)}x")
    for status in statuses:
        _furnish(person, status, size)
    return person


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """Two or three, of whom the first has at least one of everything."""
    first = person_with(AccountStatus.CONNECTED, *draw(_STATUSES), size=draw(_SIZES))
    return [first, *(person_with(*draw(_STATUSES), size=draw(_SIZES)) for _ in range(draw(st.integers(1, 2))))]


def _furnish(person: Person, status: AccountStatus, size: int) -> None:
    mark, key = person.mark, f"{person.mark}-{len(person.accounts)}"
    person.accounts.append(
        account(key, provider="paper", user_id=person.user_id, external_id=f"at {key}", status=status)
    )
    person.numbers.append(phone_number("+12025550100", account_key=key, number="+12025550100", owners=()))
    for number in range(size):
        name = f"{key}-{number}"
        person.meetings += [_meeting(person, key, f"{name}-own", key), _meeting(person, f"users {mark}", name, None)]
        person.contacts.append(
            contact(name, account_key=key, first_name=f"First {mark}", last_name=f"Last {mark}", number=f"1 {mark}")
        )
        person.conversations.append(
            conversation(name, account_key=key, contact_external_id=name, from_number=f"2 {mark}")
        )
        person.messages.append(
            message(name, account_key=key, conversation_external_id=name, text=f"Text {mark}", from_number=mark)
        )


def _meeting(person: Person, scope: str, name: str, account_key: str | None) -> Meeting:
    mark = person.mark
    return meeting(
        name,
        scope=scope,
        provider="paper",
        user_id=person.user_id,
        account_key=account_key,
        start_time=NOON + timedelta(hours=2),
        title=f"Title {mark}",
        description=f"Description {mark}",
        join_url=f"https://meet.example.com/{mark}",
        host_url=f"https://meet.example.com/{HOST_ONLY}/{mark}",
        password=f"{HOST_ONLY} {mark}",
        icalendar=f"BEGIN:VCALENDAR {mark}",
        participants=(Participant(email=f"{mark}@example.com"),),
    )


async def settle(process: Process, paper: Paper, everybody: list[Person]) -> None:
    """Puts them into the store and on paper, and tells of all of it in the feed."""
    for person in everybody:
        _write_down(paper, person)
        async with process.recorder.record() as record:
            for each in person.accounts:
                await process.store.accounts.put(record.transaction, each)
            await process.store.meetings.put(record.transaction, person.meetings)
            await process.store.contacts.put(record.transaction, person.contacts)
            await process.store.conversations.put(record.transaction, person.conversations)
            await process.store.messages.put(record.transaction, person.messages)
            for each, numbers in _by_account(person):
                await process.store.phone_numbers.replace_all(record.transaction, each.key, numbers)
                own = [one for one in person.messages if one.account_key == each.key]
                record.announce_messages(each, own)
                record.announce_contacts(each, _added(one for one in person.contacts if one.account_key == each.key))
                begun = _added(one for one in person.conversations if one.account_key == each.key)
                record.announce_conversations(each, begun)
            record.announce_accounts(person.accounts)
            record.announce_meetings(_added(person.meetings))


def _added(entities: Iterable[T]) -> list[Change[T]]:
    return [Change(each, is_new=True) for each in entities]


def _by_account(person: Person) -> Iterator[tuple[Account, list[PhoneNumber]]]:
    for each in person.accounts:
        yield each, [number for number in person.numbers if number.account_key == each.key]


def _write_down(paper: Paper, person: Person) -> None:
    for each in person.accounts:
        paper.meetings[each.key] = [one for one in person.meetings if one.account_key == each.key]
        paper.contacts[each.key] = [one for one in person.contacts if one.account_key == each.key]
        paper.conversations[each.key] = [one for one in person.conversations if one.account_key == each.key]
    for talk in person.conversations:
        paper.messages[talk.external_id] = [
            one for one in person.messages if one.conversation_external_id == talk.external_id
        ]
