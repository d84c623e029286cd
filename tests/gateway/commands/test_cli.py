import json
import socket
import sqlite3
import stat
import tomllib
from base64 import b64encode
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from tests.testkit.server import Server, run, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("serve")) as running:
        yield running


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout == f"switchboard {version('switchboard')}\n"


def test_help_names_every_command(tmp_path: Path) -> None:
    text = run("--help", folder=tmp_path).stdout
    commands = ("check", "key", "new-provider", "rekey", "sandbox", "schema", "serve")
    assert all(f"\n  {command} " in text for command in commands)


def test_serve_prints_its_url_when_it_responds(server: Server) -> None:
    assert server.printed == f"Switchboard on {server.url} — GraphiQL: {server.url}/graphql\n"
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_serve_gives_the_request_id_back_and_logs_it(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        response = httpx.post(
            f"{server.url}/graphql", json={"query": "{ __typename }"}, headers={"x-request-id": "request-1"}
        )
        server.stop()
        assert response.headers["x-request-id"] == "request-1"
        assert "request-1" in server.log.read_text()


def test_serve_exits_with_0_on_sigterm(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.stop() == 0


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(command, "--port", str(port), folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr == f"Can't listen on 127.0.0.1 port {port}: Address already in use\n"


@pytest.mark.parametrize("command", [("serve",), ("check",), ("key", "create", "--user", "u1")])
def test_a_bad_configuration_is_a_line_for_each_fault(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "bad.toml").write_text("[server]\nprot = 1\n[auth.jwt]\nsecret = ['sesame']")
    result = run(*command, "--config", "bad.toml", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr == "server.prot: unknown key\nauth.jwt.secret: Input should be a valid string\n"


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("check",), ("key", "list")])
def test_a_store_that_is_no_database_is_one_line_after_the_driver_s_own_error(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "switchboard.db").write_bytes(b"This is no database. " * 100)
    result = run(*command, folder=tmp_path)
    logged, line = result.stderr.splitlines()
    assert (result.returncode, result.stdout) == (1, "")
    assert json.loads(logged)["error"] == "DatabaseError: file is not a database"
    assert line == "The store's file is not an SQLite database."


def test_a_store_that_another_process_locks_is_one_line_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "switchboard.toml").write_text("[store]\nwait_seconds = 0")
    other = sqlite3.connect(tmp_path / "switchboard.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    result = run("serve", "--port", "0", "--config", "switchboard.toml", folder=tmp_path)
    other.close()
    logged, line = result.stderr.splitlines()
    assert json.loads(logged)["error"] == "OperationalError: database is locked"
    assert (result.returncode, line) == (1, "The store is busy: its lock was not released in time.")


def test_check_succeeds_with_a_working_configuration(tmp_path: Path) -> None:
    result = run("check", folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, "All is well: local.\n")


def test_check_creates_no_files(tmp_path: Path) -> None:
    assert run("check", folder=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["switchboard.db.key", "local.db"])
def test_check_creates_no_file_beside_a_store_that_exists(tmp_path: Path, missing: str) -> None:
    with serving(tmp_path) as server:
        server.stop()
    (tmp_path / missing).unlink()
    before = {path.name for path in tmp_path.iterdir()}
    assert run("check", folder=tmp_path).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == before


def test_check_creates_no_key_for_a_store_whose_key_is_missing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        connect = 'mutation { connectAccount(input: { provider: "local" }) { account { id } } }'
        httpx.post(f"{server.url}/graphql", json={"query": connect}).raise_for_status()
    key = tmp_path / "switchboard.db.key"
    key.unlink()
    result = run("check", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("The store was encrypted with another key: ")
    assert not key.exists()


def test_check_names_the_folders_that_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "switchboard.toml").write_text(
        '[store]\nurl = "sqlite:///stores/a.db"\n[providers.local]\npath = "files/local.db"'
    )
    result = run("check", "--config", "switchboard.toml", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"store.url: there is no folder {tmp_path}/stores",
        f"local: The folder {tmp_path}/files of the file local.db does not exist.",
    ]


def test_check_reports_that_no_credentials_can_be_accepted(tmp_path: Path) -> None:
    (tmp_path / "switchboard.toml").write_text('[auth]\nmode = "required"')

    def faults() -> str:
        return run("check", "--config", "switchboard.toml", folder=tmp_path).stderr

    assert faults().startswith("auth: no client can authenticate: ")
    run("key", "create", "--user", "u1", "--config", "switchboard.toml", folder=tmp_path)
    assert "authenticate" not in faults()
    (name, *_) = run("key", "list", "--config", "switchboard.toml", folder=tmp_path).stdout.split("\t")
    run("key", "revoke", name, "--config", "switchboard.toml", folder=tmp_path)
    assert faults().startswith("auth: no client can authenticate: ")


def test_check_is_content_with_a_jwt_setting_and_no_api_key(tmp_path: Path) -> None:
    secret = "a made-up secret, long enough for HS256"
    (tmp_path / "switchboard.toml").write_text(f'[auth]\nmode = "required"\njwt = {{ secret = "{secret}" }}')
    assert run("check", "--config", "switchboard.toml", folder=tmp_path).returncode == 0


def test_check_and_serve_report_the_login_of_meet_jit_si_and_the_setting_for_another_server(tmp_path: Path) -> None:
    notice = (
        "local: Since 2023 meet.jit.si asks the first participant of a meeting to log in. "
        "To use your own Jitsi Meet, set meet_url in [providers.local].\n"
    )
    assert run("check", folder=tmp_path).stderr == notice
    with serving(tmp_path) as server:
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == notice


def test_another_jitsi_meet_causes_no_notice(tmp_path: Path) -> None:
    configuration = '[providers.local]\nmeet_url = "https://meet.example.org"'
    with serving(tmp_path, configuration) as server:
        server.process.terminate()
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""
    assert run("check", "--config", "switchboard.toml", folder=tmp_path).stderr == ""


def test_check_names_the_provider_that_can_not_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (tmp_path / "switchboard.toml").write_text(
        f'[providers.local]\n[providers.gone]\nplugin = "medixcel"\nclient_key = "sesame"\n'
        f'base_url = "http://127.0.0.1:{port}"'
    )
    result = run("check", "--config", "switchboard.toml", folder=tmp_path)
    assert result.returncode == 1
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["gone"]
    assert "sesame" not in result.stderr


def test_check_is_content_with_the_sandbox_that_was_pasted_into_the_configuration(tmp_path: Path) -> None:
    with serving(tmp_path, command="sandbox") as sandbox:
        (tmp_path / "switchboard.toml").write_text(sandbox.printed.rpartition("# Sandbox on ")[0])
        result = run("check", "--config", "switchboard.toml", folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, "All is well: connect, ringplan.\n")


def test_the_sandbox_prints_its_own_address_in_toml(tmp_path: Path) -> None:
    with serving(tmp_path, command="sandbox") as sandbox:
        pasted = tomllib.loads(sandbox.printed.rpartition("# Sandbox on ")[0])
    assert pasted["providers"]["connect"]["base_url"] == f"{sandbox.url}/connect"
    assert pasted["providers"]["ringplan"]["api_url"] == f"{sandbox.url}/ringplan"
    assert pasted["providers"]["ringplan"]["login_url"] == f"{sandbox.url}/ringplan-login"


def test_a_key_is_alone_on_the_last_line_and_opens_the_gateway(tmp_path: Path) -> None:
    configuration = '[auth]\nmode = "required"'
    (tmp_path / "switchboard.toml").write_text(configuration)
    made = run("key", "create", "--user", "u1", "--scope", "read", "--config", "switchboard.toml", folder=tmp_path)
    key = made.stdout.splitlines()[-1]
    with serving(tmp_path, configuration) as server:
        response = httpx.post(
            f"{server.url}/graphql",
            json={"query": "{ viewer { userId scopes } }"},
            headers={"authorization": f"Bearer {key}"},
        )
    assert response.json()["data"] == {"viewer": {"userId": "u1", "scopes": ["read"]}}
    assert all(key.encode() not in path.read_bytes() for path in tmp_path.glob("switchboard.db*"))


@pytest.mark.parametrize("user_id", ["", " ", "ada\nbob", "ada\x1b[31m", "ada\x9b", "ada\ufffd"])
def test_an_invalid_user_id_is_rejected(tmp_path: Path, user_id: str) -> None:
    result = run("key", "create", "--user", user_id, folder=tmp_path)
    assert result.returncode == 2
    assert "A user id is a line of text, and not empty." in result.stderr


@pytest.mark.parametrize("user_id", ["u1\n", "u1\udcff"])
def test_keys_of_an_invalid_user_id_are_not_listed(tmp_path: Path, user_id: str) -> None:
    run("key", "create", "--user", "u1", folder=tmp_path)
    result = run("key", "list", "--user", user_id, folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "A user id is a line of text, and not empty." in result.stderr
    revoked = run("key", "revoke", user_id, folder=tmp_path)
    assert revoked.returncode == 1
    assert "There is no API key" in revoked.stderr


def test_files_of_serve_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    with serving(tmp_path):
        kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.db*")}
    assert kept
    assert set(kept.values()) == {0o600}


@pytest.mark.parametrize("command", [("key", "create", "--user", "u1"), ("key", "list"), ("rekey",)])
def test_files_of_a_command_are_readable_by_their_owner_only(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert run(*command, folder=tmp_path).returncode == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.db*")}
    assert "switchboard.db" in modes
    assert set(modes.values()) == {0o600}


def test_an_unknown_scope_is_rejected(tmp_path: Path) -> None:
    result = run("key", "create", "--user", "u1", "--scope", "root", folder=tmp_path)
    assert result.returncode == 2
    assert "'read', 'write', 'admin'" in result.stderr


def test_keys_are_listed_and_revoked(tmp_path: Path) -> None:
    key = run("key", "create", "--user", "u1", folder=tmp_path).stdout.splitlines()[-1]
    run("key", "create", "--user", "u2", folder=tmp_path)
    listed = run("key", "list", folder=tmp_path).stdout
    assert [line.split("\t")[1] for line in listed.splitlines()] == ["u1", "u2"]
    assert key not in listed
    name = listed.split("\t")[0]
    assert run("key", "revoke", name, folder=tmp_path).stdout == f"The API key {name} is revoked.\n"
    again = run("key", "revoke", name, folder=tmp_path)
    assert (again.returncode, again.stderr) == (1, f"There is no API key {name} that could be revoked.\n")
    line = run("key", "list", "--user", "u1", folder=tmp_path).stdout
    assert line.split("\t")[0] == name
    assert "\tnever used\trevoked " in line


def test_a_missing_key_of_a_store_is_reported_in_one_line(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        connect = 'mutation { connectAccount(input: { provider: "local" }) { account { id } } }'
        httpx.post(f"{server.url}/graphql", json={"query": connect}).raise_for_status()
    (tmp_path / "switchboard.db.key").unlink()
    result = run("serve", "--port", "0", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("The store was encrypted with another key: ")


def test_rekey_reports_the_values_it_encrypted_and_those_it_could_not_decrypt(tmp_path: Path) -> None:
    keys = [b64encode(bytes([number]) * 32).decode() for number in range(3)]
    configuration = tmp_path / "switchboard.toml"
    with serving(tmp_path, f'[store]\nencryption_keys = ["{keys[0]}"]') as server:
        account = 'mutation { connectAccount(input: {provider: "local"}) { account { id } } }'
        httpx.post(f"{server.url}/graphql", json={"query": account}).raise_for_status()
    configuration.write_text(f'[store]\nencryption_keys = ["{keys[1]}", "{keys[0]}"]')
    done = run("rekey", "--config", "switchboard.toml", folder=tmp_path)
    assert done.returncode == 0
    assert "\njournal.request: 1 encrypted again\n" in done.stdout
    configuration.write_text(f'[store]\nencryption_keys = ["{keys[2]}"]')
    lost = run("rekey", "--config", "switchboard.toml", folder=tmp_path)
    assert lost.returncode == 1
    assert "journal.request: 1 can be decrypted with none of the configured keys\n" in lost.stderr
