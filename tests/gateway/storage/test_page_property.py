"""Pages of every kind against a reference that sorts all rows and cuts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from gateway.storage import MessageCoverage, MessagePosition, Store, Visibility
from gateway.storage.values import to_microseconds
from providers.domain.criteria import ContactCriteria, ConversationCriteria, MeetingCriteria, MessageCriteria, ObjectKey
from providers.domain.entities import Contact, Message
from providers.domain.pages import Beginning, Page, PageRequest, Position
from tests.testkit.clock import NOON
from tests.testkit.sample import account, contact, conversation, keep_accounts, meeting, message

USERS = {"acc-1": "ada", "acc-2": "ada", "acc-3": "bob"}
VIEWERS = {None: Visibility.unrestricted(), "ada": Visibility.of("ada"), "bob": Visibility.of("bob")}
CONVERSATIONS = [(key, f"v-{number}") for key in USERS for number in range(3)]


@dataclass(frozen=True)
class Expected:
    """A list as a whole: the positions of its rows in order."""

    positions: list[Position]
    descending: bool

    def page(self, request: PageRequest) -> tuple[list[Position], bool, bool]:
        """Positions, has_previous, has_next."""
        inside = [each for each in self.positions if self._is_after(each, request.after)]
        inside = [each for each in inside if request.before is None or self._is_after(request.before, each)]
        kept = inside[-request.limit :] if request.backward else inside[: request.limit]
        more = len(inside) > request.limit
        head = request.after is not None and any(not self._is_after(each, request.after) for each in self.positions)
        tail = request.before is not None and any(not self._is_after(request.before, each) for each in self.positions)
        return kept, head or (more and request.backward), tail or (more and not request.backward)

    def _is_after(self, position: Position, other: Position | None) -> bool:
        if other is None:
            return True
        return position < other if self.descending else position > other


def requests(random: Random, expected: Expected, count: int) -> list[PageRequest]:
    """Requests with bounds that are rows of the list or just beside one."""

    def bound() -> Position | None:
        if not expected.positions or random.random() < 0.4:
            return None
        first, *rest = random.choice(expected.positions)
        return (first, *rest) if random.random() < 0.7 else (first, *rest[:-1], "acc-2")

    return [
        PageRequest(limit=random.randint(1, 6), after=bound(), before=bound(), backward=random.random() < 0.5)
        for _ in range(count)
    ]


def places_requested(random: Random, count: int) -> list[PageRequest]:
    """Requests of a list that is sorted by one number."""

    def bound() -> Position | None:
        return random.choice([None, (random.randint(0, 25),)])

    return [PageRequest(limit=3, after=bound(), before=bound(), backward=random.random() < 0.5) for _ in range(count)]


def summary(page: Page[Any]) -> tuple[list[Position], bool, bool]:
    return list(page.positions), page.has_previous, page.has_next


def is_seen(viewer: str | None, account_key: str) -> bool:
    return viewer in {None, USERS[account_key]}


def message_position(each: Message) -> Position:
    return to_microseconds(each.created_at), each.external_id, each.account_key


def contact_position(each: Contact) -> Position:
    return (each.last_name or "").casefold(), (each.first_name or "").casefold(), each.external_id, each.account_key


def ordered(entities: Sequence[Any], position: Callable[[Any], Position], *, descending: bool = False) -> Expected:
    return Expected(sorted(map(position, entities), reverse=descending), descending)


@pytest.fixture
async def messages(store: Store) -> list[Message]:
    """Some of one moment, and of several accounts with the same external id."""
    random = Random(1)
    written = [
        message(
            f"t-{number}",
            account_key=key,
            conversation_external_id=random.choice(CONVERSATIONS)[1],
            created_at=NOON - timedelta(seconds=random.randint(0, 9)),
        )
        for number in range(14)
        for key in USERS
    ]
    await keep_accounts(store, *(account(key, user_id=user) for key, user in USERS.items()))
    async with store.write() as transaction:
        await store.messages.put(transaction, written)
        for key, name in CONVERSATIONS[::2]:
            tail = MessagePosition(NOON, name)
            await store.message_coverages.put(transaction, [MessageCoverage(conversation=(key, name), tail=tail)])
    return written


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("keys", [None, (), ("acc-1",), ("acc-3", "acc-1", "acc-1", "none")])
async def test_messages_over_accounts(
    store: Store, messages: list[Message], viewer: str | None, keys: tuple[str, ...] | None
) -> None:
    seen = [
        each for each in messages if is_seen(viewer, each.account_key) and (keys is None or each.account_key in keys)
    ]
    expected = ordered(seen, message_position, descending=True)
    for request in requests(Random(2), expected, 25):
        page = await store.messages.page(VIEWERS[viewer], MessageCriteria(account_keys=keys), request)
        assert summary(page) == expected.page(request), request
        assert page.count is not None
        assert await page.count() == len(seen)


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_messages_of_each_conversation_and_of_some_together(
    store: Store, messages: list[Message], viewer: str | None
) -> None:
    def of(*keys: ObjectKey) -> Expected:
        seen = [
            each
            for each in messages
            if is_seen(viewer, each.account_key) and (each.account_key, each.conversation_external_id) in keys
        ]
        return ordered(seen, message_position, descending=True)

    visibility, wanted = VIEWERS[viewer], [*CONVERSATIONS, CONVERSATIONS[0], ("acc-1", "none"), ("acc-1", "\x00")]
    for request in requests(Random(3), of(*CONVERSATIONS), 12):
        pages = await store.messages.pages_by_conversation(visibility, wanted, request)
        covered = await store.messages.covered_pages(visibility, wanted, request)
        coverages = await store.message_coverages.get_many(visibility, wanted)
        assert [summary(page) for page in pages] == [of(key).page(request) for key in wanted]
        assert [summary(page) for page, _ in covered] == [summary(page) for page in pages]
        assert [coverage for _, coverage in covered] == coverages
        some = MessageCriteria(conversations=tuple(wanted[:4]), account_keys=("acc-1", "acc-3"))
        together = await store.messages.page(visibility, some, request)
        assert summary(together) == of(*(key for key in wanted[:4] if key[0] != "acc-2")).page(request)


async def test_a_position_that_ends_with_a_beginning_is_that_of_its_row(store: Store) -> None:
    """Of rows that differ in the value that is cut alone, in both orders and both directions."""
    random = Random(5)
    keys = [UUID(int=random.getrandbits(128)).hex for _ in range(6)]
    await keep_accounts(store, *(account(key, user_id="ada") for key in keys))
    texts = [message(name, account_key=key, created_at=NOON) for name in ("t-1", "t-2") for key in keys]
    calls = [meeting(str(UUID(key)), scope=key, account_key=key, start_time=NOON) for key in keys]
    calls += [meeting(str(UUID(key)), scope=keys[0], account_key=keys[0], start_time=NOON) for key in keys]
    async with store.write() as transaction:
        await store.messages.put(transaction, texts)
        await store.meetings.put(transaction, calls)
    ada = Visibility.of("ada")

    async def of_texts(request: PageRequest) -> Page[Any]:
        return await store.messages.page(ada, MessageCriteria(), request)

    def of_calls(*, descending: bool) -> Callable[[PageRequest], Awaitable[Page[Any]]]:
        criteria = MeetingCriteria(start=NOON, end=NOON + timedelta(days=1), descending=descending)
        return lambda request: store.meetings.page(ada, criteria, request, NOON)

    for read in (of_texts, of_calls(descending=False), of_calls(descending=True)):
        whole = (await read(PageRequest(limit=100))).positions
        assert len(whole) == 12 - (read is not of_texts)
        for position in whole:
            cut = (*position[:-1], Beginning(str(position[-1])[:18]))
            for limit, backward in ((2, False), (2, True), (100, False)):
                for request in (
                    PageRequest(limit=limit, backward=backward, after=position),
                    PageRequest(limit=limit, backward=backward, before=position),
                    PageRequest(limit=limit, backward=backward, after=position, before=position),
                ):
                    same = request._replace(after=request.after and cut, before=request.before and cut)
                    assert summary(await read(same)) == summary(await read(request))


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("keys", [None, ("acc-2", "acc-3")])
async def test_contacts_over_accounts(store: Store, viewer: str | None, keys: tuple[str, ...] | None) -> None:
    names = ("Ames", "Bose", "Chu")
    written = [
        contact(f"c-{number}", account_key=key, last_name=names[number % 3], first_name=names[number % 2])
        for number in range(8)
        for key in USERS
    ]
    await keep_accounts(store, *(account(key, user_id=user) for key, user in USERS.items()))
    async with store.write() as transaction:
        await store.contacts.put(transaction, written)
    seen = [
        each for each in written if is_seen(viewer, each.account_key) and (keys is None or each.account_key in keys)
    ]
    places = {each.key: (len(written) - place,) for place, each in enumerate(written)}
    by_name, by_creation = (
        ordered(seen, contact_position),
        ordered(seen, lambda each: places[each.key], descending=True),
    )
    for criteria in (
        ContactCriteria(account_keys=keys),
        ContactCriteria(account_keys=keys, number="202 555 0101"),
        ContactCriteria(account_keys=keys, text="0101"),
    ):
        for request in requests(Random(4), by_name, 12):
            page = await store.contacts.page(VIEWERS[viewer], replace(criteria, by_name=True), request)
            assert summary(page) == by_name.page(request), (criteria, request)
        for request in places_requested(Random(5), 12):
            page = await store.contacts.page(VIEWERS[viewer], criteria, request)
            assert summary(page) == by_creation.page(request), (criteria, request)


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_conversations_of_accounts_and_of_contacts(store: Store, viewer: str | None) -> None:
    await keep_accounts(store, *(account(key, user_id=user) for key, user in USERS.items()))
    written = [
        conversation(f"v-{number}", account_key=key, contact_external_id=f"c-{number % 2}")
        for number in range(6)
        for key in USERS
    ]
    async with store.write() as transaction:
        await store.conversations.put(transaction, written)
    places = {(each.account_key, each.external_id): (len(written) - place,) for place, each in enumerate(written)}

    def of(keys: Sequence[str], contact_id: str | None = None) -> Expected:
        positions: list[Position] = [
            places[each.account_key, each.external_id]
            for each in written
            if is_seen(viewer, each.account_key)
            and each.account_key in keys
            and contact_id in {None, each.contact_external_id}
        ]
        return Expected(sorted(positions, reverse=True), descending=True)

    visibility, contacts = VIEWERS[viewer], [(key, f"c-{number}") for key in USERS for number in range(3)]
    for request in places_requested(Random(6), 20):
        for keys in (None, ("acc-3", "acc-1")):
            page = await store.conversations.page(visibility, ConversationCriteria(account_keys=keys), request)
            assert summary(page) == of(keys or [*USERS]).page(request), request
            assert [each.account_key for _, each in page.nodes] == [account.key for account, _ in page.nodes]
        pages = await store.conversations.pages_by_contact(visibility, contacts, request)
        assert [summary(each) for each in pages] == [of([key], name).page(request) for key, name in contacts]
