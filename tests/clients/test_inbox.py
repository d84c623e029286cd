"""The inbox and its conversations, in a real browser."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random

from gateway.runtime.clock import utc_now
from tests.clients.page import Page, page
from tests.clients.party import Party, party
from tests.testkit.chromium import Chromium
from tests.testkit.node import needs_node
from tests.testkit.steps import external_id
from tests.testkit.token import REQUIRED
from tests.testkit.world import WorldBuilder

pytestmark = needs_node

Opening = AbstractAsyncContextManager[Page]

NAMES = "#conversations li strong"
LAST_MESSAGES = "#conversations li p"
BADGES = "#conversations li b"
TOTAL = "#unread"
MESSAGES = "#messages li"
PENDING = "#messages li.pending"
PAGE = 10
CUTS = 50


async def strangers(ann: Party, count: int) -> list[str]:
    """Return the ids of Ann's conversations with numbers that no account has, begun one after the other."""
    return [await ann.conversation_with(f"+1202555{1000 + each}", f"Cy{each}") for each in range(count)]


async def compose(page: Page, text: str) -> None:
    await page.fill("#composer input", text)
    await page.press("#composer button")


async def test_the_first_page_is_by_activity_and_takes_one_request(ann: Party, bob: Party, anns_page: Opening) -> None:
    oldest = await ann.conversation_with(bob.number, "Bob")
    await strangers(ann, PAGE)
    await ann.send(oldest, "hello")

    async with anns_page as page:
        await page.until_texts(NAMES, ["Bob Smith", *(f"Cy{each} Smith" for each in range(PAGE - 1, 0, -1))])
        assert (await page.texts(LAST_MESSAGES))[0] == "hello"
        assert page.wire.operations == ["Inbox"]
        await page.press("#more")
        await page.until_texts(NAMES, ["Bob Smith", *(f"Cy{each} Smith" for each in range(PAGE - 1, -1, -1))])


async def test_a_page_goes_on_where_it_was_while_conversations_move_up(
    ann: Party, bob: Party, anns_page: Opening
) -> None:
    with_bob = await bob.conversation_with(ann.number, "Ann")
    await bob.send(with_bob, "first")
    await strangers(ann, PAGE)

    async with anns_page as page:
        await page.until_texts(NAMES, [f"Cy{each} Smith" for each in range(PAGE - 1, -1, -1)])
        await bob.send(with_bob, "second")
        await page.until_texts(LAST_MESSAGES, ["second", *[""] * PAGE])
        await page.press("#more")
        await page.until_gone("#more")
        assert await page.texts(LAST_MESSAGES) == ["second", *[""] * PAGE]


async def test_unread_messages_are_counted_until_they_are_read(ann: Party, bob: Party, anns_page: Opening) -> None:
    with_ann = await bob.conversation_with(ann.number, "Ann")
    await bob.send(with_ann, "one", "two")
    (own,) = await ann.conversations()

    async with anns_page as page:
        await page.until_texts(BADGES, ["2"])
        assert await page.texts(TOTAL) == ["1"]
        await bob.send(with_ann, "three")
        await page.until_texts(BADGES, ["3"])

        await page.open_conversation(own)
        await page.until_texts(MESSAGES, ["one", "two", "three"])
        await page.until_gone(BADGES)
        await page.until_gone(TOTAL)


async def test_what_is_read_on_one_device_is_read_on_the_other(ann: Party, bob: Party, anns_page: Opening) -> None:
    await bob.send(await bob.conversation_with(ann.number, "Ann"), "one")
    (own,) = await ann.conversations()

    async with anns_page as page:
        await page.until_texts(BADGES, ["1"])
        await ann.read(own)
        await page.until_gone(BADGES)
        await page.until_gone(TOTAL)


async def test_what_begins_and_changes_elsewhere_shows_at_once(ann: Party, bob: Party, anns_page: Opening) -> None:
    await strangers(ann, 1)

    async with anns_page as page:
        await page.until_texts(NAMES, ["Cy0 Smith"])
        await bob.send(await bob.conversation_with(ann.number, "Ann"), "hello")
        await page.until_texts(NAMES, [bob.number, "Cy0 Smith"])
        await ann.rename(bob.number, "Bob", "Jones")
        await page.until_texts(NAMES, ["Bob Jones", "Cy0 Smith"])
        await ann.conversation_with("+12025551001", "Cy1")
        await page.until_texts(NAMES, ["Cy1 Smith", "Bob Jones", "Cy0 Smith"])
        assert page.wire.operations == ["Inbox"]


async def test_other_views_do_not_restart_the_feed_of_the_inbox(ann: Party, anns_page: Opening) -> None:
    (conversation,) = await strangers(ann, 1)

    async with anns_page as page:
        await page.open_conversation(conversation)
        await page.open_calendar()
        await ann.conversation_with("+12025551001", "Cy1")
        await page.until_texts(NAMES, ["Cy1 Smith", "Cy0 Smith"])
        assert page.subscriptions == ["Changes", "MessageAdded", "MeetingChanged"]


