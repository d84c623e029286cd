"""Which messages are announced, and where they are listed, when an upstream has them late, tied or out of order."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from providers.domain.entities import Conversation
from providers.domain.pages import PageRequest
from tests.gateway.reads.texting import Texting, texting
from tests.testkit.clock import NOON

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Texting]:
    async with texting(sqlite_url) as opened:
        opened.paper.page_size = 20
        yield opened


@pytest.fixture
async def conversation(world: Texting) -> Conversation:
    """Without messages, as the poller has seen."""
    await world.connect()
    conversation = world.begin("v")
    await world.look()
    return conversation


async def test_a_late_message_of_a_conversation_that_is_known_to_its_end_is_announced(
    world: Texting, conversation: Conversation
) -> None:
    world.arrive(conversation, NOON + 10 * SECOND, 0, "0a")
    await world.look()
    world.arrive(conversation, NOON + 5 * SECOND, 0, "0c")
    await world.look()
    assert await world.announced() == ["0a", "0c"]


async def test_a_late_message_that_is_older_than_the_account_is_announced(
    world: Texting, conversation: Conversation
) -> None:
    world.arrive(conversation, NOON + 10 * SECOND, 0, "0a")
    await world.look()
    world.arrive(conversation, NOON - DAY, 0, "0c")
    await world.look()
    assert await world.announced() == ["0a", "0c"]


async def test_a_late_message_further_down_than_a_page_is_announced(world: Texting, conversation: Conversation) -> None:
    for number in range(50):
        world.arrive(conversation, NOON + number * SECOND, 0, f"{number:02}")
    await world.look()
    world.arrive(conversation, NOON + 10 * SECOND, 1, "late")
    await world.look()
    assert await world.announced() == [*(f"{number:02}" for number in range(50)), "late"]


async def test_a_message_dated_in_the_far_future_hides_no_later_message(
    world: Texting, conversation: Conversation
) -> None:
    world.arrive(conversation, NOON + 365 * DAY, 0, "future")
    await world.look()
    for number in range(45):
        world.arrive(conversation, NOON + number * SECOND, 0, f"{number:02}")
    await world.look()
    assert await world.announced() == ["future", *(f"{number:02}" for number in range(45))]


async def test_a_message_whose_time_changes_stays_where_it_is_and_is_announced_once(
    world: Texting, conversation: Conversation
) -> None:
    world.arrive(conversation, NOON + SECOND, 0, "one")
    world.arrive(conversation, NOON + 2 * SECOND, 0, "two")
    await world.look()
    first = await world.page(conversation, PageRequest(limit=1))
    world.paper.messages[conversation.external_id].clear()
    world.arrive(conversation, NOON + 2 * SECOND, 0, "two")
    moved = world.arrive(conversation, NOON + 3 * SECOND, 0, "one")
    await world.look()
    rest = await world.page(conversation, PageRequest(limit=1, after=first.positions[-1]))
    assert [message.external_id for message in first.nodes] == ["two"]
    assert rest.nodes == [moved]
    assert await world.announced() == ["one", "two"]


async def test_messages_received_while_an_account_was_expired_are_announced_in_order_of_time(
    world: Texting, conversation: Conversation
) -> None:
    world.arrive(conversation, NOON + SECOND, 0, "known")
    await world.look()
    stranger = world.begin("stranger")
    world.arrive(stranger, NOON + 3 * SECOND, 0, "S")
    world.arrive(conversation, NOON + 2 * SECOND, 0, "K")
    world.clock.pass_by(timedelta(hours=1))
    await world.connect()
    await world.look()
    world.arrive(stranger, world.clock(), 0, "T")
    await world.look()
    assert await world.announced() == ["known", "K", "S", "T"]
    listed = await world.across(PageRequest(limit=9))
    assert [message.external_id for message in listed.nodes] == ["T", "S", "K", "known"]


async def test_a_conversation_that_was_never_read_holds_news_since_the_first_connection(world: Texting) -> None:
    await world.connect()
    conversation = world.begin("v")
    world.arrive(conversation, NOON - SECOND, 0, "history")
    world.arrive(conversation, NOON + SECOND, 0, "S")
    world.clock.pass_by(timedelta(hours=1))
    await world.connect()
    await world.look()
    assert await world.announced() == ["S"]


@pytest.mark.parametrize("behind", [timedelta(minutes=5), timedelta(hours=5)])
async def test_a_first_message_is_announced_if_the_upstreams_clock_is_behind(
    world: Texting, conversation: Conversation, behind: timedelta
) -> None:
    world.arrive(world.begin("stranger"), NOON - behind, 0, "S")
    await world.look()
    assert await world.announced() == ["S"]


async def test_a_strangers_many_messages_are_all_announced_although_a_reader_saw_the_newest_first(
    world: Texting, conversation: Conversation
) -> None:
    stranger = world.begin("stranger")
    for number in range(45):
        world.arrive(stranger, NOON - DAY + number * SECOND, 0, f"{number:02}")
    await world.list_conversations()
    await world.page(stranger, PageRequest(limit=20))
    await world.look()
    assert sorted(await world.announced()) == [f"{number:02}" for number in range(45)]


async def test_history_is_not_announced_however_deep_it_is_read(world: Texting) -> None:
    await world.connect()
    conversation = world.begin("v")
    for number in range(70):
        world.arrive(conversation, NOON - 100 * SECOND + number * SECOND, 0, f"{number:02}")
    await world.look()
    await world.page(conversation, PageRequest(limit=70, backward=True))
    await world.look()
    assert await world.announced() == []


@pytest.mark.parametrize(("grain", "later"), [(timedelta(microseconds=1), 0), (SECOND, 0.4)], ids=["tied", "a second"])
async def test_a_message_that_ties_at_the_border_of_an_upstreams_page_is_listed_once(
    world: Texting, grain: timedelta, later: float
) -> None:
    """The upstream has the one with the greater id, or with the later time within a second, further down."""
    world.grain = grain
    await world.connect()
    conversation = world.begin("v")
    await world.list_conversations()
    border = NOON - 60 * SECOND
    for number in range(19):
        world.arrive(conversation, NOON - number * SECOND, 0)
    world.arrive(conversation, border, 2, "01")
    world.arrive(conversation, border + later * SECOND, 1, "02")
    first = await world.page(conversation, PageRequest(limit=20))
    assert (first.nodes[-1].external_id, first.has_next) == ("01", True)
    assert world.paper.calls["list_messages"] == 1
    second = await world.page(conversation, PageRequest(limit=20, after=first.positions[-1]), force=False)
    assert [message.external_id for message in second.nodes] == ["02"]
    assert (second.has_next, second.has_previous) == (False, True)
    assert second.count is not None
    assert await second.count() == 21


async def test_messages_sent_before_the_first_fetch_leave_no_gap(world: Texting) -> None:
    await world.connect()
    conversation = world.begin("v")
    await world.list_conversations()
    await world.send(conversation, NOON, 0)
    for number in range(1, 46):
        world.arrive(conversation, NOON + number * SECOND, 0)
    page = await world.page(conversation, PageRequest(limit=25))
    times = [(message.created_at - NOON) // SECOND for message in page.nodes]
    assert times == list(range(45, 20, -1))
