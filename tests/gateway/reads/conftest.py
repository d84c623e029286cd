"""Accounts at the upstream on paper."""

import pytest

from tests.testkit.client import Client
from tests.testkit.steps import connected


@pytest.fixture
async def account(client: Client) -> str:
    return await connected(client)


@pytest.fixture
async def other_account(client: Client, account: str) -> str:
    return await connected(client)
