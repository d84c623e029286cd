import asyncio
import sys

from gateway.storage import Visibility
from tests.gateway.storage.conftest import opened


async def test_acknowledged_writes_survive_a_kill(database_url: str) -> None:
    """Each transaction is there whole or not at all, and only the last one may not be."""
    for _ in range(3):
        await check_one_life(database_url)


async def check_one_life(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.storage.acknowledge", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(20)]
    process.kill()
    lines += (await process.stdout.read()).splitlines()
    await process.wait()
    acknowledged = [line.decode().strip() for line in lines if line.strip()]
    async with opened(url) as store:
        assert None not in await store.accounts.get_many(Visibility.unrestricted(), acknowledged)
        for key in acknowledged:
            assert await store.credentials.get(key) == {"token": key}
