import asyncio
import sqlite3
from dataclasses import replace

import anyio
import pytest

from providers.api.provider import Core
from providers.domain.drafts import ConnectionRequest
from providers.domain.entities import Account, MeetingService
from providers.domain.errors import InvalidInput, NotAuthorized, Rejected
from providers.local import LocalProvider
from providers.local.number import NUMBERS
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT
from tests.providers.local.conftest import Connect

REQUEST = ConnectionRequest(user_id="ada")


async def number_of(provider: LocalProvider, account: Account) -> str:
    [number] = await provider.list_numbers(account)
    return number.number


async def test_an_account_is_connected_at_once_and_hosts_on_jitsi(provider: LocalProvider) -> None:
    grant = await provider.connect_account(Account(key="key", provider="embedded", user_id="ada"), REQUEST, ATTEMPT)
    assert grant.external_id
    assert (grant.service, grant.expires_at, grant.credentials) == (MeetingService.JITSI, None, {})


async def test_every_account_has_one_number_of_its_own(provider: LocalProvider, connect: Connect) -> None:
    numbers = [await number_of(provider, await connect()) for _ in range(3)]
    assert numbers == list(NUMBERS[:3])


async def test_no_number_is_given_twice_however_many_ask_at_once(
    provider: LocalProvider, settings: LocalSettings, core: Core
) -> None:
    other = LocalProvider(settings, core)
    await other.open()
    accounts = [Account(key=f"key-{number}", provider="embedded", user_id="ada") for number in range(40)]
    gates = [provider, other] * 20
    await asyncio.gather(
        *(gate.connect_account(account, REQUEST, ATTEMPT) for gate, account in zip(gates, accounts, strict=True))
    )
    await other.aclose()
    assert len({await number_of(provider, account) for account in accounts}) == 40


async def test_whoever_comes_after_the_last_number_is_told_so(
    provider: LocalProvider, settings: LocalSettings, connect: Connect
) -> None:
    with sqlite3.connect(settings.path) as file:
        file.executemany(
            "INSERT INTO account (id, account_key, user_id, number, connected) VALUES (?1, ?1, 'ada', ?1, 0)",
            [(number,) for number in NUMBERS],
        )
    file.close()
    with pytest.raises(Rejected, match="numbers have been given"):
        await connect()


async def test_an_account_that_comes_back_is_the_same_and_keeps_its_number(
    provider: LocalProvider, connect: Connect
) -> None:
    account = await connect()
    number = await number_of(provider, account)
    await provider.disconnect_account(account, ATTEMPT)
    grant = await provider.connect_account(account, REQUEST, ATTEMPT)
    assert grant.external_id == account.external_id
    assert await number_of(provider, account) == number


async def test_the_number_of_a_disconnected_account_goes_to_nobody_else(
    provider: LocalProvider, connect: Connect
) -> None:
    await provider.disconnect_account(await connect(), ATTEMPT)
    assert await number_of(provider, await connect()) == NUMBERS[1]


async def test_disconnecting_twice_or_what_was_never_there_succeeds(provider: LocalProvider, connect: Connect) -> None:
    account = await connect()
    await provider.disconnect_account(account, ATTEMPT)
    await provider.disconnect_account(account, ATTEMPT)
    await provider.disconnect_account(replace(account, key="unknown"), ATTEMPT)


async def test_an_account_that_is_not_connected_has_to_be(provider: LocalProvider, connect: Connect) -> None:
    account = await connect()
    await provider.disconnect_account(account, ATTEMPT)
    for stranger in (account, replace(account, key="unknown")):
        with pytest.raises(NotAuthorized, match="Connect it again"):
            await provider.list_numbers(stranger)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ConnectionRequest(user_id="ada", service=MeetingService.ZOOM), "service"),
        (ConnectionRequest(user_id="ada", id_token="made-up"), "idToken"),
        (ConnectionRequest(user_id="ada", refresh_token="made-up"), "refreshToken"),
    ],
)
async def test_what_this_provider_cannot_use_is_refused(
    provider: LocalProvider, request_: ConnectionRequest, field: str
) -> None:
    account = Account(key="key", provider="embedded", user_id="ada")
    with pytest.raises(InvalidInput) as raised:
        await provider.connect_account(account, request_, ATTEMPT)
    assert raised.value.path == ("input", field)
    with pytest.raises(NotAuthorized):
        await provider.list_numbers(account)


async def test_a_file_that_may_not_be_created_is_checked_without_it(settings: LocalSettings, core: Core) -> None:
    provider = LocalProvider(settings, replace(core, may_create=False))
    await provider.open()
    assert await provider.check([]) == []
    assert not await anyio.Path(settings.path).exists()
    await provider.aclose()


async def test_a_file_that_is_closed_is_told_to_the_operator(provider: LocalProvider) -> None:
    assert await provider.check([]) == []
    await provider.aclose()
    assert await provider.check([]) == ["The provider is closed."]
