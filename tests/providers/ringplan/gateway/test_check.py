"""`switchboard check` with real processes: each fault has a message of its own."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.server import run
from tests.testkit.token import lasting_token
from tests.testkit.world import WorldBuilder


@pytest.fixture
async def folder(builder: WorldBuilder, person: Person) -> Path:
    """Return the folder of a stopped gateway that has stored ada's account."""
    async with builder.served(now=Ahead()) as gateway, gateway.client(lasting_token("ada")) as ada:
        await connected(ada, person)
    return builder.folder


def check(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {f"SWITCHBOARD_PROVIDERS__RINGPLAN__{name.upper()}": value for name, value in settings.items()}
    return run("check", "--config", "switchboard.toml", folder=folder, environment=environment)


def faults(folder: Path, **settings: str) -> str:
    """Return the output of a check that fails."""
    result = check(folder, **settings)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stdout + result.stderr


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def test_check_reports_no_fault_of_a_working_setup(folder: Path) -> None:
    result = check(folder)
    assert (result.returncode, result.stdout) == (0, "All is well: ringplan.\n")


async def test_each_check_reports_expired_tokens(folder: Path, ringplan: RingPlan, person: Person) -> None:
    await ringplan.tokens(expire_id_tokens=True, expire_refresh_tokens=True)
    first = faults(folder)
    assert "tokens have expired" in first
    assert "of user ada" in first
    assert person.id_token not in first
    assert person.refresh_token not in first
    again = faults(folder)
    assert "Accounts have expired, and have to be connected again: " in again
    assert "of user ada" in again


async def test_check_does_not_report_a_token_that_can_be_renewed(folder: Path, ringplan: RingPlan) -> None:
    await ringplan.tokens(expire_id_tokens=True)
    async with ringplan.counted() as counted:
        assert check(folder).returncode == 0
        assert check(folder).returncode == 0
    assert (counted.refreshes, counted.reuses) == (1, 0)


async def test_check_names_the_setting_of_a_wrong_host(folder: Path, ringplan: RingPlan, sandbox_url: str) -> None:
    output = faults(folder, api_url=sandbox_url)
    assert f"ringplan: api_url: {sandbox_url} is the wrong host" in output
    assert "login_url" not in output
    assert "ringplan: login_url: " in faults(folder, login_url=f"{sandbox_url}/connect")


async def test_check_reports_an_unknown_host(folder: Path) -> None:
    assert "api_url: the host ringplan.invalid is unknown" in faults(folder, api_url="https://ringplan.invalid")


async def test_check_reports_a_host_that_is_down(folder: Path) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    assert f"ringplan: login_url: {url} is down, or nothing listens there." in faults(folder, login_url=url)


async def test_check_reports_a_failing_host(folder: Path, ringplan: RingPlan) -> None:
    await ringplan.fail("*", status=500, times=20)
    assert f"ringplan: api_url: {ringplan.api_url} is down: it returns status 500." in faults(folder)


async def test_check_reports_no_account_while_a_host_is_down(folder: Path, ringplan: RingPlan) -> None:
    await ringplan.tokens(expire_id_tokens=True, expire_refresh_tokens=True)
    assert "ada" not in faults(folder, api_url=f"http://127.0.0.1:{unused_port()}")
