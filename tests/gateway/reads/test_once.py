"""Each message is published and listed once, in any order and with any time from its upstream."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from providers.domain.entities import Conversation, Message
from providers.domain.pages import Page, PageRequest, Position
from tests.gateway.reads.texting import Texting, fresh, texting
from tests.testkit.clock import NOON

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
GRAINS = st.sampled_from([timedelta(microseconds=1), SECOND, 2 * SECOND])
SIZES = st.integers(1, 7)
TIMES = st.integers(0, 12).map(lambda count: count * SECOND / 2)
RANKS = st.integers(0, 9)
"""Of messages with the same rank, the later one is listed further down."""


@dataclass(frozen=True)
class Arrive:
    """A message of the conversation with history, or of one without; `sent` from here or from elsewhere."""

    has_history: bool
    time: timedelta
    rank: int
    sent: bool


@dataclass(frozen=True)
class Walk:
    """A page more of a walk through the conversation with history, or of one without."""

    has_history: bool
    size: int
    force: bool


@dataclass(frozen=True)
class Look:
    """The poller's turn."""


@dataclass(frozen=True)
class Reconnect:
    """The account is connected again, seconds later."""


STEPS = st.lists(
    st.one_of(
        st.builds(Arrive, st.booleans(), TIMES, RANKS, st.booleans()),
        st.builds(Arrive, st.booleans(), TIMES, RANKS, st.just(False)),
        st.builds(Walk, st.booleans(), SIZES, st.booleans()),
        st.builds(Look),
        st.builds(Reconnect),
    ),
    max_size=30,
)


@dataclass
class Walked:
    """A walk that is under way, from its beginning on."""

    due: set[str]
    found: list[str] = field(default_factory=list)
    after: Position | None = None


@dataclass
class Model:
    """A conversation that is older than the account and one that is newer."""

    texting: Texting
    old: Conversation
    new: Conversation
    history: set[str]
    heard: set[str] = field(default_factory=set)
    walks: dict[bool, Walked] = field(default_factory=dict)
    has_listened: bool = False

    def conversation(self, has_history: bool) -> Conversation:
        return self.old if has_history else self.new

    async def take(self, step: Arrive | Walk | Look | Reconnect) -> None:
        match step:
            case Arrive():
                await self.arrive(step)
            case Walk():
                await self.walk(step)
            case Look():
                await self.look()
            case Reconnect():
                self.texting.clock.pass_by(10 * SECOND)
                await self.texting.connect()

    async def look(self) -> None:
        await self.texting.look()
        self.has_listened = True

    async def arrive(self, step: Arrive) -> None:
        """In the conversation without history the upstream's clock may be minutes behind."""
        conversation = self.conversation(step.has_history)
        at = NOON + step.time if step.has_history else NOON + step.time - timedelta(minutes=5)
        if step.sent:
            message = await self.texting.send(conversation, at, step.rank)
        else:
            message = self.texting.arrive(conversation, at, step.rank)
        if self.has_listened or step.sent:
            self.heard.add(message.external_id)

    async def walk(self, step: Walk) -> None:
        conversation = self.conversation(step.has_history)
        if step.has_history not in self.walks:
            await self.look()
            self.walks[step.has_history] = Walked(self.texting.listed(conversation))
        walk = self.walks[step.has_history]
        request = PageRequest(limit=step.size, after=walk.after)
        page = await self.texting.page(conversation, request, force=step.force)
        walk.found += [message.external_id for message in page.nodes]
        walk.after = page.end or (page.positions[-1] if page.positions else walk.after)
        assert len(set(walk.found)) == len(walk.found)
        if not page.has_next:
            assert walk.due <= set(walk.found)
            del self.walks[step.has_history]


async def walked(read: Callable[[PageRequest], Awaitable[Page[Message]]], size: int, count: int) -> list[str]:
    """The ids of all pages; each page says that more follows if more is to come."""
    found: list[str] = []
    after, more = None, True
    while more:
        page = await read(PageRequest(limit=size, after=after))
        found += [message.external_id for message in page.nodes]
        after, more = page.end or (page.positions[-1] if page.positions else after), page.has_next
        assert more or len(found) == count
    assert page.count is not None
    assert await page.count() == count
    return found


@pytest.fixture
def url(tmp_path: Path, migrated_file: Path) -> Callable[[], str]:
    """The URL of another new store each time."""
    return partial(fresh, tmp_path, migrated_file)


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    grain=GRAINS,
    page_size=st.integers(1, 4),
    ages=st.lists(st.tuples(st.integers(4, 9), RANKS), max_size=14),
    is_read_before=st.booleans(),
    is_misdated=st.booleans(),
    steps=STEPS,
    size=SIZES,
)
async def test_every_message_is_announced_at_most_once_and_listed_exactly_once(
    url: Callable[[], str],
    grain: timedelta,
    page_size: int,
    ages: list[tuple[int, int]],
    is_read_before: bool,
    is_misdated: bool,
    steps: list[Arrive | Walk | Look | Reconnect],
    size: int,
) -> None:
    async with texting(url()) as world:
        world.grain, world.paper.page_size = grain, page_size
        await world.connect()
        old = world.begin("old")
        history = {world.arrive(old, NOON - age * SECOND, rank).external_id for age, rank in ages}
        await world.list_conversations()
        model = Model(world, old, world.begin("new"), history)
        if is_misdated:
            world.arrive(old, NOON + DAY, 0)
            world.arrive(model.new, NOON + DAY, 0)
        if is_read_before:
            await world.look()
        for step in steps:
            await model.take(step)
        await model.look()

        announced = await world.announced()
        assert len(set(announced)) == len(announced)
        assert model.heard <= set(announced)
        assert not history & set(announced)
        for conversation in (old, model.new):
            everything = world.listed(conversation)
            found = await walked(partial(world.page, conversation), size, len(everything))
            assert sorted(found) == sorted(everything)
        everything = world.listed(old, model.new)
        assert sorted(await walked(world.across, size, len(everything))) == sorted(everything)
