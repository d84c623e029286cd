"""Errors of the database: what clients read of them, and what the log does."""

from traceback import format_exception

import pytest
from structlog.testing import capture_logs

from gateway.storage import Cipher, Store
from gateway.storage.errors import ConstraintViolated, StatementFailed
from providers.domain.errors import StoreUnavailable
from tests.gateway.storage.conftest import KEY
from tests.testkit.clock import Clock
from tests.testkit.sample import account, keep_accounts
from tests.testkit.statements import send

SECRET = "a secret of the row"


def shown(error: BaseException) -> str:
    """The error as the log shows an unexpected one."""
    return "".join(format_exception(error))


async def test_the_log_has_the_error_of_sqlite_and_clients_have_a_message(sqlite_store: Store) -> None:
    async with sqlite_store.write() as transaction:
        await send(transaction, "PRAGMA query_only = ON")
    with capture_logs() as log, pytest.raises(StoreUnavailable) as raised:
        await keep_accounts(sqlite_store, account(SECRET))

    assert raised.value.message == "The store's file can't be written."
    [entry] = log
    assert entry == {
        "event": "database_error",
        "log_level": "warning",
        "error": "OperationalError: attempt to write a readonly database",
    }


async def test_the_log_has_the_error_of_postgresql_and_clients_have_a_message(
    postgresql_url: str, clock: Clock
) -> None:
    with capture_logs() as log, pytest.raises(StoreUnavailable) as raised:
        await Store.open(postgresql_url + "_none", Cipher([KEY]), clock)

    assert raised.value.message == "The store's database does not exist."
    [entry] = log
    assert entry["event"] == "database_error"
    assert entry["error"].startswith("InvalidCatalogNameError: database ")


async def test_the_log_has_the_error_of_the_network_without_the_password(clock: Clock, free_port: int) -> None:
    with capture_logs() as log, pytest.raises(StoreUnavailable) as raised:
        await Store.open(f"postgresql://ada:hush@127.0.0.1:{free_port}/x", Cipher([KEY]), clock)

    assert raised.value.message == "The store can't be reached."
    [entry] = log
    assert entry["error"].startswith("ConnectionRefusedError: ")
    assert "hush" not in str(entry)


async def test_a_violated_constraint_is_raised_without_the_values_of_the_row(store: Store) -> None:
    with capture_logs() as log, pytest.raises(ConstraintViolated) as raised:
        await keep_accounts(store, account(external_id=SECRET), account("twice", external_id=SECRET))

    assert "UNIQUE" in shown(raised.value).upper()
    assert SECRET not in shown(raised.value)
    assert log == []


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT CAST(:value AS INTEGER)", SECRET),
        ("SELECT CAST(CAST(:value AS TEXT) AS INTEGER)", SECRET),
        ("SELECT length(CAST(:value AS TEXT))", [SECRET]),
    ],
    ids=["an argument of the wrong type", "a text that can't be converted", "an argument of no type"],
)
async def test_an_error_about_a_value_is_not_an_unavailable_store_and_does_not_show_it(
    postgresql_store: Store, statement: str, value: object
) -> None:
    with capture_logs() as log, pytest.raises(StatementFailed) as raised:
        await postgresql_store.database.select(statement, {"value": value})

    assert SECRET not in shown(raised.value)
    assert log == []
