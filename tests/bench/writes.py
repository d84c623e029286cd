"""Rate and cost of sending texts with the embedded provider: `python -m tests.bench.writes`.

The store and the provider's file are on SQLite. Each writer sends to a conversation of its own, one text at a time. The
gateway's CPU time is compared with that of the provider's own calls, made alone.
"""

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from providers.api import Account, ConnectionRequest, ContactDraft, MessageDraft
from providers.local.provider import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT, make_core
from tests.testkit.client import Client
from tests.testkit.server import Server, serving
from tests.testkit.steps import begun, connected, number_of

_WRITERS = (1, 10)
_TEXTS = 300
_TICKS = os.sysconf("SC_CLK_TCK")
_LOG = '[log]\nlevel = "warning"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Texts by so many writers: how many a second, and the gateway's CPU time for each in milliseconds."""

    writers: int
    per_second: float
    cpu_milliseconds: float


def main(texts: int = _TEXTS) -> None:
    own = own_call_milliseconds(texts)
    print(f"{'sendMessage':44}{'a second':>12}{'CPU ms':>9}{'over own':>14}")
    print(f"{'the provider alone':44}{'':12}{own:9.2f}")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), _LOG) as server:
        for each in asyncio.run(measured(server, texts)):
            over = each.cpu_milliseconds - own
            print(f"{each.writers:2} writers{'':34}{each.per_second:12.0f}{each.cpu_milliseconds:9.2f}{over:14.2f}")


def own_call_milliseconds(texts: int) -> float:
    """Return the CPU time of one call of the embedded provider without a gateway."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_called(f"{folder}/local.db", texts))


async def _called(path: str, texts: int) -> float:
    core = make_core("local")
    provider = LocalProvider(LocalSettings(plugin="local", path=path), core)
    await provider.open()
    ann, ben = (Account(key=user, provider="local", user_id=user) for user in ("ann", "ben"))
    for each in (ann, ben):
        await provider.connect_account(each, ConnectionRequest(user_id=each.user_id), ATTEMPT)
    [own], [other] = await provider.list_numbers(ann), await provider.list_numbers(ben)
    person = ContactDraft(first_name="Ben", last_name="Moor", number=other.number, e164=other.number)
    contact = (await provider.create_contact(ann, person, ATTEMPT)).entity
    conversation = (await provider.create_conversation(ann, contact, own.number, ATTEMPT)).entity
    begun = _own_cpu_seconds()
    for number in range(texts):
        draft = MessageDraft(text=f"Text {number}", media_urls=())
        await provider.send_message(ann, conversation, draft, ATTEMPT)
    milliseconds = (_own_cpu_seconds() - begun) / texts * 1000
    await provider.aclose()
    await core.http.aclose()
    return milliseconds


async def measured(server: Server, texts: int) -> list[Sent]:
    """Send so many texts by one writer, then by ten."""
    async with Client(server.url) as client:
        conversations = [await _conversation(client) for _ in range(max(_WRITERS))]
        return [await _sent(server, client, conversations[:writers], texts) for writers in _WRITERS]


async def _sent(server: Server, client: Client, conversations: list[str], texts: int) -> Sent:
    numbers = iter(range(texts))
    begun, cpu_begun = time.monotonic(), _cpu_seconds(server.process.pid)
    await asyncio.gather(*(_write(client, each, numbers) for each in conversations))
    seconds, cpu_seconds = time.monotonic() - begun, _cpu_seconds(server.process.pid) - cpu_begun
    return Sent(writers=len(conversations), per_second=texts / seconds, cpu_milliseconds=cpu_seconds / texts * 1000)


async def _write(client: Client, conversation: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        text = {"conversationId": conversation, "text": f"Text {number}", "idempotencyKey": os.urandom(8).hex()}
        await client.do("sendMessage", "message { id status }", **text)


async def _conversation(client: Client) -> str:
    sender, receiver = [await connected(client, "local") for _ in range(2)]
    return await begun(client, sender, await number_of(client, receiver))


def _own_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cpu_seconds(process_id: int) -> float:
    """User and system time, from proc(5)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
