"""No secret of a whole run is found in what the gateway logs, prints and keeps."""

from base64 import b64encode
from dataclasses import dataclass

import httpx
import pytest

from tests.testkit.server import run, serving
from tests.testkit.token import token_of

ENCRYPTION_KEY = b64encode(b"an encryption key of 32 bytes...").decode()
SIGNING_SECRET = "a secret that signs the tokens of viewers"
JITSI_SECRET = "a secret that signs the tokens of Jitsi Meet"
PASSWORD = "a password of a private meeting"
CONFIGURATION = f"""
    [log]
    level = "debug"
    [store]
    encryption_keys = ["{ENCRYPTION_KEY}"]
    [auth]
    mode = "required"
    jwt = {{ secret = "{SIGNING_SECRET}" }}
    [providers.local]
    path = "upstream/local.db"
    jitsi_app_id = "switchboard"
    jitsi_app_secret = "{JITSI_SECRET}"
"""
CONNECT = 'mutation { connectAccount(input: {provider: "local"}) { account { id } userErrors { message } } }'
START = """mutation($account: ID!, $password: String) {
    startMeeting(input: {accountId: $account, title: "Tea", password: $password, idempotencyKey: "once"}) {
        meeting { hostUrl password icalendar } userErrors { message }
    }
}"""


@dataclass(frozen=True)
class Run:
    secrets: dict[str, str]
    log: str
    printed: str
    kept: bytes


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Somebody sets up a private meeting with a token and again with an API key; others fail to get in."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "upstream").mkdir()
    (folder / "switchboard.toml").write_text(CONFIGURATION)
    made = run("key", "create", "--user", "ada", "--config", "switchboard.toml", folder=folder)
    key, token = made.stdout.splitlines()[-1], token_of("ada", secret=SIGNING_SECRET)
    forged = token_of("ada", secret="a secret of somebody who would like to get in")
    with serving(folder, CONFIGURATION) as server:
        for bad in (forged, key + "x", token + "x"):
            assert _ask(server.url, bad, "{ __typename }").status_code == 401
        account = _ask(server.url, token, CONNECT).json()["data"]["connectAccount"]["account"]["id"]
        answers = [_ask(server.url, each, START, account=account, password=PASSWORD) for each in (token, key)]
        meeting = answers[0].json()["data"]["startMeeting"]["meeting"]
        _ask(server.url, key, "{ meetings(first: 5) { nodes { hostUrl password icalendar } } }").raise_for_status()
        _ask(server.url, token, START, account=5, password=PASSWORD)
        kept = b"".join(path.read_bytes() for path in folder.rglob("*.db*"))
        server.stop()
        log = server.log.read_text()
    secrets = {
        "encryption key": ENCRYPTION_KEY,
        "signing secret": SIGNING_SECRET,
        "Jitsi secret": JITSI_SECRET,
        "password": PASSWORD,
        "moderator link": meeting["hostUrl"].partition("jwt=")[2],
        "API key": key,
        "token": token,
        "forged token": forged,
    }
    return Run(secrets, log, server.printed, kept + b"".join(p.read_bytes() for p in folder.rglob("*.db*")))


SECRETS = ("encryption key", "signing secret", "Jitsi secret", "password", "moderator link", "API key", "token")


@pytest.mark.parametrize("name", [*SECRETS, "forged token"])
def test_no_secret_is_logged_printed_or_kept(whole: Run, name: str) -> None:
    secret = whole.secrets[name]
    assert len(secret) > 20
    assert secret not in whole.log
    assert secret not in whole.printed
    assert secret.encode() not in whole.kept
    assert secret.rpartition(".")[2].encode() not in whole.kept


def test_what_was_searched_is_what_was_written(whole: Run) -> None:
    assert '"path"' in whole.log
    assert b"Tea" in whole.kept


def _ask(url: str, credentials: str, query: str, **variables: object) -> httpx.Response:
    return httpx.post(
        f"{url}/graphql",
        json={"query": query, "variables": variables},
        headers={"authorization": f"Bearer {credentials}"},
        timeout=30,
    )
