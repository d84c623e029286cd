"""A process that writes without end and prints each commit: `python -m tests.gateway.storage.acknowledge URL`."""

import asyncio
import sys
from itertools import count

from gateway.storage import Cipher, Store
from tests.gateway.storage.conftest import KEY
from tests.testkit.clock import Clock
from tests.testkit.sample import account


async def main(url: str) -> None:
    store = await Store.open(url, Cipher([KEY]), Clock())
    for number in count():
        async with store.write() as transaction:
            await store.accounts.put(transaction, account(f"{number}"))
            await store.credentials.put(transaction, f"{number}", {"token": f"{number}"})
        print(number, flush=True)  # noqa: T201 (the acknowledgement)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
