"""The issuer's public keys, read from its JWKS URL, kept, and read again when they may have changed."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from gateway.aio.tasks import cancel
from gateway.auth.public_keys import JwksKey, PublicKey, keys_from_set
from gateway.config import Jwt
from gateway.graphql.transport.errors import RequestError
from providers.domain.errors import ProviderError
from providers.http import HttpClient, Timeouts, Traffic

READ_AT_MOST_EVERY = timedelta(seconds=10)
"""Tokens that name keys which don't exist make no more calls than this."""

_TRAFFIC = Traffic(timeouts=Timeouts(connect=2, read=3, total=5), max_body_bytes=1024 * 1024)
_OK = 200
_log = structlog.get_logger(__name__)


class Jwks:
    """Reads once for all who wait, and behind the back of those whose key is known.

    EntityLookup keys are used for `jwks_grace_seconds` while they can't be read anew; a key that the set has dropped is
    forgotten with the next reading.
    """

    def __init__(self, url: str, settings: Jwt, now: Callable[[], datetime]) -> None:
        self._url = url
        self._fresh = timedelta(seconds=settings.jwks_fresh_seconds)
        self._grace = timedelta(seconds=settings.jwks_grace_seconds)
        self._now = now
        self._http = HttpClient("jwks", _TRAFFIC)
        self._keys: Mapping[str, JwksKey] = {}
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._reading: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """None where the issuer has no such key for the algorithm. RequestError (503) where nobody can tell."""
        if kid is None:
            return None
        if self._is_due(kid):
            self._begin_reading()
        if self._reading is not None and not self._knows(kid):
            await asyncio.shield(self._reading)
        return self._known(kid, algorithm)

    async def aclose(self) -> None:
        if self._reading is not None:
            await cancel(self._reading)
        await self._http.aclose()

    def _known(self, kid: str, algorithm: str) -> PublicKey | None:
        if self._knows(kid):
            found = self._keys[kid]
            return found.key if found.suits(algorithm) else None
        if self._read_at is None or self._read_at != self._tried_at:
            raise RequestError(503, "The keys that tokens are checked with can't be read.", code="UNAVAILABLE")
        return None

    def _knows(self, kid: str) -> bool:
        return kid in self._keys and not self._is_older_than(self._fresh + self._grace)

    def _is_due(self, kid: str) -> bool:
        if self._reading is not None:
            return False
        if self._tried_at is not None and self._now() - self._tried_at < READ_AT_MOST_EVERY:
            return False
        return kid not in self._keys or self._is_older_than(self._fresh)

    def _is_older_than(self, age: timedelta) -> bool:
        return self._read_at is None or self._now() - self._read_at > age

    def _begin_reading(self) -> None:
        self._tried_at = self._now()
        self._reading = asyncio.create_task(self._read(self._tried_at))

    async def _read(self, began_at: datetime) -> None:
        try:
            answer = await self._http.call("GET", self._url, headers={"accept": "application/json"})
            if answer.status != _OK:
                raise ValueError(f"status {answer.status}")
            self._keys, self._read_at = keys_from_set(answer.json()), began_at
        except ProviderError as error:
            _log.warning("jwks_unreadable", reason=error.message)
        except ValueError as error:
            _log.warning("jwks_unreadable", reason=str(error))
        finally:
            self._reading = None
