"""Rate and cost of sending texts with the embedded provider, next to the provider's own call.

The store and the provider's file are on SQLite. Each writer sends to a conversation of its own, one text at a time.
"""

import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from providers.domain.drafts import MessageDraft
from providers.domain.entities import Account, AccountStatus, Conversation
from providers.domain.identity import object_key
from providers.local import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT, make_core
from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Cost, Effort, Request, measure_each
from tests.bench.process import Target
from tests.bench.product import product
from tests.testkit.client import Client, document_of
from tests.testkit.steps import begun, connected, number_of

_WRITERS = {1: 120.0, 10: 200.0}
"""Numbers of writers, and how many texts a second they must send."""

_OVER_PROVIDER = Bound(required=4)
SEND = document_of("sendMessage", "message { id status }")


async def measure_writes(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield texts per second, and the gateway's CPU time for each next to that of the provider's own call."""
    with product(folder) as target:
        async with Client(target.url) as client:
            conversations = [await conversation_of(client) for _ in range(max(_WRITERS))]
        target.pin()
        costs = {writers: await _cost(target, conversations[:writers], effort) for writers in _WRITERS}
        own = await _own_milliseconds(folder / "local.db", conversations[0], effort)
    figures = [*_rates(costs), *_cpu(costs, own)]
    yield Group("sendMessage at local", "provider", figures)


def _rates(costs: dict[int, Cost]) -> Iterator[Figure]:
    for writers, cost in costs.items():
        bound = Bound(required=_WRITERS[writers], at_least=True)
        yield Figure(name=f"{_named(writers)}", unit="a second", product=cost.per_second, bound=bound)


def _cpu(costs: dict[int, Cost], own: float) -> Iterator[Figure]:
    for writers, cost in costs.items():
        yield Figure(name=_named(writers), unit="CPU ms", product=cost.cpu_milliseconds, floor=own)
        over = cost.cpu_milliseconds - own
        yield Figure(name=f"{_named(writers)}, over the provider", unit="CPU ms", product=over, bound=_OVER_PROVIDER)


def _named(writers: int) -> str:
    return "1 writer" if writers == 1 else f"{writers} writers"


async def _cost(target: Target, conversations: Sequence[str], effort: Effort) -> Cost:
    return Cost.median_of(
        [
            await measure_each(target, [_texts(target, each) for each in conversations], effort.seconds)
            for _ in range(effort.rounds)
        ]
    )


def _texts(target: Target, conversation: str) -> Iterator[bytes]:
    while True:
        key = os.urandom(8).hex()
        text = {"conversationId": conversation, "text": f"Text {key}", "idempotencyKey": key}
        yield Request(SEND, {"input": text}).to_bytes(target.url)


async def _own_milliseconds(path: Path, conversation_id: str, effort: Effort) -> float:
    """Return the CPU time of the plug-in's call alone, in this process, for the same file."""
    account, conversation = _entities(conversation_id)
    core = make_core(account.provider)
    provider = LocalProvider(LocalSettings(plugin="local", path=str(path)), core)
    await provider.open()
    try:
        return median([await _round(provider, account, conversation, effort) for _ in range(effort.rounds)])
    finally:
        await provider.aclose()
        await core.http.aclose()


async def _round(provider: LocalProvider, account: Account, conversation: Conversation, effort: Effort) -> float:
    deadline, begun, count = time.monotonic() + effort.seconds, time.process_time(), 0
    while count == 0 or time.monotonic() < deadline:
        await provider.send_message(account, conversation, MessageDraft(text=f"Text {count}"), ATTEMPT)
        count += 1
    return (time.process_time() - begun) / count * 1000


def _entities(conversation_id: str) -> tuple[Account, Conversation]:
    key = object_key("Conversation", conversation_id)
    if key is None:
        raise RuntimeError(conversation_id)
    account = Account(key=key[0], provider="local", user_id="local", status=AccountStatus.CONNECTED)
    now = datetime.now(UTC)
    return account, Conversation(
        account_key=key[0], external_id=key[1], contact_external_id=None, from_number="", synced_at=now
    )


async def conversation_of(client: Client) -> str:
    """Return the id of a new conversation between two new accounts."""
    sender, receiver = [await connected(client, "local") for _ in range(2)]
    return await begun(client, sender, await number_of(client, receiver))
