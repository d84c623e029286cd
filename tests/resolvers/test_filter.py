from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.domain.criteria import (
    AccountCriteria,
    ContactCriteria,
    ConversationCriteria,
    MeetingCriteria,
    MessageCriteria,
)
from providers.domain.entities import AccountStatus, MeetingKind, MeetingService, MeetingStatus, MessageDirection
from tests.resolvers import example
from tests.resolvers.asking import answer, errors
from tests.resolvers.backend import Backend

TODAY = datetime(2026, 11, 21, tzinfo=UTC)


async def criteria(listing: str, filter_type: str, value: object) -> Any:
    """Return the criteria with which a list is read for the filter `value`."""
    backend = Backend()
    await answer(backend, f"query($f: {filter_type}) {{ {listing}(filter: $f) {{ nodes {{ id }} }} }}", f=value)
    return backend.asked[-1][1]


async def test_without_a_filter_everything_matches() -> None:
    assert await criteria("accounts", "AccountFilter", None) == AccountCriteria()
    assert await criteria("contacts", "ContactFilter", None) == ContactCriteria()
    assert await criteria("conversations", "ConversationFilter", {}) == ConversationCriteria(reader="u-1")
    assert await criteria("messages", "MessageFilter", None) == MessageCriteria()


async def test_every_field_of_an_account_filter_restricts_the_list() -> None:
    value = {"providers": ["local"], "userIds": ["u-1"], "services": ["JITSI"], "statuses": ["EXPIRED"]}

    assert await criteria("accounts", "AccountFilter", value) == AccountCriteria(
        providers=("local",),
        user_ids=("u-1",),
        services=(MeetingService.JITSI,),
        statuses=(AccountStatus.EXPIRED,),
    )


async def test_every_field_of_a_meeting_filter_restricts_the_list() -> None:
    value = {
        "accountIds": [example.account("a-1").id, example.account("a-2").id],
        "providers": ["local"],
        "userIds": ["u-1"],
        "from": "2026-11-21T10:00:00+01:00",
        "to": "2026-11-22T10:00:00Z",
        "kinds": ["INSTANT"],
        "statuses": ["CANCELLED"],
        "text": "stand",
    }

    assert await criteria("meetings", "MeetingFilter", value) == MeetingCriteria(
        start=datetime(2026, 11, 21, 9, tzinfo=UTC),
        end=datetime(2026, 11, 22, 10, tzinfo=UTC),
        account_keys=("a-1", "a-2"),
        providers=("local",),
        user_ids=("u-1",),
        kinds=(MeetingKind.INSTANT,),
        statuses=(MeetingStatus.CANCELLED,),
        text="stand",
    )


async def test_every_field_of_a_contact_filter_restricts_the_list() -> None:
    value = {"accountIds": [example.account().id], "number": "+12025550102", "text": "bob"}

    expected = ContactCriteria(account_keys=("a-1",), number="+12025550102", text="bob")
    assert await criteria("contacts", "ContactFilter", value) == expected


async def test_every_field_of_a_conversation_filter_restricts_the_list() -> None:
    ids = {"accountIds": [example.account().id], "contactIds": [example.contact().id]}

    value = {**ids, "fromNumber": "+1", "text": "Ann", "unread": True}

    assert await criteria("conversations", "ConversationFilter", value) == ConversationCriteria(
        account_keys=("a-1",), contacts=(("a-1", "c-1"),), from_number="+1", text="Ann", unread=True, reader="u-1"
    )


async def test_every_field_of_a_message_filter_restricts_the_list() -> None:
    value = {
        "accountIds": [example.account().id],
        "conversationIds": [example.conversation().id],
        "direction": "INBOUND",
        "from": "2026-11-21T10:00:00+01:00",
        "to": "2026-11-21T09:00:01Z",
        "text": "hello",
    }

    assert await criteria("messages", "MessageFilter", value) == MessageCriteria(
        account_keys=("a-1",),
        conversations=(("a-1", "v-1"),),
        direction=MessageDirection.INBOUND,
        start=datetime(2026, 11, 21, 9, tzinfo=UTC),
        end=datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC),
        text="hello",
    )


async def test_unknown_ids_match_nothing() -> None:
    ids = ["garbage", example.contact().id]
    conversations = {"accountIds": [*ids, example.account().id], "contactIds": ["garbage"]}

    assert (await criteria("contacts", "ContactFilter", {"accountIds": ids})).account_keys == ()
    assert await criteria("conversations", "ConversationFilter", conversations) == ConversationCriteria(
        account_keys=("a-1",), contacts=(), reader="u-1"
    )


async def test_an_empty_list_matches_nothing() -> None:
    value: dict[str, list[str]] = {"accountIds": [], "providers": [], "userIds": [], "kinds": [], "statuses": []}

    found: MeetingCriteria = await criteria("meetings", "MeetingFilter", value)

    assert (found.account_keys, found.providers, found.user_ids, found.kinds, found.statuses) == ((),) * 5


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        (None, TODAY, TODAY + timedelta(days=31)),
        ({"from": "2026-01-01T00:00:00Z"}, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        ({"to": "2026-02-01T00:00:00Z"}, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (
            {"from": "2026-01-01T00:00:00Z", "to": "2027-01-02T00:00:00Z"},
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2027, 1, 2, tzinfo=UTC),
        ),
    ],
)
async def test_missing_ends_of_a_meeting_window_have_defaults(value: object, start: datetime, end: datetime) -> None:
    found: MeetingCriteria = await criteria("meetings", "MeetingFilter", value)

    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize(
    "value",
    [
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2027-01-02T00:00:01Z"},
        {"from": "9999-12-31T00:00:00Z"},
        {"to": "0001-01-01T00:00:00Z"},
    ],
)
async def test_an_empty_or_too_long_window_is_refused(value: dict[str, str]) -> None:
    [error] = await errors(Backend(), "query($f: MeetingFilter) { meetings(filter: $f) { nodes { id } } }", f=value)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].split(":")[0] in {"to", "from and to"}


async def test_an_empty_message_window_is_refused() -> None:
    value = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}

    [error] = await errors(Backend(), "query($f: MessageFilter) { messages(filter: $f) { nodes { id } } }", f=value)

    assert error["message"] == "to: must be after from."


@pytest.mark.parametrize(("order", "descending"), [("START_TIME_ASC", False), ("START_TIME_DESC", True), (None, False)])
async def test_the_order_is_part_of_the_criteria(order: str | None, descending: bool) -> None:
    backend = Backend()

    await answer(backend, "query($o: MeetingOrder) { meetings(orderBy: $o) { nodes { id } } }", o=order)

    assert backend.asked[0][1].descending is descending


@pytest.mark.parametrize(("order", "by_name"), [("CREATED_DESC", False), ("NAME_ASC", True), (None, False)])
async def test_the_order_of_contacts_is_part_of_the_criteria(order: str | None, by_name: bool) -> None:
    backend = Backend()

    await answer(backend, "query($o: ContactOrder) { contacts(orderBy: $o) { nodes { id } } }", o=order)

    assert backend.asked[0][1].by_name is by_name


@pytest.mark.parametrize(
    ("order", "by_activity"), [("CREATED_DESC", False), ("LAST_ACTIVITY_DESC", True), (None, False)]
)
async def test_the_order_of_conversations_is_part_of_the_criteria(order: str | None, by_activity: bool) -> None:
    backend = Backend()

    await answer(backend, "query($o: ConversationOrder) { conversations(orderBy: $o) { nodes { id } } }", o=order)

    assert backend.asked[0][1].by_activity is by_activity
