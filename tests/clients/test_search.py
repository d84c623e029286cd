"""The search, in a real browser."""

from contextlib import AbstractAsyncContextManager

from tests.clients.page import Page
from tests.clients.party import Party
from tests.testkit.node import needs_node

pytestmark = needs_node

MESSAGES = "#messages li"


async def test_a_hit_opens_in_its_place(ann: Party, bob: Party, anns_page: AbstractAsyncContextManager[Page]) -> None:
    texts = [f"number {each}" for each in range(100, 160)]
    conversation = await ann.conversation_with(bob.number, "Bob")
    ids = await ann.send(conversation, *texts)
    hit = texts.index("number 135")

    async with anns_page as page:
        await page.press("#to-search")
        await page.fill("#search input", "135")
        await page.press("#search button")
        await page.until_texts("#hits li", ["Bob Smith number 135"])
        assert sorted(page.wire.operations) == ["Inbox", "Search"]

        await page.press(f'#hits [data-id="{ids[hit]}"]')
        await page.until_texts('#messages [aria-current="true"]', ["number 135"])
        around = await page.texts(MESSAGES)
        assert around == texts[hit - 9 : hit + 11]
        await page.press("#newer")
        await page.until_texts(MESSAGES, texts[hit - 9 :])
        await page.press("#older")
        await page.until_texts(MESSAGES, texts[hit - 29 :])
        await page.press("#older")
        await page.until_texts(MESSAGES, texts)


async def test_conversations_are_found_by_the_name_and_the_number(
    ann: Party, bob: Party, anns_page: AbstractAsyncContextManager[Page]
) -> None:
    conversation = await ann.conversation_with(bob.number, "Bob")
    await ann.conversation_with("+12025551000", "Cy")

    async with anns_page as page:
        await page.press("#to-search")
        for text in ("bob", bob.number[-5:]):
            await page.fill("#search input", text)
            await page.press("#search button")
            await page.until_texts("#people li", ["Bob Smith"])
        await page.press(f'#people [data-id="{conversation}"]')
        await page.shown(f'#thread[data-id="{conversation}"]')
