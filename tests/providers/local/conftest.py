"""Fixtures: an embedded provider with its own file, and connected accounts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from providers.api.provider import Core
from providers.domain.drafts import ConnectionRequest
from providers.domain.entities import Account, AccountStatus, Conversation
from providers.local import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT, Published, make_core
from tests.providers.local.talk import conversation_with, number_of

SECRET = "a made-up secret of the Jitsi Meet that tests use"

Connect = Callable[..., Awaitable[Account]]


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
async def core(published: Published) -> AsyncIterator[Core]:
    core = make_core("embedded", published=published)
    yield core
    await core.http.aclose()


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    return LocalSettings(plugin="local", path=str(tmp_path / "local.db"))


@pytest.fixture
async def provider(settings: LocalSettings, core: Core) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(settings, core)
    await provider.open()
    yield provider
    await provider.aclose()


@pytest.fixture
def connect(provider: LocalProvider) -> Connect:
    """Connect a new account."""
    numbers = count(1)

    async def connect(user_id: str = "ada@example.com") -> Account:
        account = Account(key=f"key-{next(numbers)}", provider="embedded", user_id=user_id)
        grant = await provider.connect_account(account, ConnectionRequest(user_id=user_id), ATTEMPT)
        return Account(
            key=account.key,
            provider=account.provider,
            user_id=user_id,
            external_id=grant.external_id,
            service=grant.service,
            status=AccountStatus.CONNECTED,
        )

    return connect


@pytest.fixture
async def ada(connect: Connect) -> Account:
    return await connect("ada")


@pytest.fixture
async def ben(connect: Connect) -> Account:
    return await connect("ben")


@pytest.fixture
async def to_ben(provider: LocalProvider, ada: Account, ben: Account) -> Conversation:
    return await conversation_with(provider, ada, await number_of(provider, ben))
