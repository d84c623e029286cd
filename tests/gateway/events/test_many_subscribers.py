"""Many subscribers: an event is looked up, executed and encoded once for each form in which viewers see it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest

from tests.testkit.client import Client, Json
from tests.testkit.served import Served
from tests.testkit.statements import statements_of_all_stores
from tests.testkit.steps import connected
from tests.testkit.token import token_of

MEETINGS = "subscription { meetingChanged { title account { userId } } }"


async def schedule(client: Client, account: str, title: str) -> None:
    meeting = {"title": title, "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
    await client.do("scheduleMeeting", accountId=account, **meeting)


@pytest.fixture
def store_settings() -> str:
    """Without the read cache, so that every read is a statement."""
    return "cache_bytes = 0"


@pytest.fixture
async def account(ada: Client) -> str:
    return await connected(ada)


@pytest.fixture
async def users(shared_gateway: Served) -> AsyncIterator[dict[str, Client]]:
    tokens = {"ada": token_of("ada"), "reader": token_of("ada", "read"), "root": token_of("root", "admin")}
    async with AsyncExitStack() as exit_stack:
        clients = {name: shared_gateway.client(token) for name, token in tokens.items()}
        yield {name: await exit_stack.enter_async_context(client) for name, client in clients.items()}


@pytest.fixture
def ada(users: dict[str, Client]) -> Client:
    return users["ada"]


class Crowd:
    """Subscribers to meetings, and the statements that one event costs all of them together."""

    def __init__(self, writer: Client, account: str) -> None:
        self._writer = writer
        self._account = account

    async def reads(self, subscribers: Sequence[Client]) -> int:
        """Return how many reads of meetings and accounts a scheduled meeting leads to."""
        async with AsyncExitStack() as exit_stack:
            sockets = [await exit_stack.enter_async_context(each.subscribed(MEETINGS)) for each in subscribers]
            with statements_of_all_stores() as sent:
                await schedule(self._writer, self._account, "Review")
                events: list[Json] = [await each.event() for each in sockets]
            await schedule(self._writer, self._account, "Next")
            later = [await each.event() for each in sockets]
        assert all(each == events[0] for each in events)
        assert {each["data"]["meetingChanged"]["title"] for each in later} <= {"Next"}
        return len([each for each in sent if each.lstrip().startswith(("SELECT", "WITH"))])


async def test_a_crowd_of_equal_subscribers_costs_the_statements_of_one(ada: Client, account: str) -> None:
    crowd = Crowd(ada, account)
    without, one = await crowd.reads([]), await crowd.reads([ada])

    assert one > without
    assert await crowd.reads([ada] * 10) == one


@pytest.mark.parametrize(("other", "more"), [("reader", 1), ("root", 2)])
async def test_viewers_with_other_rights_never_share(
    users: dict[str, Client], ada: Client, account: str, other: str, more: int
) -> None:
    """The account is read once more; the meeting, too, for a viewer who sees other rows."""
    crowd = Crowd(ada, account)
    one = await crowd.reads([ada])

    assert await crowd.reads([ada, users[other]] * 3) == one + more


async def test_a_subscriber_who_reads_late_gets_every_event_once_in_order(ada: Client, account: str) -> None:
    titles = [f"Review {number}" for number in range(20)]
    async with ada.subscribed(MEETINGS) as late, ada.subscribed(MEETINGS) as prompt:
        heard = []
        for title in titles:
            await schedule(ada, account, title)
            heard.append(await prompt.event())

        assert [each["data"]["meetingChanged"]["title"] for each in heard] == titles
        assert [await late.event() for _ in titles] == heard