async def test_a_pending_message_becomes_the_one_with_its_key(ann: Party, bob: Party, anns_page: Opening) -> None:
    conversation = await ann.conversation_with(bob.number, "Bob")

    async with anns_page as page:
        await page.open_conversation(conversation)
        page.wire.hold_answers()
        await compose(page, "hello")
        await page.until_texts(PENDING, ["hello"])
        await page.until_gone(PENDING)  # by its event: it is not answered yet
        assert await page.texts(MESSAGES) == ["hello"]
        page.wire.release_answers()
        await compose(page, "again")
        await page.until_texts("#messages li:not(.pending)", ["hello", "again"])
        await page.until_gone(PENDING)
        await page.until_texts(LAST_MESSAGES, ["again"])


async def test_a_message_whose_answer_is_lost_is_sent_once(ann: Party, bob: Party, anns_page: Opening) -> None:
    conversation = await ann.conversation_with(bob.number, "Bob")

    async with anns_page as page:
        await page.open_conversation(conversation)
        page.wire.lose_answer("SendMessage")
        await compose(page, "hello")
        await page.until_outbox_is_empty()
        assert await page.texts(MESSAGES) == ["hello"]
        assert page.wire.operations.count("SendMessage") == 2
    assert await bob.texts() == ["hello"]


async def test_a_message_that_is_not_answered_outlives_the_page_and_is_sent_once(
    ann: Party, bob: Party, anns_page: Opening
) -> None:
    conversation = await ann.conversation_with(bob.number, "Bob")

    async with anns_page as page:
        await page.open_conversation(conversation)
        page.wire.hold_answers()
        await compose(page, "hello")
        await page.until_texts("#messages li:not(.pending)", ["hello"])
        await page.reload()
        page.wire.release_answers()
        await page.open_conversation(conversation)
        await page.until_outbox_is_empty()
        await page.until_texts(MESSAGES, ["hello"])
    assert await bob.texts() == ["hello"]


async def test_a_conversation_that_cannot_be_answered_says_why(ann: Party, bob: Party, anns_page: Opening) -> None:
    conversation = await ann.conversation_with(bob.number, "Bob")
    await ann.client.do("disconnectAccount", accountId=ann.account)

    async with anns_page as page:
        await page.open_conversation(conversation)
        await page.shown('#composer input[placeholder="NOT_AUTHORIZED"]:disabled')


async def test_nothing_is_lost_or_shown_twice_while_the_socket_is_cut(
    ann: Party, bob: Party, anns_page: Opening
) -> None:
    with_ann = await bob.conversation_with(ann.number, "Ann")
    await bob.send(with_ann, "0")
    (own,) = await ann.conversations()
    random, sent = Random(12), ["0"]

    async with anns_page as page:
        await page.open_conversation(own)
        await page.until_texts(MESSAGES, sent)
        page.wire.cut_sockets(lambda: random.randrange(2000))
        while page.wire.cuts < CUTS:
            before = page.wire.carried
            sent.append(str(len(sent)))
            await bob.send(with_ann, sent[-1])
            await page.wire.until_carried(before)
        page.wire.mend()
        sent.append("last")
        await bob.send(with_ann, "last")

        await page.until_texts(LAST_MESSAGES, ["last"])
        await page.until_texts(MESSAGES, sent)
        await page.until_gone(BADGES)
        # A cut may spoil one event, which is sent again.
        assert page.events.count("messageAdded") < len(sent) + CUTS


async def test_the_page_follows_a_gateway_that_stops_and_starts(
    tmp_path: Path, settings: str, site: str, browser: Chromium
) -> None:
    builder = WorldBuilder(folder=tmp_path, providers={"local": ""}, settings=settings + REQUIRED)
    async with (
        builder.process() as gateway,
        party(gateway) as ann,
        party(gateway) as bob,
        page(browser, site, gateway.url, ann.token) as anns_page,
    ):
        with_ann = await bob.conversation_with(ann.number, "Ann")
        await bob.send(with_ann, "before")
        await anns_page.until_texts(LAST_MESSAGES, ["before"])
        await gateway.stop()
        await gateway.start()
        await bob.send(with_ann, "after")
        await anns_page.until_texts(LAST_MESSAGES, ["after"])
        assert anns_page.wire.operations == ["Inbox"]


async def test_messages_of_a_provider_that_is_polled_arrive_too(
    tmp_path: Path, settings: str, sandbox_url: str, site: str, browser: Chromium
) -> None:
    providers = {"ringplan": "poll_seconds = 0.5"}
    builder = WorldBuilder(folder=tmp_path, providers=providers, sandbox_url=sandbox_url, settings=settings)
    async with builder.world(now=utc_now) as world:
        conversation = await (await world.new_texter()).conversation()
        async with page(browser, site, world.gateway.url) as opened:
            await opened.open_conversation(conversation)
            await world.ringplan.arrive(external_id(conversation), "hello")
            await opened.until_texts(MESSAGES, ["hello"])
            await opened.until_texts(LAST_MESSAGES, ["hello"])
            await opened.until_gone(BADGES)
