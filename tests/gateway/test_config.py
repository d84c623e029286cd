import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import ConfigurationError, load_settings
from providers.registry import plugin_names
from tests.settings_table import settings_table

SECRET = "a made-up secret that is long enough even for HS512, with some more to spare"
KEY = b64encode(bytes(32)).decode()

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SWITCHBOARD_"):
            monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_configuration(text: str) -> Path:
        path = tmp_path / "switchboard.toml"
        path.write_text(text)
        return path

    return write_configuration


def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Add a distribution with the plug-in `acme` to the path."""
    metadata = tmp_path / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[switchboard.providers]\nacme = {target}\n")
    monkeypatch.syspath_prepend(tmp_path)


def faults(path: Path | None = None, **flags: object) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, **flags)
    return caught.value.faults


def test_without_any_configuration_there_is_one_embedded_provider_on_loopback() -> None:
    settings = load_settings()
    assert (settings.server.host, settings.server.port, settings.auth.mode) == ("127.0.0.1", 8000, "open")
    assert settings.store.url.get_secret_value() == "sqlite:///switchboard.db"
    assert {name: it.plugin for name, it in settings.providers.items()} == {"local": "local"}


def test_the_metrics_need_a_port_of_their_own_and_a_token_that_cannot_be_guessed(write: Write) -> None:
    assert faults(write('[server]\nport = 9100\nmetrics_port = 9100\nmetrics_token = ""')) == (
        "server.metrics_token: Value should have at least 16 items after validation, not 0",
    )
    assert faults(write("[server]\nport = 9100\nmetrics_port = 9100")) == (
        "server.metrics_port: expected another port than server.port",
    )


def test_a_file_is_read(write: Write) -> None:
    settings = load_settings(
        write(f"""
            [server]
            port = 9000
            return_urls = ["https://app.example.com/"]
            [store]
            url = "postgresql://user:password@db.example.com/switchboard"
            encryption_keys = ["{KEY}"]
            [auth]
            mode = "required"
            jwt = {{ algorithms = ["HS256"], secret = "{SECRET}", issuer = "i", audience = "a" }}
            [providers.connect]
            plugin = "medixcel"
            client_key = "sesame"
        """)
    )
    assert settings.server.port == 9000
    assert settings.server.return_urls == ("https://app.example.com/",)
    assert settings.auth.jwt is not None
    assert settings.auth.jwt.secret is not None
    assert settings.auth.jwt.secret.get_secret_value() == SECRET
    assert settings.providers["connect"].plugin == "medixcel"


def test_the_file_may_be_named_by_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_CONFIG", str(write("[server]\nport = 9000")))
    assert load_settings().server.port == 9000


def test_a_flag_beats_the_environment_and_the_environment_the_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("[server]\nhost = 'localhost'\nport = 1\ngraphiql = false")
    monkeypatch.setenv("SWITCHBOARD_SERVER__HOST", "127.0.0.2")
    monkeypatch.setenv("SWITCHBOARD_SERVER__PORT", "2")
    server = load_settings(path, server={"port": 3}).server
    assert (server.host, server.port, server.graphiql) == ("127.0.0.2", 3, False)


def test_the_environment_reaches_into_tables_and_takes_lists_as_json(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write('[providers.connect]\nplugin = "medixcel"\nclient_key = "old"')
    monkeypatch.setenv("SWITCHBOARD_PROVIDERS__CONNECT__CLIENT_KEY", "12345")
    monkeypatch.setenv("SWITCHBOARD_SERVER__RETURN_URLS", '["https://app.example.com/"]')
    monkeypatch.setenv("SWITCHBOARD_AUTH__JWT", f'{{"secret": "{SECRET}"}}')
    settings = load_settings(path)
    assert settings.server.return_urls == ("https://app.example.com/",)
    assert settings.auth.jwt is not None
    connect = settings.providers["connect"].model_dump()
    assert connect["client_key"].get_secret_value() == "12345"


def test_a_provider_without_a_plugin_is_of_the_plugin_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_PROVIDERS__LOCAL__MEET_URL", "https://meet.example.com")
    assert load_settings().providers["local"].plugin == "local"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("prot = 1", "prot: unknown key"),
        ("[providers.local.http]\nretry = 1", "providers.local.http.retry: unknown key"),
        ("[server]\nprot = 1", "server.prot: unknown key"),
        (
            "[server]\nport = 'x'",
            "server.port: Input should be a valid integer, unable to parse string as an integer",
        ),
        ("[server]\nport = 65536", "server.port: Input should be less than or equal to 65535"),
        ("[server]\nreturn_urls = 'x'", "server.return_urls: Input should be a valid list"),
        (
            "[server]\nreturn_urls = ['x']",
            "server.return_urls.0: Input should be a valid URL, relative URL without a base",
        ),
        (
            "[server]\ncors_origins = ['https://app.example.com/path']",
            "server.cors_origins.0: expected an origin such as https://app.example.com",
        ),
        (
            "[server]\npublic_url = 'https://app.example.com/?a=b'",
            "server.public_url: expected a URL without query and fragment",
        ),
        ("[log]\nformat = 'xml'", "log.format: Input should be 'auto', 'console' or 'json'"),
        ("[store]\nencryption_keys = ['c2hvcnQ=']", "store.encryption_keys.0: expected 32 bytes in base64"),
        (
            "[store]\nurl = 'postgresql://db.example.com/switchboard'",
            "store.encryption_keys: missing; PostgreSQL needs at least one key, 32 bytes in base64",
        ),
        ("[auth]\nmode = 'none'", "auth.mode: Input should be 'open' or 'required'"),
        ("[auth.jwt]\nissuer = 'i'", "auth.jwt.secret: expected one of this, public_key, public_key_file and jwks_url"),
        (
            f"[auth.jwt]\nsecret = '{SECRET[:31]}'",
            "auth.jwt.secret: expected 32 bytes at least for HS256",
        ),
        (
            f"[auth.jwt]\nalgorithms = ['HS256', 'HS512']\nsecret = '{SECRET[:63]}'",
            "auth.jwt.secret: expected 64 bytes at least for HS256, HS512",
        ),
        (
            "[auth.jwt]\nalgorithms = ['RS256']\nsecret = 's'",
            "auth.jwt.algorithms: expected HS algorithms with secret, and others with a public key or jwks_url",
        ),
        ("[auth.jwt]\nsecret = 5", "auth.jwt.secret: Input should be a valid string"),
        ("[providers.medixcel]", "providers.medixcel.client_key: required, and missing"),
        ("[providers.local]\nmeat_url = 'x'", "providers.local.meat_url: unknown key"),
        ("[providers.Local]\nplugin = 'local'", "providers.Local: String should match pattern '^[a-z0-9_-]{1,32}$'"),
        ("[providers.x]\nplugin = 5", "providers.x.plugin: Input should be a valid string"),
    ],
)
def test_a_fault_is_one_line_that_names_its_key(write: Write, text: str, line: str) -> None:
    assert faults(write(text)) == (line,)


def test_all_faults_are_reported_together(write: Write) -> None:
    lines = faults(write("[server]\nport = 'x'\n[auth]\nmode = 'x'\n[providers.local]\nx = 1"))
    assert [line.partition(":")[0] for line in lines] == ["server.port", "auth.mode", "providers.local.x"]


def test_a_fault_shows_no_value(write: Write) -> None:
    path = write(
        """
        [store]
        url = "mysql://user:sesame@db.example.com/x"
        encryption_keys = ["sesame"]
        [auth.jwt]
        secret = ["sesame"]
        [providers.medixcel]
        client_key = ["sesame"]
        base_url = "sesame"
        """
    )
    lines = faults(path)
    assert len(lines) == 5
    assert "sesame" not in "".join(lines)


def test_settings_show_no_secret(write: Write) -> None:
    path = write('[store]\nurl = "postgresql://user:sesame@db.example.com/x"\nencryption_keys = ["' + KEY + '"]')
    shown = repr(load_settings(path))
    assert "sesame" not in shown
    assert KEY not in shown


def test_an_unknown_section_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_SEVER__PORT", "1")
    assert faults() == (
        (
            "SWITCHBOARD_SEVER__PORT: unknown section; "
            "expected one of server, log, store, auth, connections, limits, fresh_seconds, usable_seconds, providers"
        ),
    )


def test_an_unknown_key_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_SERVER__PROT", "1")
    assert faults() == ("server.prot: unknown key",)


def test_invalid_json_is_a_fault_of_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_SERVER__CORS_ORIGINS", '["https://')
    assert faults() == ("server.cors_origins: Input should be a valid list",)


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_PORT", "tcp://192.0.2.1:8000")
    assert load_settings().server.port == 8000


def test_a_file_that_is_missing_or_no_toml_is_named(write: Write, tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert faults(missing) == (f"{missing}: No such file or directory",)
    path = write("[server")
    (line,) = faults(path)
    assert line.startswith(f"{path}: expected TOML: ")
    path.write_bytes(b"\xff")
    assert faults(path) == (f"{path}: expected TOML in UTF-8",)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "switchboard.example.com"])
def test_open_to_others_than_this_machine_is_refused(host: str) -> None:
    assert faults(server={"host": host}) == (
        'auth.mode: expected "required" because server.host is not a loopback address',
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_open_to_this_machine_is_allowed(host: str) -> None:
    assert load_settings(server={"host": host}).server.is_local


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("0.0.0.0", "http://127.0.0.1:8000")],
)
def test_the_public_url_follows_from_host_and_port(host: str, url: str) -> None:
    assert load_settings(server={"host": host}, auth={"mode": "required"}).server.public_url == url


def test_the_public_url_follows_the_port_that_was_given() -> None:
    assert load_settings(server={"port": 0}).server.at_port(4711).public_url == "http://127.0.0.1:4711"


def test_a_configured_public_url_stays_and_loses_its_last_slash() -> None:
    server = load_settings(server={"port": 0, "public_url": "https://calls.example.com/"}).server
    assert server.at_port(4711).public_url == "https://calls.example.com"


def test_a_plug_in_that_is_not_installed_is_a_fault(write: Write) -> None:
    assert faults(write("[providers.x]\nplugin = 'nope'")) == (
        f"providers.x.plugin: There is no plug-in nope; installed: {', '.join(plugin_names())}",
    )


def test_an_installed_plugin_reads_its_own_table(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_plugin(tmp_path, monkeypatch, "providers.medixcel:MedixcelProvider")
    settings = load_settings(write("[providers.x]\nplugin = 'acme'\nclient_key = 'sesame'"))
    assert settings.providers["x"].plugin == "acme"
    assert not settings.disabled


def test_a_plugin_that_does_not_load_disables_itself_alone(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(tmp_path, monkeypatch, "acme_is_not_there:Acme")
    settings = load_settings(write("[providers.x]\nplugin = 'acme'\nkey = 'sesame'\n[providers.local]"))
    assert list(settings.providers) == ["local"]
    assert settings.disabled == {
        "x": "The plug-in acme does not load: ModuleNotFoundError: No module named 'acme_is_not_there'"
    }


def test_every_setting_of_the_gateway_is_described() -> None:
    own = [setting for setting in settings_table() if not setting.key.startswith("providers.")]
    assert [setting.key for setting in own if not setting.description] == []


def test_the_table_lists_types_and_defaults() -> None:
    rows = {setting.key: (setting.type, setting.default) for setting in settings_table()}
    assert rows["server.port"] == ("number", "8000")
    assert rows["server.public_url"] == ("text", "")
    assert rows["server.return_urls"] == ("list of text", "")
    assert rows["limits.depth"] == ("number", "15")
    assert rows["log.format"] == ("auto or console or json", "auto")
    assert rows["store.url"] == ("secret", "sqlite:///switchboard.db")
    assert rows["auth.jwt.secret"] == ("secret", "")
    assert rows["auth.jwt.algorithms"][1] == "HS256"
    assert rows["providers.medixcel.client_key"] == ("secret", "required")


def test_settings_shared_by_all_providers_are_listed_once() -> None:
    keys = [setting.key for setting in settings_table()]
    assert "providers.<name>.plugin" in keys
    assert "providers.<name>.http.read_seconds" in keys
    assert [
        key for key in keys if key.endswith(".plugin") or (".http" in key and not key.startswith("providers.<name>"))
    ] == ["providers.<name>.plugin"]


def test_the_traffic_of_a_provider_is_configured_in_its_table(write: Write) -> None:
    settings = load_settings(write("[providers.local.http]\nretries = 5\ncalls_per_second = 2.5"))
    traffic = settings.providers["local"].http.traffic
    assert (traffic.retries, traffic.rate) == (5, 2.5)
    assert (traffic.timeouts.connect, traffic.timeouts.read, traffic.timeouts.total) == (2, 10, 30)


def test_introspection_is_on_by_default_only_if_the_mode_is_open(write: Write) -> None:
    required = '[auth]\nmode = "required"\njwt = { secret = "' + SECRET + '" }\n'
    opened, closed = load_settings().server, load_settings(write(required)).server
    asked_for = load_settings(write(f"{required}[server]\nintrospection = true")).server
    assert (opened.graphiql, opened.introspection, opened.suggestions) == (True, True, True)
    assert (closed.graphiql, closed.introspection, closed.suggestions) == (False, False, False)
    assert (asked_for.graphiql, asked_for.introspection) == (False, True)
    assert closed.at_port(9000).introspection is False


def test_limits_are_set_by_their_names(write: Write) -> None:
    assert load_settings(write("[limits]\ndepth = 7")).limits.depth == 7
    assert faults(write("[limits]\ndepth = 0")) == ("limits.depth: Input should be greater than or equal to 1",)


def test_trusted_documents_are_read_when_the_gateway_starts(write: Write, tmp_path: Path) -> None:
    assert faults(write(f'[limits]\ntrusted_documents = "{tmp_path}/none.json"')) == (
        "limits.trusted_documents: can't be read: No such file or directory",
    )
    assert faults(write("[limits]\nonly_trusted = true")) == (
        "limits.only_trusted: expected false without trusted_documents",
    )


@pytest.mark.parametrize("control", ["\\u0000", "\\u001b[31m", "\\u009b", "\\u007f"])
def test_text_with_a_control_character_is_refused_and_not_shown(write: Write, control: str) -> None:
    configuration = f"""
        [server]
        host = "localhost{control}"
    """
    assert faults(write(configuration)) == ("server.host: expected text without control characters",)
    nested = f"""
        [server]
        cors_origins = ["https://app.example.com{control}"]
    """
    assert faults(write(nested)) == ("server.cors_origins: expected text without control characters",)


def test_a_variable_that_is_no_utf8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_AUTH__JWT__ISSUER", "https://issuer.example.com/\udcff")
    assert faults() == ("auth.jwt.issuer: expected text without control characters",)


def test_a_key_in_pem_has_its_line_breaks(write: Write) -> None:
    configuration = """
        [auth.jwt]
        algorithms = ["RS256"]
        public_key = '''
        -----BEGIN PUBLIC KEY-----
        -----END PUBLIC KEY-----
        '''
    """
    jwt = load_settings(write(configuration)).auth.jwt
    assert jwt is not None
    assert "KEY-----\n" in (jwt.public_key or "")
