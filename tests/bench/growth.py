"""Pages at 100 times the data: each list, next to the same page at 1 x.

The viewer authenticates by JWT, so that every statement applies its visibility. The data is that of as many accounts as
there are conversations, and then that of one account. An administrator, who sees all rows, reads the former, too.
Nothing is cached: a result from the cache would cost the same with any data.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import orjson

from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Effort, Request, ask, compare, cpu_figure
from tests.bench.process import Target
from tests.bench.product import AUTHENTICATED, furnished, furnished_on_postgresql
from tests.bench.queries import Q1
from tests.bench.world import World, postgresql_server
from tests.testkit.token import token_of

FACTOR = 100

ONE_ACCOUNT = World(user_id="ada", conversations=100, messages=10, long_messages=100, meetings=100)
"""The world at 1 x: 1,090 messages."""

MANY_ACCOUNTS = replace(ONE_ACCOUNT, accounts=100)

_KINDS = {"of as many accounts": MANY_ACCOUNTS, "of one account": ONE_ACCOUNT}

_VIEWERS = {"": "read write", ", as an administrator": "read write admin"}
"""Scopes of those who read what is of as many accounts."""

_BOUND = Bound(required=1.3, aim=1.05)

_MESSAGES = "nodes { id text direction status createdAt }"
_QUERIES = {
    "conversations": "{ conversations(first: 20) { nodes { id fromNumber } } }",
    "conversations by activity, with what is unread": "{ conversations(first: 20, orderBy: LAST_ACTIVITY_DESC) "
    "{ nodes { id fromNumber lastActivityAt unreadCount } } }",
    "Q1": Q1,
    "messages of a conversation": "query($conversation: ID!) { conversation(id: $conversation) "
    f"{{ messages(first: 20) {{ {_MESSAGES} }} }} }}",
    "messages": f"{{ messages(first: 20) {{ {_MESSAGES} }} }}",
    "contacts": "{ contacts(first: 20) { nodes { id firstName lastName number } } }",
    "meetings": "{ meetings(first: 20) { nodes { id title startTime endTime status joinUrl } } }",
    "accounts": "{ accounts(first: 20) { nodes { id status provider { name } } } }",
    "phone numbers of an account": "query($account: ID!) { phoneNumbers(accountId: $account) { id number } }",
}


async def measure_growth(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the cost of pages of each list at 100 times the data, on the databases that there are."""
    for kind, world in [*_KINDS.items()][: 1 if effort.is_brief else None]:
        small, large = _sizes(world, effort)
        place = folder / kind.replace(" ", "-")
        async with (
            furnished(place / "small", small, AUTHENTICATED, cached=False) as (at_one, _),
            furnished(place / "large", large, AUTHENTICATED, cached=False) as (at_many, _),
        ):
            async for group in _groups(kind, "", world, (at_many, at_one), effort):
                yield group
        if postgresql_server() is None:
            continue
        async with (
            furnished_on_postgresql(place / "small-there", small, AUTHENTICATED, cached=False) as at_one,
            furnished_on_postgresql(place / "large-there", large, AUTHENTICATED, cached=False) as at_many,
        ):
            async for group in _groups(kind, ", PostgreSQL", world, (at_many, at_one), effort):
                yield group


async def _groups(
    kind: str, database: str, world: World, at: tuple[Target, Target], effort: Effort
) -> AsyncIterator[Group]:
    for viewer, scopes in _VIEWERS.items():
        if not viewer or world.accounts > 1:
            figures = await _pages(world, scopes, *at, effort)
            yield Group(f"Pages at 100 x the data {kind}{viewer}{database}", "1 x", figures)


async def _pages(world: World, scopes: str, at_many: Target, at_one: Target, effort: Effort) -> list[Figure]:
    headers = {"authorization": f"Bearer {token_of(world.user_id, scopes)}"}
    names = {"conversation": world.long_conversation_id, "account": world.account_id}
    figures = []
    for name, query in _QUERIES.items():
        request = Request(query, {key: value for key, value in names.items() if f"${key}" in query}, headers)
        # Shorter: there are many lists, and what is right is far from what is wrong.
        targets = [(at_many, request), (at_one, request)]
        await _check_full(targets)
        ours, theirs = await compare(targets, effort.shortened(5), connections=1)
        figures.append(cpu_figure(name, ours, theirs, _BOUND))
    return figures


async def _check_full(targets: list[tuple[Target, Request]]) -> None:
    """Raise RuntimeError unless the answers have the same number of objects."""
    counts = {orjson.dumps(await ask(target, request)).count(b'"id":') for target, request in targets}
    if len(counts) != 1 or 0 in counts:
        raise RuntimeError(f"The pages have {counts} objects.")


def _sizes(world: World, effort: Effort) -> tuple[World, World]:
    """Return the world at 1 x, and at 100 x: both are small if the effort is brief."""
    if effort.is_brief:
        small = replace(
            world, accounts=min(world.accounts, 3), conversations=3, messages=1, long_messages=2, meetings=3
        )
        return small, small
    return world, replace(
        world,
        accounts=world.accounts * FACTOR if world.accounts > 1 else 1,
        conversations=world.conversations * FACTOR,
        messages=world.messages * effort.messages_factor,
        long_messages=world.long_messages * FACTOR,
        meetings=world.meetings * FACTOR,
    )
