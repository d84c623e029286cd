"""Rate and cost of sending texts with the embedded provider: `python -m tests.bench.writes`.

The store and the provider's file are on SQLite. Each writer sends to a conversation of its own, one text at a time.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.testkit.client import Client
from tests.testkit.server import Server, serving
from tests.testkit.steps import begun, connected, number_of

_WRITERS = (1, 10)
_TEXTS = 300
_TICKS = os.sysconf("SC_CLK_TCK")
_LOG = '[log]\nlevel = "warning"\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), _LOG) as server:
        asyncio.run(_measure(server))


async def _measure(server: Server) -> None:
    async with Client(server.url) as client:
        conversations = [await _conversation(client) for _ in range(max(_WRITERS))]
        for writers in _WRITERS:
            begun, cpu_begun = time.monotonic(), _cpu_seconds(server.process.pid)
            numbers = iter(range(_TEXTS))
            await asyncio.gather(*(_write(client, each, numbers) for each in conversations[:writers]))
            seconds, cpu_seconds = time.monotonic() - begun, _cpu_seconds(server.process.pid) - cpu_begun
            print(
                f"sendMessage, {writers:2} writers: {_TEXTS / seconds:6.1f} a second, "
                f"gateway's CPU {cpu_seconds / _TEXTS * 1000:5.2f} ms each"
            )


async def _write(client: Client, conversation: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        text = {"conversationId": conversation, "text": f"Text {number}", "idempotencyKey": os.urandom(8).hex()}
        await client.do("sendMessage", "message { id status }", **text)


async def _conversation(client: Client) -> str:
    sender, receiver = [await connected(client, "local") for _ in range(2)]
    return await begun(client, sender, await number_of(client, receiver))


def _cpu_seconds(process_id: int) -> float:
    """User and system time, from proc(5)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
