"""The sections of the configuration, every key with what it means."""

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
from gateway.config.store_url import engine_url
from providers.domain.web_address import WebAddress

_HTTP_URL = TypeAdapter(HttpUrl)
_KEY_BYTES = 32
_BY_DEFAULT_WHERE_OPEN = "by default where auth.mode is open"


def _http_url(text: str) -> str:
    _HTTP_URL.validate_python(text)
    return text


def _origin(text: str) -> str:
    url = HttpUrl(text)
    if url.path != "/" or url.query or url.fragment or url.username or text.endswith("/"):
        raise ValueError("expected an origin such as https://app.example.com")
    return text


def _store_url(url: SecretStr) -> SecretStr:
    engine_url(url.get_secret_value())
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
    """A table of the configuration: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Server(Section):
    """Where the gateway listens and what it says to browsers."""

    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: WebAddress = Field(
        default_factory=_own_url,
        description="How providers and browsers reach the gateway; by default http, the host and the port.",
    )
    return_urls: tuple[HttpUrlText, ...] = Field(
        (), description="Where /connect may send a browser back to: same origin, path below."
    )
    cors_origins: tuple[Annotated[HttpUrlText, AfterValidator(_origin)], ...] = Field(
        (), description="The origins of web pages that may call the gateway."
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        (), description="The addresses or networks of proxies whose X-Forwarded-For and -Proto are believed."
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port for /metrics alone. "
        "Without it /metrics is on port, if auth.mode is open or metrics_token is set.",
    )
    metrics_host: str = Field("127.0.0.1", min_length=1, description="Address to listen on for metrics_port.")
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Bearer token that /metrics requires; at least 16 characters."
    )
    graphiql: bool | None = Field(
        None, description=f"Whether browsers get GraphiQL at /graphql; {_BY_DEFAULT_WHERE_OPEN}."
    )
    introspection: bool | None = Field(
        None, description=f"Whether clients may ask for the schema; {_BY_DEFAULT_WHERE_OPEN}."
    )
    suggestions: bool | None = Field(
        None,
        description="Whether errors name what may have been meant, and without introspection anything of the schema; "
        f"{_BY_DEFAULT_WHERE_OPEN}.",
    )

    @model_validator(mode="after")
    def _metrics_have_a_port_of_their_own(self) -> "Server":
        if self.metrics_port is not None and self.metrics_port == self.port:
            raise fault_at("metrics_port", "expected another port than server.port")
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the gateway."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def own_url(self) -> str:
        """Where the server itself listens."""
        return _own_url({"host": self.host, "port": self.port})

    def for_readers(self, *, known: bool) -> "Server":
        """The same server, with what helps to find out about the schema on where readers are `known`, unless set."""
        helps = ("graphiql", "introspection", "suggestions")
        return self.model_copy(update={name: known for name in helps if getattr(self, name) is None})

    def at_port(self, port: int) -> "Server":
        """The same server at the port that it was given, with the URL that follows from it."""
        return Server.model_validate({**self.model_dump(exclude_unset=True), "port": port})


class Log(Section):
    """What is logged, on standard error."""

    format: Literal["auto", "console", "json"] = Field(
        "auto", description="Lines for people or JSON; auto is console on a terminal and json elsewhere."
    )
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")


class Store(Section):
    """Where the gateway keeps what it knows."""

    url: Annotated[SecretStr, AfterValidator(_store_url)] = Field(
        SecretStr("sqlite:///switchboard.db"),
        description="SQLite (four slashes: an absolute path) or postgresql://user:password@host/database.",
    )
    encryption_keys: tuple[Annotated[SecretStr, AfterValidator(_encryption_key)], ...] = Field(
        (),
        description="What encrypts credentials: 32 bytes in base64 each; the first encrypts, all decrypt. "
        "With SQLite a key is made and kept beside the database where none is given.",
    )

    wait_seconds: float = Field(
        30, ge=0, description="Seconds for which a starting gateway waits for a database that can't be reached."
    )

    @property
    def sqlite_path(self) -> str | None:
        """The database's file; None for PostgreSQL."""
        url = engine_url(self.url.get_secret_value())
        return url.database if url.get_backend_name() == "sqlite" else None

    @model_validator(mode="after")
    def _postgresql_needs_a_key(self) -> "Store":
        if self.sqlite_path is None and not self.encryption_keys:
            raise fault_at("encryption_keys", "missing; PostgreSQL needs at least one key, 32 bytes in base64")
        return self


class Jwt(Section):
    """The tokens that are taken. Their claims: sub is the viewer's user id, scope what they may do, exp is required."""

    algorithms: tuple[Algorithm, ...] = Field(("HS256",), min_length=1, description="The signatures that are taken.")
    secret: SecretStr | None = Field(
        None, min_length=1, description="The secret of the HS algorithms: 32 bytes at least."
    )
    public_key: str | None = Field(None, min_length=1, description="The public key of the other algorithms, in PEM.")
    public_key_file: Path | None = Field(None, description="A file that holds this public key.")
    jwks_url: HttpUrlText | None = Field(None, description="Where the public keys of the other algorithms are.")
    jwks_fresh_seconds: int = Field(
        300, ge=10, description="How long keys from there are used before they are read again."
    )
    jwks_grace_seconds: int = Field(
        86_400, ge=0, description="How much longer they are used while they can't be read again."
    )
    issuer: str | None = Field(None, description="What iss has to be.")
    audience: str | None = Field(None, description="What aud has to be or hold.")

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
        """How long a secret has to be (RFC 7518, 3.2)."""
        return max(int(name.removeprefix("HS")) // 8 for name in self.algorithms)


class Auth(Section):
    """Who may ask."""

    mode: Literal["open", "required"] = Field(
        "open",
        description="open: one local viewer with every scope, on loopback only; required: a JWT or an API key.",
    )
    jwt: Jwt | None = Field(None, description="The JSON Web Tokens that are taken, besides API keys.")

    @property
    def is_open(self) -> bool:
        """Whether every caller is the one local viewer."""
        return self.mode == "open"
