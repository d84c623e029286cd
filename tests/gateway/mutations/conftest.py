"""A store for writes without a gateway."""

from collections.abc import AsyncIterator

import pytest

from gateway.storage import Cipher, Store
from tests.testkit.clock import Clock
from tests.testkit.sample import keep_accounts


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    """A store on each of the databases, with the accounts of the sample."""
    opened = await Store.open(database_url, Cipher([bytes(32)]), clock)
    await keep_accounts(opened)
    yield opened
    await opened.aclose()
