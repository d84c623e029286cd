"""The issuer's public keys, cached from its JWKS URL (RFC 7517)."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from gateway.aio.single_flight import SingleFlight
from gateway.aio.tasks import cancel
from gateway.auth.public_keys import JwksKey, PublicKey, keys_from_set
from gateway.config import Jwt
from providers.domain.errors import ProviderError, Unavailable
from providers.http import HttpClient, Timeouts, Traffic

MIN_FETCH_INTERVAL = timedelta(seconds=10)
"""Bounds the calls that tokens with made-up key ids cause."""

_TRAFFIC = Traffic(timeouts=Timeouts(connect=2, read=3, total=5), max_body_bytes=1024 * 1024)
_OK = 200


class Jwks:
    """Fetches the key set once for all callers, in the background if the wanted key is cached.

    Stale keys are used for `jwks_grace_seconds` while a refresh fails. A key that the issuer withdraws is dropped at
    the next refresh.
    """

    def __init__(self, url: str, settings: Jwt, now: Callable[[], datetime]) -> None:
        self._url = url
        self._fresh = timedelta(seconds=settings.jwks_fresh_seconds)
        self._grace = timedelta(seconds=settings.jwks_grace_seconds)
        self._now = now
        self._http = HttpClient("jwks", _TRAFFIC)
        self._keys: Mapping[str, JwksKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetches: SingleFlight[str, None] = SingleFlight("jwks_refresh_failed")

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """Return the key for a token's `kid` and `alg`; None if the issuer has no such key.

        Raise Unavailable if the key is not cached and the last fetch failed.
        """
        if kid is None:
            return None
        if self._is_due(kid):
            self._start_fetch()
        fetch = self._fetches.get(self._url)
        if fetch is not None and not self._is_cached(kid):
            with suppress(ProviderError):  # logged by the flight; the cache decides below
                await asyncio.shield(fetch)
        return self._cached(kid, algorithm)

    async def aclose(self) -> None:
        fetch = self._fetches.get(self._url)
        if fetch is not None:
            await cancel(fetch)
        await self._http.aclose()

    def _cached(self, kid: str, algorithm: str) -> PublicKey | None:
        if self._is_cached(kid):
            found = self._keys[kid]
            return found.key if found.suits(algorithm) else None
        if self._fetched_at is None or self._fetched_at != self._tried_at:
            raise Unavailable("The keys that verify tokens are temporarily unavailable.")
        return None

    def _is_cached(self, kid: str) -> bool:
        return kid in self._keys and not self._is_older_than(self._fresh + self._grace)

    def _is_due(self, kid: str) -> bool:
        if self._fetches.get(self._url) is not None:
            return False
        if self._tried_at is not None and self._now() - self._tried_at < MIN_FETCH_INTERVAL:
            return False
        return kid not in self._keys or self._is_older_than(self._fresh)

    def _is_older_than(self, age: timedelta) -> bool:
        return self._fetched_at is None or self._now() - self._fetched_at > age

    def _start_fetch(self) -> None:
        self._tried_at = self._now()
        self._fetches.start([self._url], self._fetch(self._tried_at))

    async def _fetch(self, started_at: datetime) -> None:
        answer = await self._http.call("GET", self._url, headers={"accept": "application/json"})
        try:
            if answer.status != _OK:
                raise ValueError(f"status {answer.status}")
            self._keys = keys_from_set(answer.json())
        except ValueError as error:
            raise Unavailable(str(error)) from None
        self._fetched_at = started_at
