import asyncio
import sqlite3
from dataclasses import replace

import anyio
import phonenumbers
import pytest

from providers.api.provider import Core
from providers.domain.drafts import ConnectionRequest
from providers.domain.entities import Account, MeetingService
from providers.domain.errors import InvalidInput, NotAuthorized, Rejected
from providers.local import LocalProvider
from providers.local.accounts import NUMBERS
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT
from tests.providers.local.conftest import Connect

REQUEST = ConnectionRequest(user_id="ada")


async def number_of(provider: LocalProvider, account: Account) -> str:
    [number] = await provider.list_numbers(account)
    return number.number


async def test_an_account_is_connected_without_an_upstream_and_hosts_on_jitsi(provider: LocalProvider) -> None:
    grant = await provider.connect_account(Account(key="key", provider="embedded", user_id="ada"), REQUEST, ATTEMPT)
    assert grant.external_id
    assert (grant.service, grant.expires_at, grant.credentials) == (MeetingService.JITSI, None, {})


async def test_each_account_has_its_own_number(provider: LocalProvider, connect: Connect) -> None:
    numbers = [await number_of(provider, await connect()) for _ in range(3)]
    assert numbers == list(NUMBERS[:3])


async def test_concurrent_connections_get_different_numbers(
    provider: LocalProvider, settings: LocalSettings, core: Core
) -> None:
    other = LocalProvider(settings, core)
    await other.open()
    accounts = [Account(key=f"key-{number}", provider="embedded", user_id="ada") for number in range(40)]
    providers = [provider, other] * 20
    await asyncio.gather(
        *(each.connect_account(account, REQUEST, ATTEMPT) for each, account in zip(providers, accounts, strict=True))
    )
    await other.aclose()
    assert len({await number_of(provider, account) for account in accounts}) == 40


async def test_connecting_is_rejected_when_all_numbers_are_assigned(
    provider: LocalProvider, settings: LocalSettings, connect: Connect
) -> None:
    with sqlite3.connect(settings.path) as file:
        file.executemany(
            "INSERT INTO account (id, account_key, user_id, number, connected) VALUES (?1, ?1, 'ada', ?1, 0)",
            [(number,) for number in NUMBERS],
        )
    file.close()
    with pytest.raises(Rejected, match="numbers are assigned"):
        await connect()


async def test_a_reconnected_account_has_the_same_id_and_number(provider: LocalProvider, connect: Connect) -> None:
    account = await connect()
    number = await number_of(provider, account)
    await provider.disconnect_account(account, ATTEMPT)
    grant = await provider.connect_account(account, REQUEST, ATTEMPT)
    assert grant.external_id == account.external_id
    assert await number_of(provider, account) == number


async def test_the_number_of_a_disconnected_account_is_not_assigned_again(
    provider: LocalProvider, connect: Connect
) -> None:
    await provider.disconnect_account(await connect(), ATTEMPT)
    assert await number_of(provider, await connect()) == NUMBERS[1]


async def test_disconnecting_twice_or_an_unknown_account_succeeds(provider: LocalProvider, connect: Connect) -> None:
    account = await connect()
    await provider.disconnect_account(account, ATTEMPT)
    await provider.disconnect_account(account, ATTEMPT)
    await provider.disconnect_account(replace(account, key="unknown"), ATTEMPT)


async def test_an_account_that_is_not_connected_is_not_authorized(provider: LocalProvider, connect: Connect) -> None:
    account = await connect()
    await provider.disconnect_account(account, ATTEMPT)
    for unconnected in (account, replace(account, key="unknown")):
        with pytest.raises(NotAuthorized, match="Connect it again"):
            await provider.list_numbers(unconnected)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ConnectionRequest(user_id="ada", service=MeetingService.ZOOM), "service"),
        (ConnectionRequest(user_id="ada", id_token="made-up"), "idToken"),
        (ConnectionRequest(user_id="ada", refresh_token="made-up"), "refreshToken"),
    ],
)
async def test_unsupported_input_is_refused_by_its_field(
    provider: LocalProvider, request_: ConnectionRequest, field: str
) -> None:
    account = Account(key="key", provider="embedded", user_id="ada")
    with pytest.raises(InvalidInput) as raised:
        await provider.connect_account(account, request_, ATTEMPT)
    assert raised.value.path == ("input", field)
    with pytest.raises(NotAuthorized):
        await provider.list_numbers(account)


async def test_a_check_that_may_not_create_the_file_does_not(settings: LocalSettings, core: Core) -> None:
    provider = LocalProvider(settings, replace(core, may_create=False))
    await provider.open()
    assert await provider.check([]) == []
    assert not await anyio.Path(settings.path).exists()
    await provider.aclose()


async def test_a_check_reports_a_closed_file(provider: LocalProvider) -> None:
    assert await provider.check([]) == []
    await provider.aclose()
    assert await provider.check([]) == ["The provider is closed."]


def test_all_numbers_are_valid_and_fictional() -> None:
    for number in NUMBERS:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))
        assert number[5:10] == "55501"
        assert len(number) == len("+12025550123")


def test_there_are_thousands_of_different_numbers() -> None:
    assert len(set(NUMBERS)) == len(NUMBERS) >= 5000


def test_the_order_of_numbers_does_not_change() -> None:
    """Files assign the number at an account's place in this list."""
    assert NUMBERS[:2] == ("+12015550100", "+12015550101")
    assert NUMBERS[5000] == "+13055550100"
