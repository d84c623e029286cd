"""Sources of the keys that verify JWTs: the settings, or a JWKS URL."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gateway.auth.jwks import Jwks
from gateway.auth.public_keys import PublicKey, key_from_pem
from gateway.config import ConfigurationError, Jwt


class Keys(Protocol):
    """A source of verification keys."""

    async def find(self, kid: str | None, algorithm: str) -> str | PublicKey | None:
        """Return the key for a token's unverified `kid` and `alg`; None if there is no such key.

        Raise Unavailable if the source can't be read now.
        """
        ...

    async def aclose(self) -> None: ...


class StaticKey:
    """The operator's secret or public key, for every `kid`."""

    def __init__(self, key: str | PublicKey) -> None:
        self._key = key

    async def find(self, kid: str | None, algorithm: str) -> str | PublicKey | None:  # noqa: ARG002
        return self._key

    async def aclose(self) -> None:
        pass


def open_keys(settings: Jwt, now: Callable[[], datetime]) -> Keys:
    """Return the configured source. Raise ConfigurationError for a public key that the algorithms can't use."""
    if settings.jwks_url is not None:
        return Jwks(settings.jwks_url, settings, now)
    if settings.secret is not None:
        return StaticKey(settings.secret.get_secret_value())
    if settings.public_key_file is not None:
        return _key_of_pem("public_key_file", _text(settings.public_key_file), settings)
    return _key_of_pem("public_key", settings.public_key or "", settings)


def _key_of_pem(name: str, text: str, settings: Jwt) -> StaticKey:
    try:
        return StaticKey(key_from_pem(text, settings.algorithms))
    except ValueError:
        expected = f"expected a public key in PEM for {', '.join(settings.algorithms)}"
        raise ConfigurationError([f"auth.jwt.{name}: {expected}"]) from None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise ConfigurationError([f"auth.jwt.public_key_file: {path}: {error.strerror}"]) from None
    except ValueError:
        return ""
