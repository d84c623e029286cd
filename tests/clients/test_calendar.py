"""The calendar and its forms, in a real browser."""

from contextlib import AbstractAsyncContextManager

import pytest

from tests.clients.page import Page
from tests.clients.party import Party
from tests.testkit.node import needs_node

pytestmark = needs_node

Opening = AbstractAsyncContextManager[Page]

TITLES = "#week article a"


def on(day: str) -> str:
    return f'#week [data-day="{day}"] article time'


async def schedule(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        await page.fill(f'#schedule [name="{name}"]', text)
    await page.press("#schedule button")


async def save(page: Page, local_start: str) -> None:
    await page.fill("form.move input", local_start)
    await page.press("form.move button")


async def test_a_week_takes_one_request_and_follows_what_changes_elsewhere(ann: Party, anns_page: Opening) -> None:
    tea = await ann.schedule("Tea", "2030-05-06T10:00")
    await ann.schedule("Next week", "2030-05-13T10:00")

    async with anns_page as page:
        await page.open_calendar()
        assert sorted(page.wire.operations) == ["Calendar", "Inbox"]
        await page.show_week("2030-05-06")
        await page.until_texts(TITLES, ["Tea"])
        page.wire.forget()

        talk = await ann.schedule("Talk", "2030-05-07T11:00")
        await page.until_texts(on("2030-05-07"), ["11:00-11:30 Europe/Vienna"])
        await ann.client.do("rescheduleMeeting", meetingId=talk, localStartTime="2030-05-20T11:00")
        await page.until_texts(TITLES, ["Tea"])
        await ann.client.do("cancelMeeting", meetingId=tea)
        await page.until_gone("#week article button")
        await page.shown("#week article.CANCELLED")
        assert page.wire.operations == []


async def test_a_meeting_moved_across_a_change_of_clocks_begins_at_the_same_hour(
    ann: Party, anns_page: Opening
) -> None:
    await ann.schedule("Tea", "2030-10-25T10:00")

    async with anns_page as page:
        await page.open_calendar()
        await page.show_week("2030-10-25")
        await page.until_texts(on("2030-10-25"), ["10:00-10:30 Europe/Vienna"])
        await page.shown('article time[datetime="2030-10-25T08:00:00+00:00"]')
        await page.press("button.move")
        await save(page, "2030-10-27T10:00")
        await page.until_texts(on("2030-10-27"), ["10:00-10:30 Europe/Vienna"])
        await page.shown('article time[datetime="2030-10-27T09:00:00+00:00"]')


@pytest.mark.parametrize(
    ("local_start", "instants"),
    [
        ("2030-10-27T02:30", ["2030-10-27T02:30:00+02:00", "2030-10-27T02:30:00+01:00"]),
        ("2031-03-30T02:30", ["2031-03-30T01:30:00+01:00", "2031-03-30T03:30:00+02:00"]),
    ],
    ids=["twice", "skipped"],
)
async def test_an_hour_that_clocks_skip_or_show_twice_is_refused_with_the_two_instants(
    ann: Party, anns_page: Opening, local_start: str, instants: list[str]
) -> None:
    await ann.schedule("Tea", "2030-10-25T10:00")

    async with anns_page as page:
        await page.open_calendar()
        await page.show_week("2030-10-25")
        await page.press("button.move")
        await save(page, local_start)
        await page.shown('form.move [data-field="localStartTime"] [role="alert"]')
        (message,) = await page.faults("localStartTime")
        assert [each for each in instants if each in message] == instants


async def test_each_error_is_shown_at_its_field(ann: Party, anns_page: Opening) -> None:
    bad = {
        "title": " ",
        "localStartTime": "2030-02-30T10:00",
        "timeZone": "Mars/Olympus",
        "durationMinutes": "1.5",
        "participants.0.email": "bob@example.com",
        "participants.1.email": "no address",
    }

    async with anns_page as page:
        await page.open_calendar()
        await schedule(page, **bad)
        await page.shown('#schedule [role="alert"]')
        at_fields = {name: await page.faults(name) for name in ("", *bad)}

    assert {name: len(faults) for name, faults in at_fields.items()} == {
        "": 0,
        **dict.fromkeys(bad, 1),
        "participants.0.email": 0,
    }


async def test_an_error_of_no_field_is_shown_beside_them(ann: Party, anns_page: Opening) -> None:
    async with anns_page as page:
        await page.open_calendar()
        await ann.client.do("disconnectAccount", accountId=ann.account)
        await schedule(page, title="Tea", localStartTime="2030-05-06T10:00")
        await page.shown('#schedule [role="alert"]')
        assert len(await page.faults("")) == 1


async def test_a_form_whose_answer_is_lost_schedules_one_meeting(ann: Party, anns_page: Opening) -> None:
    async with anns_page as page:
        await page.open_calendar()
        await page.show_week("2030-05-06")
        page.wire.lose_answer("ScheduleMeeting")
        await schedule(page, title="Tea")
        await page.until_texts(on("2030-05-06"), ["10:00-10:30 Europe/Vienna"])
        assert await page.texts(TITLES) == ["Tea"]
