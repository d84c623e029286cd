"""API keys: 256 random bits each, stored as hashes."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog

from gateway.auth.verified import VerifiedCredentials
from gateway.storage import ApiKey, Store
from providers.domain.errors import StoreUnavailable, Unauthenticated
from providers.domain.viewer import Authenticated, Viewer

KEY_PREFIX = "swb_"
"""Distinguishes API keys from JWTs, and lets secret scanners find leaked ones."""

LAST_USED_INTERVAL = timedelta(minutes=1)
"""Minimum time between two updates of a key's `last_used_at`."""

VALID_SECONDS = 10.0
"""Time for which a key is not looked up again. A key that another process revokes may work for so long."""

_KEY_BYTES = 32
_log = structlog.get_logger(__name__)


def new_key() -> str:
    """Return a new key: the prefix and 256 random bits in URL-safe base64."""
    return KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)


def key_hash(key: str) -> str:
    """Return the SHA-256 of a key in hexadecimal: what the store holds of it.

    256 random bits need no slow hash. The lookup by hash takes variable time, which is harmless: an attacker who learns
    a prefix of a stored hash still can't construct a key that has it.
    """
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Found:
    """A key of the store. `until` is when it has to be looked up again."""

    key: ApiKey
    authenticated: Authenticated
    until: float


class ApiKeyAuthenticator:
    """Authenticates API keys. Raise Unauthenticated for an unknown key and for a revoked one.

    A key that this process revokes ends at once, one that another process revokes within `VALID_SECONDS` of `clock`.
    """

    def __init__(self, store: Store, now: Callable[[], datetime], clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._now = now
        self._clock = clock
        self._found: VerifiedCredentials[_Found] = VerifiedCredentials()
        self._last_used: dict[str, datetime] = {}

    async def authenticate(self, key: str) -> Authenticated:
        """Return the viewer of `key`. Raise StoreUnavailable too."""
        found = self._found.get(key)
        if found is None or found.until <= self._clock() or self._store.api_keys.was_revoked_here(found.key.id):
            found = await self._find(key)
        await self._update_last_used(found.key)
        return found.authenticated

    async def _find(self, key: str) -> _Found:
        until = self._clock() + VALID_SECONDS  # from before the lookup, since a revocation may follow it at once
        row = await self._store.api_keys.find_by_hash(key_hash(key))
        if row is None:
            self._found.drop(key)
            _log.info("api_key_refused", check="unknown or revoked")
            raise Unauthenticated("The API key is not valid.")
        found = _Found(row, Authenticated(Viewer(row.user_id, row.scopes)), until)
        self._found.put(key, found)
        return found

    async def _update_last_used(self, key: ApiKey) -> None:
        now = self._now()
        last = max(filter(None, (key.last_used_at, self._last_used.get(key.id))), default=None)
        # A write per request would cost more than most requests do.
        if last is not None and now - last < LAST_USED_INTERVAL:
            return
        self._last_used[key.id] = now
        try:
            async with self._store.write() as transaction:
                await self._store.api_keys.touch(transaction, key.id, now)
        except StoreUnavailable as error:  # the key is valid all the same
            _log.warning("api_key_update_failed", reason=error.message)
