"""Sections of the configuration, with a description of every key."""

from base64 import b64decode
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    SecretStr,
    TypeAdapter,
    model_validator,
)

from gateway.config.errors import fault_at
from gateway.config.store_url import store_address
from providers.domain.web_address import WebAddress

_HTTP_URL = TypeAdapter(HttpUrl)
_KEY_BYTES = 32
_ON_IF_OPEN = "on by default if auth.mode is open"


def _http_url(text: str) -> str:
    _HTTP_URL.validate_python(text)
    return text


def _origin(text: str) -> str:
    url = HttpUrl(text)
    if url.path != "/" or url.query or url.fragment or url.username or text.endswith("/"):
        raise ValueError("expected an origin such as https://app.example.com")
    return text


def _store_url(url: SecretStr) -> SecretStr:
    store_address(url.get_secret_value())
    return url


def _encryption_key(key: SecretStr) -> SecretStr:
    try:
        size = len(b64decode(key.get_secret_value(), validate=True))
    except ValueError:
        size = 0
    if size != _KEY_BYTES:
        raise ValueError(f"expected {_KEY_BYTES} bytes in base64")
    return key


def _own_url(server: dict[str, Any]) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server["host"], server["host"])  # noqa: S104 (read, not bound to)
    return f"http://[{host}]:{server['port']}" if ":" in host else f"http://{host}:{server['port']}"


