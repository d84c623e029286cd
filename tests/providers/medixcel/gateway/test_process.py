"""First use: the printed configuration of the sandbox is pasted for the gateway, and a browser connects an account."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.providers.medixcel.gateway.meetings import LATER, START, WHEN, at, listed, moved, scheduled
from tests.testkit.chromium import chromium
from tests.testkit.client import Client
from tests.testkit.medixcel import Medixcel, asked_to_connect
from tests.testkit.plain_http import plain_http
from tests.testkit.server import Server, run, serving

KEY = "sandbox-client-key"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as running:
        yield running


@pytest.fixture
def pasted(sandbox: Server) -> str:
    """Return the configuration that the sandbox prints, with the log level debug."""
    return sandbox.printed.rpartition("# Sandbox on ")[0] + '\n[log]\nlevel = "debug"\n'


@pytest.fixture
def gateway(tmp_path: Path, pasted: str) -> Iterator[Server]:
    with serving(tmp_path, pasted) as running:
        yield running


@pytest.fixture
async def medixcel(sandbox: Server, gateway: Server) -> AsyncIterator[Medixcel]:
    async with plain_http(base_url=sandbox.url) as http:
        medixcel = Medixcel(http)
        await medixcel.start_over()
        await medixcel.register(gateway.url)
        yield medixcel


def written(folder: Path) -> str:
    """All that the gateway's process has left behind, and its log."""
    files = [path for path in folder.iterdir() if path.name != "switchboard.toml"]
    return "".join(path.read_bytes().decode(errors="replace") for path in files)


async def test_the_tour_of_a_process_succeeds(gateway: Server, medixcel: Medixcel, tmp_path: Path) -> None:
    """Connect, schedule, move, cancel, disconnect; and the client key is nowhere but where the browser was sent."""
    async with Client(gateway.url) as client, chromium() as browser:
        asked = await asked_to_connect(client)
        account_id = asked["account"]["id"]
        tab = await browser.tab()
        await tab.visit(asked["authorizationUrl"])
        await tab.click("button[value=allow]")
        assert (await tab.text()).startswith("Connected\n")
        meeting_id = (await scheduled(client, account_id, "id joinUrl hostUrl icalendar"))["id"]
        assert await listed(client, f"title {WHEN}") == [at(START, 30) | {"title": "Review"}]
        assert await moved(client, meeting_id) == at(LATER, 45)
        payload = await client.do("cancelMeeting", "meeting { status }", meetingId=meeting_id)
        assert payload["meeting"] == {"status": "CANCELLED"}
        payload = await client.do("disconnectAccount", "account { status }", accountId=account_id)
        assert payload["account"] == {"status": "DISCONNECTED"}
        await client.http.get("/connect/connect/callback", params={"status": "success", "client_key": KEY})
    state = await medixcel.state()
    assert [account["disconnected"] for account in state["accounts"]] == [True]
    assert [meeting["cancelled"] for meeting in state["meetings"]] == [True]
    gateway.stop()
    assert "account_connection_refused" in gateway.log.read_text()
    assert KEY not in gateway.printed + written(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('client_key = "sandbox-client-key"', 'client_key = "sesame"', "The client key is not accepted."),
        ('/connect"', '/connekt"', "does not answer as Medixcel Connect: is base_url right?"),
        ('/connect"', '/ringplan"', "does not answer as Medixcel Connect: is base_url right?"),
    ],
    ids=["wrong key", "wrong path", "another service"],
)
def test_check_reports_what_is_wrong(tmp_path: Path, pasted: str, old: str, new: str, message: str) -> None:
    assert old in pasted
    (tmp_path / "switchboard.toml").write_text(pasted.replace(old, new))
    result = run("check", "--config", "switchboard.toml", folder=tmp_path)
    lines = [line for line in result.stderr.splitlines() if line.startswith("connect: ")]
    assert (result.returncode, len(lines)) == (1, 1)
    assert message in lines[0]
    assert "sesame" not in result.stdout + result.stderr


def test_check_reports_a_service_that_is_down(tmp_path: Path, pasted: str, sandbox: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        unused_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (tmp_path / "switchboard.toml").write_text(pasted.replace(f"{sandbox.url}/connect", f"{unused_url}/connect"))
    result = run("check", "--config", "switchboard.toml", folder=tmp_path)
    [line] = [line for line in result.stderr.splitlines() if line.startswith("connect: ")]
    assert result.returncode == 1
    assert f"Medixcel Connect at {unused_url}/connect is out of order or can't be reached." in line


async def test_check_reports_a_failing_service(tmp_path: Path, pasted: str, medixcel: Medixcel) -> None:
    await medixcel.fail("/get_meetings_of_client_for_date", status=500, body="<b>Fatal error</b>", times=5)
    (tmp_path / "check.toml").write_text(pasted)
    result = run("check", "--config", "check.toml", folder=tmp_path)
    [line] = [line for line in result.stderr.splitlines() if line.startswith("connect: ")]
    assert "is out of order or can't be reached. The provider failed with status 500." in line