HttpUrlText = Annotated[str, AfterValidator(_http_url)]
Algorithm = Literal[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class Section(BaseModel):
    """A table of the configuration. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Server(Section):
    """Addresses, browsers and metrics."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one.")
    public_url: WebAddress = Field(
        default_factory=_own_url,
        description="URL at which providers and browsers reach the gateway; http://host:port if it is not set.",
    )
    return_urls: tuple[HttpUrlText, ...] = Field(
        (), description="URLs to which /connect may return a browser: same origin, and the path or one below it."
    )
    cors_origins: tuple[Annotated[HttpUrlText, AfterValidator(_origin)], ...] = Field(
        (), description="Origins of web pages that may call the gateway from a browser (CORS)."
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        (), description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted."
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="TCP port for /metrics alone. Without it /metrics is served on server.port, but only if auth.mode "
        "is open or metrics_token is set.",
    )
    metrics_host: str = Field("127.0.0.1", min_length=1, description="Address to listen on with metrics_port.")
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Bearer token that /metrics requires, at least 16 characters long."
    )
    graphiql: bool | None = Field(None, description=f"Switch for GraphiQL at /graphql; {_ON_IF_OPEN}.")
    introspection: bool | None = Field(None, description=f"Switch for introspection of the schema; {_ON_IF_OPEN}.")
    suggestions: bool | None = Field(
        None,
        description="Switch for suggestions in errors, and without introspection for names of the schema in errors; "
        f"{_ON_IF_OPEN}.",
    )

    @model_validator(mode="after")
    def _metrics_have_a_port_of_their_own(self) -> "Server":
        if self.metrics_port is not None and self.metrics_port == self.port:
            raise fault_at("metrics_port", "expected another port than server.port")
        return self

    @property
    def is_local(self) -> bool:
        """Return whether `host` is a loopback address, which only this machine can reach."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def own_url(self) -> str:
        """URL of the socket that the server listens on."""
        return _own_url({"host": self.host, "port": self.port})

    def for_readers(self, *, known: bool) -> "Server":
        """Return a copy with GraphiQL, introspection and suggestions set to `known`, except those that are set."""
        helps = ("graphiql", "introspection", "suggestions")
        return self.model_copy(update={name: known for name in helps if getattr(self, name) is None})

    def at_port(self, port: int) -> "Server":
        """Return a copy for the port that the system gave, with the public URL that follows from it."""
        return Server.model_validate({**self.model_dump(exclude_unset=True), "port": port})


class Log(Section):
    """The log, on standard error."""

    format: Literal["auto", "console", "json"] = Field(
        "auto", description="Format of a line; auto is console on a terminal and json elsewhere."
    )
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")


class Store(Section):
    """The database."""

    url: Annotated[SecretStr, AfterValidator(_store_url)] = Field(
        SecretStr("sqlite:///switchboard.db"),
        description="Database URL: SQLite (an absolute path has four slashes) or postgresql://user:password@host/database.",
    )
    encryption_keys: tuple[Annotated[SecretStr, AfterValidator(_encryption_key)], ...] = Field(
        (),
        description="Keys that encrypt credentials, 32 bytes in base64 each: the first encrypts, all decrypt. Without "
        "any, a key is created in a file beside the SQLite database; PostgreSQL needs one.",
    )

    wait_seconds: float = Field(
        30, ge=0, description="Seconds for which a starting gateway waits for a database that can't be reached."
    )
    cache_bytes: int = Field(
        16_000_000,
        ge=0,
        description="Bytes of results of reads that are cached in memory until something is committed.",
    )

    @property
    def sqlite_path(self) -> str | None:
        """Path of the database file; None for PostgreSQL."""
        address = store_address(self.url.get_secret_value())
        return address.place if address.database == "sqlite" else None

    @model_validator(mode="after")
    def _postgresql_needs_a_key(self) -> "Store":
        if self.sqlite_path is None and not self.encryption_keys:
            raise fault_at("encryption_keys", "missing; PostgreSQL needs at least one key, 32 bytes in base64")
        return self


class Jwt(Section):
    """JSON Web Tokens. Claims: `sub` is the viewer's user id, `scope` their scopes, `exp` is required (RFC 7519)."""

    algorithms: tuple[Algorithm, ...] = Field(
        ("HS256",), min_length=1, description="Signature algorithms that are accepted."
    )
    secret: SecretStr | None = Field(
        None,
        min_length=1,
        description="Secret of the HS algorithms, at least as long as their digest: 32 bytes for HS256.",
    )
    public_key: str | None = Field(None, min_length=1, description="Public key of the other algorithms, in PEM.")
    public_key_file: Path | None = Field(None, description="Path of a file with this public key.")
    jwks_url: HttpUrlText | None = Field(
        None, description="URL of a JSON Web Key Set with the public keys of the other algorithms."
    )
    jwks_fresh_seconds: int = Field(
        300, ge=10, description="Seconds for which fetched keys are used without a refresh."
    )
    jwks_grace_seconds: int = Field(
        86_400, ge=0, description="Seconds for which they are used beyond that if the refresh fails."
    )
    issuer: str | None = Field(None, description="Required value of the claim iss.")
    audience: str | None = Field(None, description="Required value of the claim aud, or one of its values.")

    @model_validator(mode="after")
    def _keys_fit_the_algorithms(self) -> "Jwt":
        given = [self.secret, self.public_key, self.public_key_file, self.jwks_url]
        if sum(key is not None for key in given) != 1:
            raise fault_at("secret", "expected one of this, public_key, public_key_file and jwks_url")
        if any(name.startswith("HS") != (self.secret is not None) for name in self.algorithms):
            raise fault_at("algorithms", "expected HS algorithms with secret, and others with a public key or jwks_url")
        if self.secret is not None and len(self.secret.get_secret_value().encode()) < (least := self._digest_bytes()):
            raise fault_at("secret", f"expected {least} bytes at least for {', '.join(self.algorithms)}")
        return self

    def _digest_bytes(self) -> int:
        """Return the minimum length of a secret in bytes (RFC 7518 section 3.2)."""
        return max(int(name.removeprefix("HS")) // 8 for name in self.algorithms)


class Auth(Section):
    """Authentication."""

    mode: Literal["open", "required"] = Field(
        "open",
        description="Authentication of requests: open has one local viewer with every scope, on loopback addresses "
        "only; required demands a JWT or an API key.",
    )
    jwt: Jwt | None = Field(None, description="JSON Web Tokens that are accepted besides API keys.")

    @property
    def is_open(self) -> bool:
        """Whether every caller is the one local viewer."""
        return self.mode == "open"
